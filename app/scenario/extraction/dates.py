"""Days that were said, made into dates of the calendar."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from app.scenario.extraction.findings import Finding
from app.scenario.values import FieldRules

__all__ = ["DateMention", "findings", "join"]

_FARTHEST, _FARTHEST_MONTHS, _FARTHEST_WEEKS = 36500, 1200, 5200


@dataclass(frozen=True, slots=True)
class DateMention:
    """What the words say about a day, before a calendar is looked at."""

    start: int
    end: int
    """Where it stands in canon."""
    days: int | None = None
    """Days from today; with weekday: the week that holds that day."""
    months: int | None = None
    weekday: int | None = None
    nearest: bool = False
    """ "This", "the coming": the first such weekday from today on."""
    next: bool = False
    """ "Next tuesday": next week's."""
    week: int | None = None
    """Weeks from this one: 0 this week, 1 next week."""
    day: int | None = None
    month: int | None = None
    year: int | None = None
    month_shift: int | None = None
    """Months from this one: "the first of next month"."""
    either: tuple[int, int] | None = None
    """Two numbers that are day and month in an order that only the region settles."""
    weekend: bool = False
    vague: bool = False
    """ "In about three days", "after friday": near this day, not on it."""
    plain: bool = True
    """Unmistakably a day even when nobody asked for one."""

    @property
    def partial(self) -> bool:
        """Whether no single day can follow from it: "in december", "next week"."""
        day_known = self.days is not None or self.months is not None or self.weekday is not None
        return not (day_known or self.day is not None or self.either is not None or self.weekend)


def join(mentions: Sequence[DateMention], gaps_joined: Sequence[bool]) -> list[DateMention]:
    """Mentions that together name one day made one: "on friday, the 27th", "next week on friday".

    gaps_joined[i] says whether mentions i and i + 1 stand side by side.
    """
    joined: list[DateMention] = []
    for index, mention in enumerate(mentions):
        if joined and gaps_joined[index - 1]:
            both = _both(joined[-1], mention)
            if both is not None:
                joined[-1] = both
                continue
        joined.append(mention)
    return joined


def _both(first: DateMention, second: DateMention) -> DateMention | None:
    known = _said(first)
    added = _said(second)
    if any(name in added for name in known):
        return None
    merged = replace(
        first, end=second.end, plain=first.plain or second.plain, vague=first.vague or second.vague, **added
    )
    if first.either or second.either or first.weekend or second.weekend:
        return None
    return merged


def _said(mention: DateMention) -> dict[str, Any]:  # each part has its own type; replace() takes them by name
    """The parts of a date that the mention names; Monday is 0 and named all the same."""
    parts = {name: getattr(mention, name) for name in _PARTS}
    return {name: value for name, value in parts.items() if value is not None and value is not False}


_PARTS = (
    "days",
    "months",
    "weekday",
    "nearest",
    "next",
    "week",
    "day",
    "month",
    "year",
    "month_shift",
    "either",
    "weekend",
)


def findings(
    mentions: Sequence[DateMention],
    rules: FieldRules,
    *,
    today: date,
    region: str,
) -> list[Finding]:
    """A finding for each mention: its dates, settled by the field's rules where these leave only one."""
    found = []
    for mention in mentions:
        dates = _dates(mention, today, rules, region)
        where = Finding(mention.start, mention.end, plain=mention.plain)
        if dates is None:
            found.append(replace(where, problem="incomplete_date"))
        elif not dates:
            found.append(replace(where, problem="invalid_date"))
        else:
            found.append(_settled(where, dates, mention, rules, today))
    return found


def _settled(where: Finding, dates: list[date], mention: DateMention, rules: FieldRules, today: date) -> Finding:
    allowed = [day for day in dates if _problem(day, rules, today) is None]
    if mention.vague:
        return replace(where, values=tuple(day.isoformat() for day in dates), ambiguous=True)
    if len(dates) > 1 and len(allowed) != 1:
        choice = allowed or dates
        return replace(where, values=tuple(day.isoformat() for day in choice), ambiguous=True)
    day = allowed[0] if allowed else dates[0]
    sure = 0.95 if len(dates) == 1 else 0.8
    return replace(where, values=(day.isoformat(),), problem=_problem(day, rules, today), confidence=sure)


def _problem(day: date, rules: FieldRules, today: date) -> str | None:
    if isinstance(rules.minimum, date) and day < rules.minimum:
        return "date_in_past" if day < today else "below_min"
    if isinstance(rules.maximum, date) and day > rules.maximum:
        return "above_max"
    if rules.weekdays is not None and day.weekday() not in rules.weekdays:
        return "weekday_closed"
    return None


def _dates(mention: DateMention, today: date, rules: FieldRules, region: str) -> list[date] | None:
    """The days it may mean, most likely first; None when it names no day, [] when there is no such day."""
    if mention.partial:
        return None
    if mention.weekend:
        saturday = today + timedelta((5 - today.weekday()) % 7 + 7 * (mention.week or 0))
        return [saturday, saturday + timedelta(1)]
    if mention.either is not None:
        return _either(mention, today, rules, region)
    if mention.day is not None:
        days = _month_days(mention, today, backwards=_looks_back(rules, today))
        return _checked(days, mention, today)
    return _weekdays(mention, mention.weekday, today) if mention.weekday is not None else _ahead(mention, today)


def _ahead(mention: DateMention, today: date) -> list[date]:
    """So many days or months from today."""
    if mention.months is not None:
        return [_shifted(today, mention.months)] if abs(mention.months) <= _FARTHEST_MONTHS else []
    days = mention.days or 0
    return [today + timedelta(days)] if abs(days) <= _FARTHEST else []


def _looks_back(rules: FieldRules, today: date) -> bool:
    """Whether the field asks for something that has been, like a date of birth."""
    return isinstance(rules.maximum, date) and rules.maximum <= today


def _either(mention: DateMention, today: date, rules: FieldRules, region: str) -> list[date]:
    first, second = mention.either or (0, 0)
    orders = [(second, first), (first, second)] if region == "US" else [(first, second), (second, first)]
    for day, month in orders:
        said = replace(mention, either=None, day=day, month=month)
        days = _month_days(said, today, backwards=_looks_back(rules, today)) if 1 <= month <= 12 else []
        if days:
            return days
    return []


def _month_days(mention: DateMention, today: date, *, backwards: bool) -> list[date]:
    """The day of the month that is meant; without a year or month the next one (or the last, looking back)."""
    day = mention.day or 0
    if not 1 <= day <= 31:
        return []
    if mention.month_shift is not None:
        return _valid(_shifted(today.replace(day=1), mention.month_shift), day)
    if mention.month is not None and mention.year is not None:
        return _valid(date(mention.year, mention.month, 1), day) if 1 <= mention.year <= 9998 else []
    step = -1 if backwards else 1
    for count in range(97 if mention.month else 3):
        first = _shifted(today.replace(day=1), step * count)
        if mention.month is not None and first.month != mention.month:
            continue
        for found in _valid(first, day):
            if (found <= today) if backwards else (found >= today):
                return [found]
    return []


def _valid(first_of_month: date, day: int) -> list[date]:
    fits = day <= monthrange(first_of_month.year, first_of_month.month)[1]
    return [first_of_month.replace(day=day)] if fits else []


def _checked(days: list[date], mention: DateMention, today: date) -> list[date]:
    """ "On friday the 27th" when the 27th is no friday, "tomorrow, the 5th" when it is not: both readings."""
    if not days:
        return days
    if mention.weekday is not None and days[0].weekday() != mention.weekday:
        return days + _weekdays(replace(mention, day=None, month=None, year=None), mention.weekday, today)[:1]
    if mention.days is not None and abs(mention.days) <= _FARTHEST and days[0] != today + timedelta(mention.days):
        return [*days, today + timedelta(mention.days)]
    return days


def _weekdays(mention: DateMention, weekday: int, today: date) -> list[date]:
    monday = today - timedelta(today.weekday())
    nearest = today + timedelta((weekday - today.weekday()) % 7)
    if mention.days is not None:
        return _counted_weekday(mention.days, mention, nearest, today)
    if mention.week is not None:
        return [monday + timedelta(7 * mention.week + weekday)] if abs(mention.week) <= _FARTHEST_WEEKS else []
    if mention.next:
        return _next(nearest, monday + timedelta(7 + weekday), today)
    if nearest == today and not mention.nearest:
        return [today, today + timedelta(7)]
    return [nearest]


def _counted_weekday(days: int, mention: DateMention, nearest: date, today: date) -> list[date]:
    """ "A week from friday", "friday in two weeks", "tomorrow, wednesday"."""
    if abs(days) > _FARTHEST:
        return []
    if mention.next:
        return [nearest + timedelta(days)]
    there = today + timedelta(days)
    if days < 7:  # "tomorrow, wednesday": both must agree
        return [there] if there.weekday() == nearest.weekday() else [there, nearest]
    return [there - timedelta(there.weekday()) + timedelta(nearest.weekday())]


def _next(nearest: date, following: date, today: date) -> list[date]:
    """ "Next friday" said on a monday is next week's to most and this week's to some; said on a sunday, both agree."""
    if nearest == following or (nearest - today).days <= 1:
        return [following]
    return [following, nearest]


def _shifted(day: date, months: int) -> date:
    count = day.year * 12 + day.month - 1 + months
    year, month = divmod(count, 12)
    return date(min(max(year, 1), 9998), month + 1, min(day.day, monthrange(min(max(year, 1), 9998), month + 1)[1]))
