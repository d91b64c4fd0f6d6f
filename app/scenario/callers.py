"""Simulated callers beside a scenario: who they are, what they say, how they misbehave, and what must come out."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BaseModel, BeforeValidator, Field, ValidationError, WithJsonSchema, model_validator
from pydantic_core import PydanticCustomError

from app.scenario.compiled import CompiledScenario
from app.scenario.config_loader import schema_problems
from app.scenario.models import Strict
from app.scenario.problems import Problem, ScenarioInvalid, closest
from app.scenario.source_reader import Source, read


def _line(value: object) -> object:
    if isinstance(value, (str, int, float)) and not isinstance(value, bool):
        return {"say": str(value)}
    return value


class Line(Strict):
    """One turn of a caller."""

    say: str | None = None
    silence: bool = False
    interrupt: Annotated[int, Field(ge=0, le=1000)] | None = None
    """The bot is cut off after so many words; then `say` follows."""
    dtmf: str | None = None
    hang_up: bool = False
    transfer_failed: bool = False

    @model_validator(mode="after")
    def _one_thing(self) -> Line:
        things = [self.say is not None, self.silence, self.dtmf is not None, self.hang_up, self.transfer_failed]
        if sum(things) != 1 or (self.interrupt is not None and self.say is None):
            raise PydanticCustomError("line_unclear", "one thing a line", {"at": []})
        return self


def _reply(value: object) -> object:
    if isinstance(value, Reply):
        return value
    if isinstance(value, list):
        return {"in_turn": [_line(item) for item in value]}
    return {"always": _line(value)}


Spoken = Annotated[Line, BeforeValidator(_line), WithJsonSchema({"anyOf": [{"type": "string"}, {"type": "object"}]})]


class Reply(Strict):
    """The same line each time, or the first, second, third time another one."""

    always: Line | None = None
    in_turn: list[Line] = Field(default_factory=list)

    def at(self, count: int) -> Line | None:
        """The line for the count-th time (from 0); None when they are used up."""
        if self.always is not None:
            return self.always
        return self.in_turn[count] if count < len(self.in_turn) else None


AnyReply = Annotated[
    Reply,
    BeforeValidator(_reply),
    WithJsonSchema({"anyOf": [{"type": "string"}, {"type": "object"}, {"type": "array"}]}),
]


class Replies(Strict):
    """What is said in reply to what was asked."""

    fields: dict[str, AnyReply] = Field(default_factory=dict)
    confirm: dict[str, AnyReply] = Field(default_factory=dict)
    stages: dict[str, AnyReply] = Field(default_factory=dict)
    otherwise: AnyReply | None = None


class Expect(Strict):
    """What must come out of the call."""

    outcome: str | None = None
    fields: dict[str, str | None] = Field(default_factory=dict)
    refused: list[str] = Field(default_factory=list)
    visited: list[str] = Field(default_factory=list)
    not_visited: list[str] = Field(default_factory=list)
    said: list[str] = Field(default_factory=list)
    never_said: list[str] = Field(default_factory=list)
    language: Literal["ru", "en"] | None = None
    ended: Literal["end", "transfer", "silence", "limit", "caller", "gave_up", "failed"] | None = None
    asked: dict[str, int] = Field(default_factory=dict)
    corrected: list[str] = Field(default_factory=list)

    @model_validator(mode="after")
    def _something(self) -> Expect:
        if not self.model_fields_set:
            raise PydanticCustomError("expect_nothing", "nothing expected", {"at": []})
        return self


class Caller(Strict):
    """One simulated person."""

    name: Annotated[str, Field(min_length=1, max_length=200)]
    who: str | None = None
    language: Literal["ru", "en"] | None = None
    phone: str | None = None
    at: datetime | None = None
    says: list[Spoken] = Field(default_factory=list)
    replies: Replies = Replies()
    script: list[Spoken] | None = None
    expect: Expect

    @model_validator(mode="after")
    def _says_something(self) -> Caller:
        if self.script is None and not self.says and self.replies == Replies():
            raise PydanticCustomError("caller_mute", "caller says nothing", {"at": []})
        if self.script is not None and (self.says or self.replies != Replies()):
            raise PydanticCustomError("script_and_replies", "script or replies", {"at": []})
        return self


def _zone(value: object) -> object:
    try:
        ZoneInfo(str(value))
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise PydanticCustomError("zone_unknown", "unknown zone", {"at": [], "name": str(value)}) from error
    return value


class Callers(Strict):
    """A callers file. at is local to zone."""

    version: Literal[1]
    at: datetime
    zone: Annotated[str, BeforeValidator(_zone)] = "Europe/Moscow"
    region: Annotated[str, Field(pattern=r"^[A-Z]{2}$")] = "RU"
    callers: Annotated[list[Caller], Field(min_length=1)]


_KEYED: dict[str, type[BaseModel]] = {
    "": Callers,
    "callers.*": Caller,
    "callers.*.replies": Replies,
    "callers.*.expect": Expect,
    "callers.*.says.*": Line,
    "callers.*.script.*": Line,
}


def load(source: str, filename: str, scenario: CompiledScenario | None = None) -> Callers:
    """scenario: its names are checked too. Raises ScenarioInvalid with every problem of the file."""
    text = read(source, filename)
    problems = list(text.problems)
    if not isinstance(text.data, dict):
        raise ScenarioInvalid([*problems, text.problem("expected_map", ())])
    _numbers_as_text(text.data)
    try:
        callers = Callers.model_validate(text.data)
    except ValidationError as error:
        raise ScenarioInvalid([*problems, *schema_problems(error, text, _KEYED)]) from error
    names = [caller.name for caller in callers.callers]
    problems += [
        text.problem("caller_twice", ("callers", n, "name"), {"name": name})
        for n, name in enumerate(names)
        if name in names[:n]
    ]
    if scenario is not None:
        for n, caller in enumerate(callers.callers):
            problems += _unknown_names(text, n, caller, scenario)
    if problems:
        raise ScenarioInvalid(problems)
    return callers


def _numbers_as_text(data: dict[str, Any]) -> None:
    """`guests: 3` is expected as the text "3", as values are stored."""
    callers = data.get("callers")
    for caller in callers if isinstance(callers, list) else []:
        expect = caller.get("expect") if isinstance(caller, dict) else None
        fields = expect.get("fields") if isinstance(expect, dict) else None
        if not isinstance(fields, dict):
            continue
        for name, value in fields.items():
            if isinstance(value, (int, float)) and not isinstance(value, bool):
                fields[name] = str(value)


def _unknown_names(text: Source, n: int, caller: Caller, scenario: CompiledScenario) -> list[Problem]:
    """Fields and stages of the callers file that the scenario does not have."""
    problems = []
    for part, key, known, code in (
        ("replies", "fields", scenario.fields, "unknown_field"),
        ("replies", "confirm", scenario.fields, "unknown_field"),
        ("replies", "stages", scenario.stages, "unknown_stage"),
        ("expect", "fields", scenario.fields, "unknown_field"),
        ("expect", "asked", scenario.fields, "unknown_field"),
        ("expect", "refused", scenario.fields, "unknown_field"),
        ("expect", "corrected", scenario.fields, "unknown_field"),
        ("expect", "visited", scenario.stages, "unknown_stage"),
        ("expect", "not_visited", scenario.stages, "unknown_stage"),
    ):
        names = getattr(getattr(caller, part), key)
        listed = isinstance(names, list)
        for k, name in enumerate(names):
            if name not in known:
                params = {"name": name, "known": ", ".join(sorted(known))}
                path = ("callers", n, part, key, k if listed else name)
                problems.append(text.problem(code, path, params, key=not listed, suggestion=closest(name, known)))
    return problems
