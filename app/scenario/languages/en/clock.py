"""How English names times of day."""

from __future__ import annotations

import re
from collections.abc import Callable

from app.scenario.extraction.times import Part, TimeMention
from app.scenario.extraction.utterance import Utterance

__all__ = ["mentions", "part_of_day"]

_PART = (
    r"(?: ?(?P<part>a ?\. ?m\b(?: \.)?|p ?\. ?m\b(?: \.)?|am\b|pm\b|a m\b|p m\b|in the morning|in the afternoon"
    r"|in the evening|at night|tonight|"
    r"this (?:morning|afternoon|evening)|in the early morning))?"
)
_BEFORE = (
    r"(?:(?P<vague>after|before|until|till|from|between|no later than|not before|by|past|anytime after|any time "
    r"after) )?"
    r"(?:(?P<prep>at|for|around|about|at around|at about|at like|like|say|exactly at|at exactly|make it|make that"
    r"|we do|you do|we say) )?"
)
_AROUND = re.compile(
    r"(?<!good )(?<!not the )(?<!not in the )\b(?:(?P<am>morning)|(?P<pm>afternoon)|(?P<eve>evening|tonight)"
    r"|(?P<night>night))\b"
)
_AROUND_PARTS = {"am": Part.AM, "pm": Part.PM, "eve": Part.EVENING, "night": Part.AT_NIGHT}

_NOON = re.compile(
    r"\b(?:(?P<vague>before|after|until|till) )?(?:(?:at|by|around|for) )?(?:12 )?(?P<word>noon|midday|midnight)\b"
)
_HALF = re.compile(
    rf"\b{_BEFORE}(?:half (?P<how>past|after)?|(?P<half>half)) ?(?P<hour>1[0-2]|[1-9])(?![\d°]|[.,:/\-]\d)(?: "
    rf"o'?clock)?(?! (?:an?|hours?|million|1000)\b){_PART}"
)
_AWAY = re.compile(
    rf"\b{_BEFORE}(?:a )?(?:(?P<quarter>quarter)|(?P<minute>\d{{1,2}})(?: minutes?)?) (?P<way>to|of|before|till"
    rf"|til|past|after) "
    rf"(?P<hour>1[0-2]|[1-9])(?![\d°]|[.,:/\-]\d)(?: o'?clock)?{_PART}"
)
_HOUR = re.compile(
    rf"\b{_BEFORE}(?<![\d:/+] )(?<![\d.:/\-])(?P<hour>\d{{1,2}})(?![\d°^]|[.,:/\-]\d)(?! \d{{3}})"
    rf"(?:(?P<clock> o'? ?clock)|(?P<hundred> hundred)(?: hours)?| (?P<minute>[1-5]\d|0\d)| (?:oh|o|0) "
    rf"(?P<minute1>\d)| (?P<sharp>sharp|ish))?{_PART}(?! \d)"
)
_DIGITS = re.compile(
    rf"(?<![\d.:/\-]){_BEFORE}(?P<hour>\d{{1,2}})(?P<sep>[:.])(?P<minute>[0-5]\d)(?![\d°:/\-]|\.\d)(?: "
    rf"o'?clock)?{_PART}"
)
_MILITARY = re.compile(
    r"(?<![\d.:/\-] )(?<!\d)(?:at )?(?P<hour>[01]\d|2[0-3])(?P<minute>[0-5][05])(?![\d.:/°^])(?P<hours> hours)?"
)
_AHEAD = re.compile(
    r"\bin (?:(?P<half>half an hour)|(?P<one>an hour(?P<more> and a half)?)|(?P<count>\d{1,3}) (?P<unit>hour"
    r"|minute)s?)\b"
)
_LAST_HOUR = 24
_HINTS = re.compile(r"\d|noon|midday|midnight|hour")
_NOT_TIMES = re.compile(
    r" (?:people|persons?|guests?|times?|days?|weeks?|months?|years?|dollars?|bucks|percent|rooms?|beds?"
    r"|bedrooms?|adults?|kids?|"
    r"children|minutes?|hours?|miles?|feet|items?|things?|parcels?|boxes|of (?:us|them)|january|february|march"
    r"|april|may|june|july|august|"
    r"september|october|november|december|street|avenue|road|1000|1000000)\b"
)


def part_of_day(utterance: Utterance) -> Part | None:
    """The one part of the day that the utterance names."""
    named = {match.lastgroup for match in _AROUND.finditer(utterance.canon)} - {None}
    return _AROUND_PARTS[named.pop() or ""] if len(named) == 1 else None


def mentions(utterance: Utterance) -> list[TimeMention]:
    """Every time that the words name; some may lie inside one another."""
    canon = utterance.canon
    if _HINTS.search(canon) is None:
        return []
    found: list[TimeMention] = []
    for pattern, build in _PATTERNS:
        found += [said for match in pattern.finditer(canon) if (said := build(match)) is not None]
    return found


def _part(match: re.Match[str]) -> Part | None:
    said = match["part"]
    if said is None:
        return None
    if (said[0] == "a" and said != "at night") or "morning" in said:
        return Part.AM
    if said[0] == "p" or "afternoon" in said:
        return Part.PM
    return Part.EVENING if "evening" in said or said == "tonight" else Part.AT_NIGHT


def _bound(match: re.Match[str]) -> bool:
    return match["vague"] is not None


def _noon(match: re.Match[str]) -> TimeMention:
    return TimeMention(*match.span(), hour=0 if match["word"] == "midnight" else 12, exact=True, vague=_bound(match))


def _half(match: re.Match[str]) -> TimeMention:
    return TimeMention(
        *match.span(),
        hour=int(match["hour"]),
        minute=30,
        part=_part(match),
        vague=_bound(match),
        plain=match["how"] is not None,
    )


def _away(match: re.Match[str]) -> TimeMention | None:
    minute = 15 if match["quarter"] else int(match["minute"])
    if minute > 30 or match["vague"] in ("from", "between"):  # "from five to six" is no five to six
        return None
    before = match["way"] in ("to", "of", "before", "till", "til")
    sure = (
        match["quarter"] is not None or "minute" in match.group() or match["way"] == "past" or match["part"] is not None
    )
    if not sure and (minute % 5 or match["way"] not in ("to", "past")):  # "two of five", "one before three"
        return None
    return TimeMention(
        *match.span(),
        hour=int(match["hour"]),
        minute=-minute if before else minute,
        part=_part(match),
        vague=_bound(match),
        plain=sure,
    )


def _hour(match: re.Match[str]) -> TimeMention | None:
    clock = match["clock"] is not None or match["part"] is not None
    if not clock and match["hour"] and int(match["hour"]) > _LAST_HOUR:
        return None
    if not clock and _NOT_TIMES.match(match.string, match.end()):
        return None
    said_minutes = (match["minute"] or match["minute1"] or match["sharp"] or match["hundred"]) is not None
    return TimeMention(
        *match.span(),
        hour=int(match["hour"]),
        minute=int(match["minute"] or match["minute1"] or 0),
        part=_part(match),
        exact=match["hundred"] is not None
        or (match["hour"].startswith("0") and said_minutes and match["part"] is None),
        vague=_bound(match),
        plain=clock,
        bare=not (clock or match["prep"] or match["vague"] or said_minutes),
    )


def _digits(match: re.Match[str]) -> TimeMention | None:
    if int(match["hour"]) > 24:
        return None
    return TimeMention(
        *match.span(),
        hour=int(match["hour"]),
        minute=int(match["minute"]),
        part=_part(match),
        exact=match["hour"].startswith("0") and match["part"] is None,
        vague=_bound(match),
        plain=match["sep"] == ":" or match["part"] is not None,
    )


def _military(match: re.Match[str]) -> TimeMention:
    return TimeMention(
        *match.span(),
        hour=int(match["hour"]),
        minute=int(match["minute"]),
        exact=True,
        plain=match["hours"] is not None,
        bare=match["hours"] is None,
    )


def _ahead(match: re.Match[str]) -> TimeMention:
    if match["half"]:
        minutes = 30
    elif match["one"]:
        minutes = 90 if match["more"] else 60
    else:
        minutes = int(match["count"]) * (60 if match["unit"] == "hour" else 1)
    return TimeMention(*match.span(), ahead=minutes, plain=False)


_PATTERNS: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], TimeMention | None]], ...] = (
    (_NOON, _noon),
    (_HALF, _half),
    (_AWAY, _away),
    (_DIGITS, _digits),
    (_HOUR, _hour),
    (_MILITARY, _military),
    (_AHEAD, _ahead),
)
