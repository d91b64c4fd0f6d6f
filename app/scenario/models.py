"""The scenario file: what a business writes. Unknown keys are refused; the JSON Schema is made of these models."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema
from pydantic_core import PydanticCustomError

from app.scenario.values import FieldType

LANGUAGES: tuple[str, ...] = ("ru", "en")
LATER_TYPES = frozenset({"datetime", "money", "duration", "address", "regex"})
RESERVED_IDS = frozenset({"back", "hang_up"})
WEEKDAYS: tuple[str, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
MAX_WORDINGS = 3
MAX_TEXT = 2000
MAX_PHRASE = 200
"""Characters of a keyword, an example or a synonym."""
ANY_LANGUAGE = ""

ID_PATTERN = r"^[a-z][a-z0-9_]{0,39}$"
Id = Annotated[str, Field(pattern=ID_PATTERN)]
When = Annotated[str, Field(min_length=1, max_length=1000)]


@dataclass(frozen=True, slots=True)
class Words:
    """Texts by language; ANY_LANGUAGE holds what was written without a language. Each has one to many variants."""

    texts: Mapping[str, tuple[str, ...]]

    def of(self, language: str, default: str) -> tuple[str, ...]:
        """Variants in `language`, else those without a language, else the default language's, else any."""
        for key in (language, ANY_LANGUAGE, default):
            if key in self.texts:
                return self.texts[key]
        return next(iter(self.texts.values()), ())

    def pick(self, language: str, default: str, attempt: int = 0) -> str:
        """The wording of an attempt (from 0); the last one stays."""
        variants = self.of(language, default)
        return variants[min(attempt, len(variants) - 1)] if variants else ""


def _one(value: object, path: tuple[str | int, ...], longest: int) -> str:
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return str(value)
    if not isinstance(value, str):
        raise PydanticCustomError("text_expected", "text expected", {"at": list(path)})
    text = value.strip()
    if not text:
        raise PydanticCustomError("text_empty", "text is empty", {"at": list(path)})
    if len(text) > longest:
        raise PydanticCustomError("text_too_long", "text too long", {"at": list(path), "limit": longest})
    return text


def _list(value: object, path: tuple[str | int, ...], most: int, longest: int) -> tuple[str, ...]:
    if not isinstance(value, list):
        return (_one(value, path, longest),)
    if not value:
        raise PydanticCustomError("text_empty", "text is empty", {"at": list(path)})
    if len(value) > most:
        raise PydanticCustomError("too_many", "too many entries", {"at": list(path), "limit": most})
    return tuple(_one(item, (*path, n), longest) for n, item in enumerate(value))


def _words(value: object, most: int, longest: int = MAX_TEXT) -> Words:
    if isinstance(value, Words):
        return value
    if not isinstance(value, dict):
        return Words({ANY_LANGUAGE: _list(value, (), most, longest)})
    if not value:
        raise PydanticCustomError("text_empty", "text is empty", {"at": []})
    for key in value:
        if key not in LANGUAGES:
            raise PydanticCustomError(
                "language_unknown", "unknown language", {"at": [key], "name": key, "known": list(LANGUAGES)}
            )
    return Words({key: _list(item, (key,), most, longest) for key, item in value.items()})


def _text(value: object) -> Words:
    words = _words(value, 1)
    if isinstance(value, list) or (isinstance(value, dict) and any(isinstance(item, list) for item in value.values())):
        raise PydanticCustomError("text_expected", "text expected", {"at": []})
    return words


def _wordings(value: object) -> Words:
    return _words(value, MAX_WORDINGS)


def _phrases(value: object) -> Words:
    return _words(value, 200, MAX_PHRASE)


_STRING: dict[str, object] = {"type": "string", "minLength": 1, "maxLength": MAX_TEXT}
_PHRASE: dict[str, object] = {"type": "string", "minLength": 1, "maxLength": MAX_PHRASE}


def _by_language(item: dict[str, object]) -> dict[str, object]:
    return {"type": "object", "properties": dict.fromkeys(LANGUAGES, item), "additionalProperties": False}


def _schema(most: int, item: dict[str, object]) -> dict[str, object]:
    listed: dict[str, object] = {"type": "array", "items": item, "minItems": 1, "maxItems": most}
    either: dict[str, object] = {"anyOf": [item, listed]}
    return {"anyOf": [item, listed, _by_language(either)]}


Text = Annotated[Words, BeforeValidator(_text), WithJsonSchema({"anyOf": [_STRING, _by_language(_STRING)]})]
Wordings = Annotated[Words, BeforeValidator(_wordings), WithJsonSchema(_schema(MAX_WORDINGS, _STRING))]
Phrases = Annotated[Words, BeforeValidator(_phrases), WithJsonSchema(_schema(200, _PHRASE))]

_UNITS = {"s": 1, "m": 60, "h": 3600}


def _duration(value: object) -> object:
    if isinstance(value, timedelta):
        return value
    text = str(value).strip()
    number, unit = (text[:-1], text[-1:]) if text[-1:] in _UNITS else (text, "s")
    if not number.isdecimal() or len(number) > 6:
        raise PydanticCustomError("duration_expected", "duration expected", {"at": []})
    return timedelta(seconds=int(number) * _UNITS[unit])


Duration = Annotated[
    timedelta, BeforeValidator(_duration), WithJsonSchema({"type": "string", "pattern": r"^\d{1,6}[smh]?$"})
]


def _type(value: object) -> object:
    if value in LATER_TYPES:
        raise PydanticCustomError("type_later", "type not available yet", {"at": [], "name": str(value)})
    if value not in {kind.value for kind in FieldType}:
        known = [kind.value for kind in FieldType]
        raise PydanticCustomError("type_unknown", "unknown type", {"at": [], "name": str(value), "known": known})
    return value


def _options(value: object) -> object:
    """A list of names, or names with synonyms, or names with `say` and `also`: all become the last form."""
    if isinstance(value, list):
        return {str(name): {} for name in value}
    if isinstance(value, dict):
        return {
            name: item if isinstance(item, (dict, Option)) else ({"also": item} if item else {})
            for name, item in value.items()
        }
    return value


class Strict(BaseModel):
    """Unknown keys are errors; values cannot be changed."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)


class Agent(Strict):
    """Who speaks."""

    name: Text
    persona: Text | None = None


class Option(Strict):
    """One answer to a choice: how it is said, and what people say for it."""

    say: Text | None = None
    also: Phrases | None = None


class FieldSpec(Strict):
    """One thing to learn from the caller."""

    type: Annotated[FieldType, BeforeValidator(_type)]
    label: Text | None = None
    ask: Wordings | None = None
    options: Annotated[dict[str, Option], BeforeValidator(_options)] | None = None
    min: str | int | float | None = None
    max: str | int | float | None = None
    weekdays: list[str] | None = None
    between: tuple[str, str] | None = None
    offer: Annotated[str, Field(min_length=1, max_length=MAX_TEXT)] | None = None
    confirm: bool = False
    required: bool = True
    attempts: Annotated[int, Field(ge=1, le=10)] = 3
    otherwise: str | None = None


class Intent(Strict):
    """Something a caller may want, how it is recognised, and a fixed answer if it has one."""

    examples: Phrases | None = None
    keywords: Phrases | None = None
    answer: Text | None = None


class Transition(Strict):
    """Where to go when the condition holds; without a condition always."""

    to: str
    when: When | None = None


class Transfer(Strict):
    """To whom the call is put through, and the stage that follows when that fails."""

    to: Annotated[str, Field(pattern=r"^(\+[1-9]\d{6,14}|sips?:[^\s]{3,200})$")]
    otherwise: str | None = None


class Stage(Strict):
    """One step of the conversation."""

    id: Id
    goal: Text | None = None
    say: Text | None = None
    ask: Wordings | None = None
    collect: Annotated[list[str], Field(max_length=100)] = []
    transitions: Annotated[list[Transition], Field(max_length=100)] = []
    attempts: Annotated[int, Field(ge=1, le=10)] = 3
    otherwise: str | None = None
    end: bool = False
    transfer: Transfer | None = None


class Knowledge(Strict):
    """How questions are answered from documents, and what is said when there is no answer."""

    answer: Literal["questions", "never"] = "questions"
    top_k: Annotated[int, Field(ge=1, le=20)] = 4
    unknown: Text | None = None


class Silence(Strict):
    """What happens when nobody speaks: prompts in order, then the call ends or goes on in a stage."""

    after: Duration = timedelta(seconds=6)
    say: Wordings | None = None
    then: str = "hang_up"


class Limits(Strict):
    """Bounds of a call: its length and the number of the caller's turns."""

    duration: Duration = timedelta(minutes=10)
    turns: Annotated[int, Field(ge=1, le=500)] = 60
    say: Text | None = None


class OutcomeRule(Strict):
    """How a call is classified; the first rule that holds wins."""

    code: Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9_]{0,39}$")]
    when: When | None = None
    label: Text | None = None


class AnalysisSpec(Strict):
    """What is made of the call afterwards."""

    summary: bool = True
    extract: list[str] = []


class Scenario(Strict):
    """A whole scenario file, version 1."""

    version: Literal[1]
    name: Text
    languages: Annotated[list[Literal["ru", "en"]], Field(min_length=1, max_length=len(LANGUAGES))]
    agent: Agent
    greeting: Text
    fields: Annotated[dict[Id, FieldSpec], Field(max_length=100)] = {}
    intents: Annotated[dict[Id, Intent], Field(max_length=200)] = {}
    stages: Annotated[list[Stage], Field(min_length=1, max_length=100)]
    anywhere: Annotated[list[Transition], Field(max_length=50)] = []
    otherwise: str | None = None
    knowledge: Knowledge | None = None
    silence: Silence = Silence()
    limits: Limits = Limits()
    outcomes: Annotated[list[OutcomeRule], Field(min_length=1, max_length=50)]
    analysis: AnalysisSpec = AnalysisSpec()
    wordings: dict[str, Wordings] = {}
