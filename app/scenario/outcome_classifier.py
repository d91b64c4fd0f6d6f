"""How a call ended for the business: the first rule that holds, with the caller's words that prove it.

The same function serves the running call and the analysis after it. Every quote is a verbatim part of a caller's
turn; a result whose quotes fail that check, or that has none, is marked for review.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from app.scenario.compiled import CompiledOutcome, CompiledScenario
from app.scenario.draft import Draft
from app.scenario.state import CallState, Event, Json
from app.scenario.state_machine import condition_values

_VISITED = re.compile(r"(!?)\s*visited\s*\(\s*[\"'](\w+)[\"']\s*\)")
_HAS = re.compile(r"(!?)\s*has\s*\(\s*fields\s*\.\s*(\w+)\s*\)")
_FIELD = re.compile(r"\bfields\s*\.\s*(\w+)")
_REFUSED = re.compile(r"[\"'](\w+)[\"']\s+in\s+refused\b")
_SPOKEN = frozenset(
    {
        "field_set",
        "field_corrected",
        "field_refused",
        "field_confirmed",
        "field_rejected",
        "field_unclear",
        "value_refused",
        "refusal_heard",
        "intent_found",
        "question_asked",
        "question_answered",
        "stage_changed",
        "missed",
    }
)
_MAX_EVIDENCE = 5
_NEAR = 12
"""Characters between two quotes of a turn up to which they are one: "на чистку (в) пятницу"."""


@dataclass(frozen=True)
class Evidence(Json):
    """An event and the words behind it: quote stands in the text of `turn` from start to end.

    kind is "said" for a caller's words and "event" for something that happened without any (silence, hanging up).
    """

    event_seq: int
    turn: int
    quote: str
    start: int
    end: int
    kind: Literal["said", "event"] = "said"
    about: str = ""
    """The event's type, for people: stage_changed, field_set, ..."""


@dataclass(frozen=True)
class Outcome(Json):
    """The result of a call. rule is the condition that held, `default` for the last one without a condition."""

    code: str
    rule: str
    evidence: tuple[Evidence, ...]
    needs_review: bool = False


def classify(
    scenario: CompiledScenario, state: CallState, events: Sequence[Event], turns: Mapping[int, str] | None = None
) -> Outcome:
    """turns: the text of each caller's turn by its number; with it the quotes are checked against what was said."""
    draft = Draft(scenario, state, state.at)
    activation = scenario.conditions.activation(condition_values(draft))
    for rule in scenario.outcomes:
        if rule.condition is None or rule.condition.holds(activation):
            evidence = _evidence(rule, state, events)
            placed = _joined([_placed(item, turns) for item in evidence], turns)
            sound = bool(placed) and all(verify(item, turns) for item in placed)
            return Outcome(rule.code, rule.condition.source if rule.condition else "default", placed, not sound)
    return Outcome("FAILED", "no rule holds", _last_thing(events), True)


def verify(evidence: Evidence, turns: Mapping[int, str] | None) -> bool:
    """Whether the quote stands in its turn, verbatim, where it says. Without turns only the shape is checked."""
    if evidence.kind == "event":
        return True
    if not evidence.quote:
        return False
    if turns is None:
        return True
    return turns.get(evidence.turn, "")[evidence.start : evidence.end] == evidence.quote


def _placed(item: Evidence, turns: Mapping[int, str] | None) -> Evidence:
    """With the offsets of the quote in its turn, when the event did not know them."""
    if turns is None or item.kind == "event" or verify(item, turns):
        return item
    start = turns.get(item.turn, "").find(item.quote)
    if start < 0:
        return item
    return Evidence(item.event_seq, item.turn, item.quote, start, start + len(item.quote), item.kind, item.about)


def _joined(evidence: Sequence[Evidence], turns: Mapping[int, str] | None) -> tuple[Evidence, ...]:
    """Quotes of one turn that touch, overlap or nearly do, made one; in the order in which they were said."""
    done: list[Evidence] = []
    for item in sorted(evidence, key=lambda one: (one.turn, one.kind, one.start, -one.end)):
        last = done[-1] if done else None
        near = last is not None and last.turn == item.turn and last.kind == item.kind == "said"
        text = turns.get(item.turn, "") if turns else ""
        if near and last is not None and item.start <= last.end + (_NEAR if text else -1):
            end = max(last.end, item.end)
            quote = text[last.start : end] if text else last.quote
            seq = min(last.event_seq, item.event_seq)
            about = last.about if last.event_seq <= item.event_seq else item.about
            done[-1] = Evidence(seq, last.turn, quote, last.start, last.start + len(quote), "said", about)
        else:
            done.append(item)
    return tuple(done)


def _evidence(rule: CompiledOutcome, state: CallState, events: Sequence[Event]) -> tuple[Evidence, ...]:
    """The most telling words first are kept; the order of the call is restored by whoever shows them."""
    if rule.condition is None:
        return _last_thing(events)
    source = rule.condition.source
    found: list[Evidence] = []
    for negated, stage in _VISITED.findall(source):
        if not negated and stage in state.visited:
            found += _stage_evidence(stage, events)
    names = [name for negated, name in _HAS.findall(source) if not negated]
    names += [match.group(1) for match in _FIELD.finditer(_HAS.sub("", source))]
    for name in dict.fromkeys(names):
        found += _field_evidence(name, events)
    for name in _REFUSED.findall(source):
        found += [
            _quoted(event) for event in events if event.type == "field_refused" and event.data.get("field") == name
        ]
    if "answered_questions" in rule.condition.names:
        found += [_quoted(event) for event in events if event.type == "question_answered"]
    if "silence" in rule.condition.names:
        found += [_happened(event) for event in events if event.type == "silence"]
    if "visited" in rule.condition.names:
        found += _reason(events)
        found += _values_evidence(state, events, {item.turn for item in found})
    unique = {item.event_seq: item for item in found if item.quote or item.kind == "event"}
    return tuple(list(unique.values())[:_MAX_EVIDENCE]) or _last_thing(events)


def _reason(events: Sequence[Event]) -> list[Evidence]:
    """The words with which the caller said why they call: those that first moved the call."""
    moves = (event for event in events if event.type == "stage_changed" and event.data.get("quote"))
    first = next((event for event in moves if event.data.get("where") in ("stage", "anywhere")), None)
    return [_quoted(first)] if first else []


def _values_evidence(state: CallState, events: Sequence[Event], told: set[int]) -> list[Evidence]:
    """The words behind values, of turns that are not quoted yet; corrections first."""
    given = {str(event.data["field"]): event for event in events if event.type in ("field_set", "field_corrected")}
    kept = [event for name, event in given.items() if name in state.fields and state.fields[name].status == "set"]
    kept.sort(key=lambda event: event.type == "field_set")
    return [_quoted(event) for event in kept if event.turn not in told]


def _stage_evidence(stage: str, events: Sequence[Event]) -> list[Evidence]:
    """The last time the stage was entered, and what the caller said for it."""
    entered = [event for event in events if event.type == "stage_changed" and event.data.get("to") == stage]
    if not entered:
        return []
    event = entered[-1]
    return [_quoted(event)] if event.data.get("quote") else [_happened(event)]


def _field_evidence(name: str, events: Sequence[Event]) -> list[Evidence]:
    """What set the value that stayed, and what confirmed it."""
    mine = [event for event in events if event.data.get("field") == name]
    last = [event for event in mine if event.type in ("field_set", "field_corrected")][-1:]
    sure = [event for event in mine if event.type == "field_confirmed"][-1:]
    return [_quoted(event) for event in (*last, *sure)]


def _quoted(event: Event) -> Evidence:
    quote = str(event.data.get("raw") or event.data.get("quote") or "")
    start = int(event.data.get("start") or 0)
    return Evidence(event.seq, event.turn, quote, start, start + len(quote), "said", event.type)


def _happened(event: Event) -> Evidence:
    return Evidence(event.seq, event.turn, "", 0, 0, "event", event.type)


def _last_thing(events: Sequence[Event]) -> tuple[Evidence, ...]:
    """The last words of the caller and how the call ended: what there is to show when nothing else happened."""
    spoken = [event for event in events if event.type in _SPOKEN and (event.data.get("quote") or event.data.get("raw"))]
    ends = [event for event in events if event.type in ("ended", "silence", "interrupted", "transfer_failed")]
    found = [_quoted(event) for event in spoken[-1:]] + [_happened(event) for event in ends[-1:]]
    return tuple(found) or tuple(_happened(event) for event in events[-1:])
