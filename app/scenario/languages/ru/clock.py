"""How Russian names times of day."""

from __future__ import annotations

import re
from collections.abc import Callable

from app.scenario.extraction.times import Part, TimeMention
from app.scenario.extraction.utterance import Utterance

__all__ = ["mentions", "part_of_day"]

_PARTS = {"утр": Part.MORNING, "дня": Part.DAY, "дне": Part.DAY, "веч": Part.EVENING, "ноч": Part.NIGHT,
          "пос": Part.AFTER_NOON, "поп": Part.AFTER_NOON, "до ": Part.MORNING}  # fmt: skip
_PART = r"(?: (?P<part>утра|утром|дня|днем|вечера|вечером|вечерком|ночи|ночью|пополудни|после обеда|до обеда)\b)?"
_BEFORE = (
    r"(?:(?P<vague>не раньше|не позже|не позднее|после|позже|раньше|до|с|начиная с|между|от|и до) "
    r")?(?:(?P<prep>в районе|где то в|где то к|ближе к|в|во|к|на|около|ровно в|часов в|часиков в|часам к|часов на) )?"
)
_AROUND = re.compile(
    r"(?<!не )(?<!добрый )(?<!доброе )\b(?:(?P<late>после обеда|во второй половине дня|во 2\^ половине дня)"
    r"|(?P<early>до обеда|с утра|утр\w+|в 1\^ половине дня)|(?P<day>днем)|(?P<eve>вечер\w*)|(?P<night>ночью))\b"
)

_AROUND_PARTS = {
    "late": Part.AFTER_NOON,
    "early": Part.MORNING,
    "day": Part.DAY,
    "eve": Part.EVENING,
    "night": Part.NIGHT,
}

_NOON = re.compile(r"\b(?:(?P<vague>до|после) )?(?:(?:в|к|на) )?(?P<word>полдень|полудню|полночь|полуночи)\b")
_HALF = re.compile(rf"\b{_BEFORE}(?:половин[еауы]|пол) (?P<hour>\d{{1,2}})°?(?![\d°])(?: час\w+)?{_PART}")
_TO = re.compile(
    rf"\b{_BEFORE}без (?P<minute>\d{{1,2}}|четверти)(?: минут\w*)? (?:(?P<hour>\d{{1,2}})(?: час\w*)?"
    rf"|(?P<one>час))\b{_PART}"
)
_PAST = re.compile(rf"\b{_BEFORE}(?:(?P<minute>\d{{1,2}}) минут\w*|(?P<quarter>четверть)) (?P<hour>\d{{1,2}})°{_PART}")
_MINUTES = (
    r"(?: (?P<minute>\d\d|0 \d)(?: минут\w*)?| (?P<minute1>\d)(?: минут\w*)| (?P<half>с половиной)| "
    r"(?P<zero>ровно|0 0))?"
)
_HOUR = re.compile(
    rf"\b{_BEFORE}(?<![\d:/+] )(?<![\d.:/\-])(?:(?P<hour>\d{{1,2}})(?![\d°^]|[.,:/\-]\d)(?P<word> час(?:а|ов|ам"
    rf"|у|ик\w*)?\b)?|(?P<one>час|часу|часик))"
    rf"(?! (?:назад|раньше|позже|\d{{3}}))(?![°^:]){_MINUTES}{_PART}"
)
_DIGITS = re.compile(
    rf"(?<![\d.:/\-]){_BEFORE}(?P<hour>\d{{1,2}})(?P<sep>[:.\-])(?P<minute>[0-5]\d)(?![\d°:/\-]|\.\d){_PART}"
)
_MILITARY = re.compile(r"(?<![\d.:/\-] )(?<!\d)(?:в )?(?P<hour>[01]\d|2[0-3])(?P<minute>[0-5][05])(?![\d.:/°^])")
_AHEAD = re.compile(
    r"\bчерез (?:(?P<half>полчаса|пол часа)|(?P<hours>полтора часа|час\b(?: с половиной)?)"
    r"|(?P<count>\d{1,3}) (?P<unit>час\w*|минут\w*))"
)
_LAST_HOUR = 24
_HINTS = re.compile(r"\d|час|пол[ун]|полдень|полночь|четверт|полов")

_NOT_TIMES = re.compile(
    r" (?:час\w* (?:раньше|позже|назад)|человек\w*|раз\w*|дн(?:я|ей)|недел\w*|месяц\w*|год\w*|лет|рубл\w*"
    r"|штук\w*|процент\w*|номер\w*|квартир\w*|комнат\w*|этаж\w*|"
    r"зуб\w*|мест\w*|минут\w*|метр\w*|взросл\w*|дет\w*|ребен\w*|тысяч\w*|числ\w*|января|февраля|марта|апреля"
    r"|мая|июня|июля|августа|"
    r"сентября|октября|ноября|декабря|дом\w*|подъезд\w*|гост\w*|персон\w*|1000)\b"
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
    return _PARTS[match["part"][:3]] if match["part"] else None


def _noon(match: re.Match[str]) -> TimeMention:
    hour = 12 if match["word"].startswith(("полд", "полуд")) else 0
    return TimeMention(*match.span(), hour=hour, exact=True, vague=match["vague"] is not None)


def _half(match: re.Match[str]) -> TimeMention | None:
    hour = int(match["hour"])
    if not 1 <= hour <= 12:
        return None
    return TimeMention(*match.span(), hour=hour, minute=-30, part=_part(match), vague=match["vague"] is not None)


def _to(match: re.Match[str]) -> TimeMention | None:
    minute = 15 if match["minute"] == "четверти" else int(match["minute"])
    hour = 1 if match["one"] else int(match["hour"])
    if hour > 24 or minute > 30:
        return None
    return TimeMention(*match.span(), hour=hour, minute=-minute, part=_part(match), vague=match["vague"] is not None)


def _past(match: re.Match[str]) -> TimeMention | None:
    hour = int(match["hour"])
    minute = 15 if match["quarter"] else int(match["minute"])
    if not 1 <= hour <= 12:
        return None
    return TimeMention(
        *match.span(), hour=hour, minute=minute - 60, part=_part(match), vague=match["vague"] is not None
    )


def _hour(match: re.Match[str]) -> TimeMention | None:
    clock = match["word"] is not None or match["part"] is not None
    if match["one"] and match["prep"] is None and match["vague"] is None and match["part"] is None:
        return None
    # "На час": for how long, and only as the answer to the question for a time also when.
    for_an_hour = match["one"] is not None and match["prep"] == "на" and match["part"] is None
    rest = match.string[match.end() :]
    if not clock and match["hour"] and int(match["hour"]) > _LAST_HOUR:
        return None
    if not clock and _NOT_TIMES.match(rest):
        return None
    minute = 30 if match["half"] else int((match["minute"] or match["minute1"] or "0").replace(" ", ""))
    hour = 1 if match["one"] else int(match["hour"])
    prep = match["prep"] or ""
    part_fits = match["part"] is not None
    plain = part_fits or (match["word"] is not None and prep not in ("", "на")) or "час" in prep
    said_minutes = match["minute"] is not None or match["zero"] is not None
    return TimeMention(
        *match.span(),
        hour=hour,
        minute=minute,
        part=_part(match),
        exact=match["hour"] is not None and len(match["hour"]) == 2 and match["hour"][0] == "0",
        vague=match["vague"] is not None,
        plain=not for_an_hour and (plain or (hour > 12 and said_minutes and prep in ("в", "к"))),
        bare=for_an_hour or not (clock or prep or match["vague"] or said_minutes),
    )


def _digits(match: re.Match[str]) -> TimeMention | None:
    hour = int(match["hour"])
    if hour > 24 or (match["sep"] == "-" and int(match["minute"]) % 5):  # "17-18" is no 17:18
        return None
    return TimeMention(
        *match.span(),
        hour=hour,
        minute=int(match["minute"]),
        part=_part(match),
        exact=match["hour"].startswith("0"),
        vague=match["vague"] is not None,
        plain=match["sep"] == ":",
    )


def _military(match: re.Match[str]) -> TimeMention:
    return TimeMention(
        *match.span(), hour=int(match["hour"]), minute=int(match["minute"]), exact=True, plain=False, bare=True
    )


def _ahead(match: re.Match[str]) -> TimeMention:
    if match["half"]:
        minutes = 30
    elif match["hours"]:
        minutes = 60 if match["hours"] == "час" else 90
    else:
        minutes = int(match["count"]) * (60 if match["unit"].startswith("час") else 1)
    return TimeMention(*match.span(), ahead=minutes, plain=False)


_PATTERNS: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], TimeMention | None]], ...] = (
    (_NOON, _noon),
    (_HALF, _half),
    (_TO, _to),
    (_PAST, _past),
    (_DIGITS, _digits),
    (_HOUR, _hour),
    (_MILITARY, _military),
    (_AHEAD, _ahead),
)
