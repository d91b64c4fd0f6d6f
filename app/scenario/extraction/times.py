"""Times of day that were said, made into hours and minutes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import Enum

from app.scenario.extraction.findings import Finding
from app.scenario.values import FieldRules

__all__ = ["Part", "TimeMention", "findings"]

_DAY = 24 * 60


class Part(Enum):
    """A part of the day, by which it is known which half of the day an hour belongs to."""

    MORNING = "morning"
    DAY = "day"
    EVENING = "evening"
    NIGHT = "night"
    """ "Ночи": ten in the evening to five in the morning."""
    AT_NIGHT = "at night"
    """English says "seven at night" too."""
    AM = "am"
    PM = "pm"
    AFTER_NOON = "after noon"


_AFTER_TWELVE: Mapping[int, int] = {12: 12} | {hour: hour + 12 for hour in range(1, 12)}
_BEFORE_TWELVE: Mapping[int, int] = {12: 0} | {hour: hour for hour in range(1, 12)}


def _hours_of(first: int, last: int, half: Mapping[int, int]) -> dict[int, int]:
    return {hour: half[hour] for hour in range(first, last + 1)}


_HOURS: Mapping[Part, Mapping[int, int]] = {
    Part.MORNING: _hours_of(1, 11, _BEFORE_TWELVE),
    Part.DAY: _hours_of(1, 6, _AFTER_TWELVE) | {11: 11, 12: 12},
    Part.EVENING: _hours_of(3, 11, _AFTER_TWELVE) | {12: 0},
    Part.NIGHT: _hours_of(1, 5, _BEFORE_TWELVE) | {10: 22, 11: 23, 12: 0},
    Part.AT_NIGHT: _hours_of(1, 4, _BEFORE_TWELVE) | _hours_of(6, 11, _AFTER_TWELVE) | {12: 0},
    Part.AM: _BEFORE_TWELVE,
    Part.PM: _AFTER_TWELVE,
    Part.AFTER_NOON: _hours_of(1, 8, _AFTER_TWELVE) | {12: 12},
}
"""The hours of twelve that go with a part of the day, as hours of twenty-four."""


@dataclass(frozen=True, slots=True)
class TimeMention:
    """What the words say about a time, before it is known which half of the day is meant."""

    start: int
    end: int
    """Where it stands in canon."""
    hour: int = 0
    minute: int = 0
    """Negative: minutes before the hour, "quarter to seven"."""
    part: Part | None = None
    exact: bool = False
    """The hour of twenty-four: "09:00", "noon"."""
    ahead: int | None = None
    """Minutes from now: "in half an hour"."""
    vague: bool = False
    """ "After five", "about until five": a bound, not a time."""
    plain: bool = True
    """Unmistakably a time even when nobody asked for one."""
    bare: bool = False
    """Only a number, with nothing that makes it a time: counts only as the answer to a question."""


def findings(mentions: Sequence[TimeMention], rules: FieldRules, *, now: datetime, part: Part | None) -> list[Finding]:
    """A finding for each mention. part: the part of the day named elsewhere in the utterance, if any."""
    found = []
    for mention in mentions:
        where = Finding(mention.start, mention.end, plain=mention.plain and not mention.vague)
        minutes = _minutes(mention, part, now)
        if not minutes:
            if not mention.bare:
                found.append(replace(where, problem="invalid_time"))
            continue
        found.append(_settled(where, minutes, mention, rules))
    return found


def _minutes(mention: TimeMention, part: Part | None, now: datetime) -> list[int]:
    """The minutes of the day it may mean; none when there is no such time."""
    if mention.ahead is not None:
        if mention.ahead > _DAY:
            return []
        then = now + timedelta(minutes=mention.ahead)
        return [then.hour * 60 + then.minute]
    hour, minute = mention.hour, mention.minute
    if not -59 <= minute <= 59 or not 0 <= hour <= 24 or (hour == 24 and minute > 0):
        return []
    if mention.exact or hour > 12 or hour == 0:
        return [(hour * 60 + minute) % _DAY]
    return [(hours * 60 + minute) % _DAY for hours in _hours(hour, mention.part, part)]


def _hours(hour: int, own: Part | None, around: Part | None) -> list[int]:
    if own is not None:
        return [_HOURS[own][hour]] if hour in _HOURS[own] else []
    if around is not None and hour in _HOURS[around]:
        return [_HOURS[around][hour]]
    return [hour, (hour + 12) % 24] if hour != 12 else [12, 0]


def _settled(where: Finding, minutes: list[int], mention: TimeMention, rules: FieldRules) -> Finding:
    values = tuple(f"{m // 60:02}:{m % 60:02}" for m in minutes)
    allowed = [m for m in minutes if _inside(m, rules)]
    if mention.vague:
        kept = [m for m in minutes if m in allowed] or minutes
        return replace(where, values=tuple(f"{m // 60:02}:{m % 60:02}" for m in kept), ambiguous=True)
    if len(minutes) == 1:
        return replace(where, values=values, problem=None if allowed else "outside_hours", confidence=0.95)
    if len(allowed) == 1 and rules.between is not None:
        return replace(where, values=(f"{allowed[0] // 60:02}:{allowed[0] % 60:02}",), confidence=0.85)
    if not allowed:
        return replace(where, values=values, ambiguous=True, problem="outside_hours")
    if mention.hour == 12 and mention.minute >= 0:  # midnight is called by its name or by "ночи"
        return replace(where, values=values[:1], confidence=0.75)
    return replace(where, values=values, ambiguous=True)


def _inside(minute: int, rules: FieldRules) -> bool:
    if rules.between is None:
        return True
    first, last = (t.hour * 60 + t.minute for t in rules.between)
    return first <= minute <= last if first <= last else minute >= first or minute <= last
