"""What every bot can say and hear by itself, per language: read once from `wordings/*.yaml` beside this module."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import accumulate
from typing import Any

import yaml

from app.scenario.intents import Phrases, Word
from app.scenario.models import LANGUAGES
from app.scenario.templates import Template, Variable, parse
from app.scenario.values import FieldType

PLACEHOLDERS = ("value", "values", "label", "options", "weekday", "from", "to", "min", "max")


@dataclass(frozen=True)
class ServiceWords:
    """One language's service wordings, the phrases it listens for, and the sentences of summaries and instructions."""

    language: str
    says: Mapping[str, tuple[Template, ...]]
    words: Mapping[str, Any]  # the file's own shape: texts, lists and maps of texts
    hears: Mapping[str, Phrases]
    field_words: Phrases
    """Finds field types that are named without a value ("время", "the phone number")."""
    fillers: frozenset[str]
    lead_in: frozenset[str]
    phrasing: Mapping[str, Any]
    summary: Mapping[str, Any]

    def label(self, kind: FieldType) -> str:
        """How a field of this type is called when the scenario does not say."""
        return str(self.words["labels"][kind.value])

    def heard(self, what: str, said: Sequence[Word]) -> bool:
        """Whether one of the phrases under `hears.what` occurs."""
        return bool(self.hears[what].find(said))

    def find(self, what: str, said: Sequence[Word]) -> tuple[int, int] | None:
        """Where the longest such phrase stands: index of its first word, and of the one after its last."""
        found = self.hears[what].find(said)
        longest = max(found, key=lambda hit: hit[3] - hit[2], default=None)
        return (longest[2], longest[3]) if longest else None

    def mostly(self, what: str, said: Sequence[Word], beside: int = 3) -> bool:
        """Whether such a phrase is nearly all that was said: at most `beside` words that mean something stand by it."""
        found = self.hears[what].find(said)
        if not found:
            return False
        counts = [0, *accumulate(not self._idle(word) for word in said)]  # of the words before each place
        return any(counts[first] + counts[-1] - counts[after] <= beside for _, _, first, after in found)

    def content(self, said: Sequence[Word]) -> list[Word]:
        """The words without those that say nothing ("well", "um")."""
        return [word for word in said if not self._idle(word)]

    def begins(self, what: str, said: Sequence[Word]) -> bool:
        """Whether the utterance opens with such a phrase; only words that lead in may stand before it."""
        first = min((hit[2] for hit in self.hears[what].find(said)), default=None)
        return first is not None and all(self._idle(word) or word.plain in self.lead_in for word in said[:first])

    def put(self, what: str, value: str) -> str:
        """A spoken day ("date"), hour ("time") or limit of hours ("hours") as it stands in a sentence."""
        form = self.words[what]
        for ending, other in form["endings"]:
            value = re.sub(ending, other, value, count=0 if what == "hours" else 1)
        return str(form["put"]).format_map({"value": value})

    def _idle(self, word: Word) -> bool:
        parts = word.plain.split("-")  # "yes-yes"
        return all(part in self.fillers for part in parts) or (len(set(word.plain)) == 1 and word.plain.isalpha())


@cache
def service_words(language: str) -> ServiceWords:
    """Raises KeyError for a language the engine does not speak."""
    if language not in LANGUAGES:
        raise KeyError(language)
    text = files("app.scenario").joinpath("wordings", f"{language}.yaml").read_text(encoding="utf-8")
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    data = yaml.load(text, Loader=loader)  # noqa: S506 (a safe loader, and our own file)
    hears = data["hears"]
    labels = {kind: list(words) for kind, words in hears.pop("labels").items()}
    fillers, lead_in = (frozenset(one.replace("ё", "е") for one in hears.pop(key)) for key in ("filler", "lead_in"))
    return ServiceWords(
        language=language,
        says={key: tuple(parse(one, PLACEHOLDERS) for one in wordings) for key, wordings in data["says"].items()},
        words=data["words"],
        hears={what: Phrases({what: phrases}) for what, phrases in hears.items()},
        field_words=Phrases(labels),
        fillers=fillers,
        lead_in=lead_in,
        phrasing=data["phrasing"],
        summary=data["summary"],
    )


def placeholders(key: str) -> set[str]:
    """The names a wording of this key may use: those of the built-in one in any language."""
    templates = (one for language in LANGUAGES for one in service_words(language).says[key])
    return {variable.name for template in templates for variable in template.variables}


def fill(template: Template, values: Mapping[str, str]) -> str:
    """A service wording with its placeholders replaced; sentences whose value is missing are left out."""

    def value(variable: Variable) -> str | None:
        return values.get(variable.name)

    return template.render(value)
