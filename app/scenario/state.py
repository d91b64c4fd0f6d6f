"""The values of a call: its state, its events and the plan of the next reply. All frozen, all JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Literal, Self

from pydantic import TypeAdapter

MAX_KEPT = 300
"""Characters of a caller's words that the state keeps per value; events and turns hold the rest."""
MAX_HISTORY = 5
MAX_BACK = 8

JsonValue = Any  # JSON is recursive; what goes in is made here and checked by a test


class EndReason(StrEnum):
    """Why a call ended."""

    END = "end"
    TRANSFER = "transfer"
    SILENCE = "silence"
    LIMIT = "limit"
    CALLER = "caller"
    GAVE_UP = "gave_up"
    FAILED = "failed"
    INTERRUPTED = "interrupted"


class Ask(StrEnum):
    """What kind of answer the last words of the bot wait for."""

    NOTHING = "nothing"
    OPEN = "open"
    VALUE = "value"
    CONFIRM = "confirm"
    OFFER = "offer"
    AMBIGUOUS = "ambiguous"
    SKIP = "skip"
    CHANGE = "change"


_ADAPTERS: dict[type, TypeAdapter[Any]] = {}


def _adapter(cls: type) -> TypeAdapter[Any]:
    """Built at the first use of a class; building one costs milliseconds."""
    found = _ADAPTERS.get(cls)
    if found is None:
        found = _ADAPTERS[cls] = TypeAdapter(cls)
    return found


class Json:
    """Gives a dataclass its JSON form and back; equal values have equal JSON."""

    __slots__ = ()

    def to_json(self) -> dict[str, JsonValue]:
        return dict(_adapter(type(self)).dump_python(self, mode="json"))

    @classmethod
    def from_json(cls, data: Mapping[str, JsonValue]) -> Self:
        """Raises pydantic.ValidationError when the data is not such a value."""
        value: Self = _adapter(cls).validate_python(dict(data))
        return value


@dataclass(frozen=True)
class CallStart(Json):
    """What is known before the first word. zone is an IANA name, region the default region of phone numbers."""

    at: datetime
    zone: str = "Europe/Moscow"
    region: str = "RU"
    caller_phone: str | None = None
    channel: str = "text"


@dataclass(frozen=True)
class Replaced(Json):
    """A value a field had before."""

    value: str
    raw: str
    turn: int


@dataclass(frozen=True)
class FieldState(Json):
    """What is known of a field. A refused or missing one has no value, yet may have a history.

    raw: the caller's words, verbatim, from `start` in the text of `turn`.
    """

    status: Literal["set", "refused", "missing"]
    value: str | None
    raw: str
    turn: int
    start: int = 0
    confirmed: bool = False
    source: Literal["speech", "dtmf", "offer", "proposal"] = "speech"
    confidence: float = 1.0
    history: tuple[Replaced, ...] = ()


@dataclass(frozen=True)
class Unclear(Json):
    """Words that have several readings, to be asked back."""

    raw: str
    candidates: tuple[str, ...]
    turn: int


@dataclass(frozen=True)
class Pending(Json):
    """What the bot waits for. `heard` is False while the caller did not hear the question out."""

    kind: Ask = Ask.NOTHING
    field: str | None = None
    heard: bool = True
    value: str | None = None
    """The value that was offered or read back."""
    must: tuple[str, ...] = ()
    """The values in the question as they were spoken; a yes counts only when the caller heard them."""


@dataclass(frozen=True)
class CallState(Json):
    """Everything a call is between two turns. turn counts all turns, caller_turns the caller's."""

    started_at: datetime
    at: datetime
    zone: str
    region: str
    caller_phone: str | None
    channel: str
    language: str
    stage: str
    visited: tuple[str, ...]
    back: tuple[str, ...] = ()
    stage_turns: int = 0
    turn: int = 0
    caller_turns: int = 0
    event_seq: int = 0
    fields: Mapping[str, FieldState] = field(default_factory=dict)
    unclear: Mapping[str, Unclear] = field(default_factory=dict)
    pending: Pending = Pending()
    misses: int = 0
    asked: Mapping[str, int] = field(default_factory=dict)
    refusals: Mapping[str, int] = field(default_factory=dict)
    offered: tuple[str, ...] = ()
    """Fields for which a known value was proposed: once is enough."""
    skips: tuple[str, ...] = ()
    """Fields that were offered to be left out."""
    silences: int = 0
    unheard: int = 0
    """How often in a row a yes came before the question was heard out; a caller who insists is believed."""
    begun: str = ""
    """Digits of a number that is being dictated in pieces, in the caller's words."""
    answered_questions: int = 0
    correcting: bool = False
    question: str | None = None
    """A question that waits for the knowledge base, and the turn in which it was asked."""
    question_turn: int = 0
    unanswered: int = 0
    """Questions in a row that the scenario had no answer to."""
    heard: str = ""
    """The caller's last words, shortened: what proposals are checked against, and their turn."""
    heard_turn: int = 0
    said: str = ""
    """The bot's last words, shortened."""
    transferring: bool = False
    ended: EndReason | None = None


@dataclass(frozen=True)
class Event(Json):
    """A change. seq counts from 1 in a call; turn is the turn that caused it."""

    seq: int
    type: str
    turn: int
    at: datetime
    data: Mapping[str, JsonValue] = field(default_factory=dict)


@dataclass(frozen=True)
class Phrase(Json):
    """What a language model needs to put the scripted words its own way, and what it must keep to."""

    instructions: tuple[str, ...]
    facts: Mapping[str, str]
    must_say: tuple[str, ...] = ()
    """Values read back: each must survive word for word."""
    may_not_say: tuple[str, ...] = ()
    """Words for other things that could be asked: none may be asked now."""
    question: str | None = None
    """The one question to end with; None: no question."""


@dataclass(frozen=True)
class Plan(Json):
    """What to do next. `say` is empty only when there is nothing to say: after the end, and after an interruption."""

    say: str
    language: str
    stage: str
    ask: str | None = None
    asks: Ask = Ask.NOTHING
    phrase: Phrase | None = None
    action: Literal["none", "hang_up", "transfer"] = "none"
    transfer_to: str | None = None
    lookup: str | None = None
    """A question to look up in the knowledge base; `say` is what is said when nothing is found."""
    turn: int = 0
    """The turn in which `say` is spoken."""


@dataclass(frozen=True)
class Step(Json):
    """The result of one input: the new state, what to do, and what changed."""

    state: CallState
    plan: Plan
    events: tuple[Event, ...]


@dataclass(frozen=True)
class Proposal(Json):
    """What a language model thinks it heard: a field's value or an intent, with the caller's words for it."""

    kind: Literal["field", "intent"]
    name: str
    value: str | None = None
    quote: str = ""


@dataclass(frozen=True)
class Answer(Json):
    """An answer found in the knowledge base; without text nothing was found."""

    question: str
    text: str | None
    sources: tuple[str, ...] = ()
