"""The working copy of a call during one input: mutable here, frozen again by `finish`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from app.scenario.compiled import CompiledScenario, CompiledStage
from app.scenario.intents import Match, Word
from app.scenario.service_words import ServiceWords, service_words
from app.scenario.state import MAX_KEPT, CallState, EndReason, Event, FieldState, Pending, Plan, Step
from app.scenario.values import Extraction, FieldRules


@lru_cache(maxsize=600)
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)


@dataclass(frozen=True)
class Change:
    """A field that got a value in this turn; `old` is what it replaced."""

    field: str
    value: str
    old: str | None


class Draft:
    """State, events and what this input meant so far."""

    def __init__(self, scenario: CompiledScenario, state: CallState, at: datetime) -> None:
        self.scenario = scenario
        self.base = state
        # A clock that goes back, or events that arrive late, must not make a call younger.
        self.at = max(at.astimezone(UTC), state.at)
        self.language = state.language
        self.stage_id = state.stage
        self.visited = list(state.visited)
        self.back = list(state.back)
        self.stage_turns = state.stage_turns
        self.turn = state.turn
        self.caller_turns = state.caller_turns
        self.fields: dict[str, FieldState] = dict(state.fields)
        self.unclear = dict(state.unclear)
        self.pending = state.pending
        self.misses = state.misses
        self.asked = dict(state.asked)
        self.refusals = dict(state.refusals)
        self.offered = list(state.offered)
        self.skips = list(state.skips)
        self.silences = state.silences
        self.unheard = state.unheard
        self.begun = state.begun
        self.answered_questions = state.answered_questions
        self.correcting = state.correcting
        self.question = state.question
        self.question_turn = state.question_turn
        self.unanswered = state.unanswered
        self.heard = state.heard
        self.heard_turn = state.heard_turn
        self.said = state.said
        self.transferring = state.transferring
        self.ended = state.ended
        self.events: list[Event] = []
        self._nothing_heard()

    def _nothing_heard(self) -> None:
        """What this input meant, before anything is known; none of it outlives the input."""
        self.utterance = ""
        self.caller_spoke = False
        self.keys = ""
        """The keys that were pressed instead of speaking; `utterance` is then what they mean."""
        self.words: tuple[Word, ...] = ()
        self.answer = ""
        self.intents: list[Match] = []
        self.intent: Match | None = None
        self.intent_name = ""
        self.changes: list[Change] = []
        self.confirmed: list[str] = []
        self.violations: dict[str, Extraction] = {}
        self.named: str | None = None
        self.all_named: list[str] = []
        self.rivals: list[str] = []
        """Fields whose value the words may replace, when there are several."""
        self.declined = False
        self.need: str | None = None
        self.give_up: str | None = None
        self.lookup: str | None = None
        self.repeat = False
        self.courtesy = ""
        """greeting, thanks, ack (then the question), or waiting, listening (without one): what is owed in return."""
        self.listing = False
        """The caller asks what there is to choose from."""
        self.understood = False
        self.missed = False
        self.moved = False
        self.entered: set[str] = set()
        self.answers: list[str] = []
        self.parts: list[str] = []
        self.stage_spoke = False
        self.must: list[str] = []
        self.rules: Mapping[str, FieldRules] = {}

    @property
    def now(self) -> datetime:
        """The instant of this input on the company's clock."""
        return self.at.astimezone(_zone(self.base.zone))

    @property
    def stage(self) -> CompiledStage:
        return self.scenario.stages[self.stage_id]

    @property
    def service(self) -> ServiceWords:
        return service_words(self.language)

    def emit(self, kind: str, /, **data: Any) -> None:  # JSON values, see Event
        """Adds an event of this turn."""
        self.events.append(Event(self.base.event_seq + len(self.events) + 1, kind, self.turn, self.at, data))

    def value(self, name: str) -> str | None:
        """The field's value; None when it has none."""
        field = self.fields.get(name)
        return field.value if field and field.status == "set" else None

    def quote(self) -> str:
        """The beginning of what the caller said or pressed in this turn, verbatim."""
        return (self.keys or self.utterance)[:MAX_KEPT]

    def end(self, reason: EndReason) -> None:
        """The call is over; the first reason stays."""
        if self.ended is None:
            self.ended = reason
            self.pending = Pending()
            self.transferring = False
            self.emit("ended", reason=reason.value, stage=self.stage_id)

    def finish(self, plan: Plan) -> Step:
        """The frozen result."""
        values = {
            "at": self.at,
            "language": self.language,
            "stage": self.stage_id,
            "visited": tuple(self.visited),
            "back": tuple(self.back),
            "stage_turns": self.stage_turns,
            "turn": self.turn,
            "caller_turns": self.caller_turns,
            "event_seq": self.base.event_seq + len(self.events),
            "fields": self.fields,
            "unclear": self.unclear,
            "pending": self.pending,
            "misses": self.misses,
            "asked": self.asked,
            "refusals": self.refusals,
            "offered": tuple(self.offered),
            "skips": tuple(self.skips),
            "silences": self.silences,
            "unheard": self.unheard,
            "begun": self.begun,
            "answered_questions": self.answered_questions,
            "correcting": self.correcting,
            "question": self.question,
            "question_turn": self.question_turn,
            "unanswered": self.unanswered,
            "heard": self.heard,
            "heard_turn": self.heard_turn,
            "said": self.said,
            "transferring": self.transferring,
            "ended": self.ended,
        }
        return Step(replace(self.base, **values), plan, tuple(self.events))  # type: ignore[arg-type]
