"""How English names days."""

from __future__ import annotations

import re
from collections.abc import Callable

from app.scenario.extraction.dates import DateMention
from app.scenario.extraction.utterance import Utterance

__all__ = ["MONTHS", "WEEKDAYS", "mentions"]

_MONTH_FORMS = (
    "january jan", "february feb", "march mar", "april apr", "may", "june jun", "july jul", "august aug",
    "september sept sep", "october oct", "november nov", "december dec",
)  # fmt: skip
MONTHS = {form: month for month, forms in enumerate(_MONTH_FORMS, 1) for form in forms.split()}
_WEEKDAY_FORMS = (
    "monday mon", "tuesday tues tue", "wednesday weds wed", "thursday thurs thur thu", "friday fri",
    "saturday sat", "sunday sun",
)  # fmt: skip
WEEKDAYS = {form: day for day, forms in enumerate(_WEEKDAY_FORMS) for form in forms.split()}

_MONTH = "|".join(sorted(MONTHS, key=len, reverse=True))
_WEEKDAY = "|".join(sorted(WEEKDAYS, key=len, reverse=True))
_TRIGGERS = (
    frozenset(MONTHS) | frozenset(WEEKDAYS)
    | {"today", "tomorrow", "tonight", "yesterday", "day", "days", "week", "weeks", "month", "months", "year", "years",
       "weekend",
       "fortnight", "today's", "tomorrow's", "tmrw"}
)  # fmt: skip
_RELATIVE = {
    "today": 0, "tonight": 0, "tomorrow": 1, "tmrw": 1, "yesterday": -1, "day after tomorrow": 2,
    "day before yesterday": -2,
}  # fmt: skip
_VAGUE = (
    r"(?:(?P<vague>after|before|until|till|from|about|around|no later than|not before|by|since|starting|between) )?"
)
_COUNT = r"(?:(?P<count>\d{1,4})|(?P<one>a|one)|(?P<few>a few|a couple of|a couple|several)) "

_RELATIVE_DAY = re.compile(
    rf"\b{_VAGUE}(?:the )?(?P<word>day after tomorrow|day before yesterday|today|tonight|tomorrow|tmrw|yesterday)\b"
)
_AHEAD = re.compile(
    rf"\b(?P<in>in (?:(?P<about>about|around|like) )?){_COUNT}(?P<unit>day|week|fortnight|month|year)(?:s"
    rf"|'s)?(?: time| from (?P<base0>today|now))?\b"
    rf"|\b(?:(?P<count2>\d{{1,4}})|a|one) (?P<unit2>day|week|fortnight|month)s? from (?:(?P<base>today|now"
    rf"|tomorrow)|(?:on |this |next )?(?P<base_day>{_WEEKDAY}))\b"
)
_WEEKDAY_SAID = re.compile(
    rf"\b{_VAGUE}(?:(?P<prep>on|for) )?(?:the )?(?:(?P<mod>this|this coming|the coming|coming|next|last|every"
    rf"|each|following|upcoming) )?"
    rf"(?P<day>{_WEEKDAY})\b(?! (?:the )?(?:\d+ )?(?:last|ago|after next)\b)(?: (?P<late>next)(?! week))?(?: "
    rf"(?P<after>week)\b)?"
)
_WEEK = re.compile(
    r"\b(?:(?:on|in|for|of|during) )?(?:the )?(?P<word>this|next|following|coming|last) week\b(?P<end>end)?"
)
_DAY_OF_MONTH = re.compile(
    rf"\b{_VAGUE}(?:the )?(?P<day>\d{{1,2}})(?P<ord>°)?(?: day)? (?:of )?(?P<month>{_MONTH})\b"
    r"(?:,? (?P<year>\d{4}|20 \d\d|19 \d\d))?"
)
_MONTH_FIRST = re.compile(
    rf"\b{_VAGUE}(?P<month>{_MONTH})(?: the)? (?P<day>\d{{1,2}})(?P<ord>°)?(?![\d:])(?:,? (?:of "
    rf")?(?P<year>\d{{4}}|20 \d\d|19 \d\d)(?!\d))?"
)
_DAY_ALONE = re.compile(
    rf"\b{_VAGUE}(?:(?P<prep>on|for) )?(?P<the>the )?(?P<day>\d{{1,2}})°(?: (?:of )?(?P<shift>this|next) month)?"
    rf"(?! (?:of )?(?:{_MONTH})\b)(?! (?:floor|time|one|question|visit|option|appointment|of|apartment|house"
    rf"|street|avenue|grade|class|child)\b)"
)
_NUMERIC = re.compile(
    r"(?<![\d.:/\-])(?:(?P<iso_year>\d{4})[-./](?P<iso_month>\d{1,2})[-./](?P<iso_day>\d{1,2})"
    r"|(?P<first>\d{1,2})(?P<sep>[./-])(?P<second>\d{1,2})(?:(?P=sep)(?P<year>\d{4}|\d{2}))?)(?![\d:/\-]|\.\d)"
)
_MONTH_ALONE = re.compile(rf"\bin (?:early |late )?(?P<month>{_MONTH})\b(?! (?:the )?\d)")
_WEEKEND = re.compile(r"\b(?:on |at |over |for )?(?:the |this |this coming )?(?P<next>next )?weekend\b")


def mentions(utterance: Utterance) -> list[DateMention]:
    """Every day that the words name, in order; some may lie inside one another."""
    canon = utterance.canon
    found: list[DateMention] = []
    if not utterance.words.isdisjoint(_TRIGGERS):
        for pattern, build in _WORDED:
            found += [said for match in pattern.finditer(canon) if (said := build(match)) is not None]
    if "°" in canon:
        found += [said for match in _DAY_ALONE.finditer(canon) if (said := _day_alone(match)) is not None]
    if utterance.has_number:
        found += [_numeric(match) for match in _NUMERIC.finditer(canon)]
    return found


def _relative(match: re.Match[str]) -> DateMention:
    days = _RELATIVE[match["word"]]
    vague = match["vague"] is not None and match["vague"] != "by"
    return DateMention(*match.span(), days=days, vague=vague, plain=days > 0 and not vague)


def _ahead(match: re.Match[str]) -> DateMention:
    count = int(match["count"] or match["count2"] or 1)
    unit = match["unit"] or match["unit2"]
    vague = match["few"] is not None or match["about"] is not None
    if match["few"]:
        return DateMention(*match.span(), vague=True, plain=False)
    if unit in ("month", "year"):
        return DateMention(*match.span(), months=count * (12 if unit == "year" else 1), vague=vague, plain=not vague)
    days = count * {"day": 1, "week": 7, "fortnight": 14}[unit] + (1 if match["base"] == "tomorrow" else 0)
    if match["base_day"]:
        return DateMention(*match.span(), days=days, weekday=WEEKDAYS[match["base_day"]], next=True)
    return DateMention(*match.span(), days=days, vague=vague, plain=not vague)


def _weekday(match: re.Match[str]) -> DateMention | None:
    how = match["mod"] or ("next" if match["late"] else "")
    if how in ("every", "each"):
        return None
    bare = len(match["day"]) <= 3
    if bare and not (match["prep"] or match["mod"]):
        return None
    vague = match["vague"] is not None and match["vague"] not in ("by", "about")
    said = DateMention(
        *match.span(),
        weekday=WEEKDAYS[match["day"]],
        nearest=how.endswith(("this", "coming")),
        next=how in ("next", "following"),
        week=-1 if how == "last" else None,
        vague=vague,
        plain=(bool(match["prep"]) or how not in ("", "last")) and not vague,
    )
    if match["after"]:
        return DateMention(said.start, said.end, weekday=said.weekday, days=7, next=True)
    return said


def _week(match: re.Match[str]) -> DateMention | None:
    if match["end"]:
        return None
    word = match["word"]
    return DateMention(*match.span(), week=0 if word == "this" else -1 if word == "last" else 1, plain=False)


def _day(match: re.Match[str]) -> DateMention | None:
    month = MONTHS[match["month"]]
    vague = match["vague"] is not None and match["vague"] not in ("by", "about")
    return DateMention(
        *match.span(), day=int(match["day"]), month=month, year=_year(match["year"]), vague=vague, plain=not vague
    )


def _day_alone(match: re.Match[str]) -> DateMention | None:
    shift = {"this": 0, "next": 1, None: None}[match["shift"]]
    vague = match["vague"] is not None and match["vague"] not in ("by", "about")
    said = match["prep"] is not None and match["the"] is not None and int(match["day"]) > 3
    if match["the"] is None and match["day"] == "2":  # "one second"
        return None
    return DateMention(
        *match.span(),
        day=int(match["day"]),
        month_shift=shift,
        vague=vague,
        plain=(said or shift is not None) and not vague,
    )


def _numeric(match: re.Match[str]) -> DateMention:
    if match["iso_year"]:
        month = int(match["iso_month"])
        good = 1 <= month <= 12
        return DateMention(
            *match.span(),
            day=int(match["iso_day"]) if good else 0,
            month=month if good else 1,
            year=int(match["iso_year"]),
        )
    year = _year(match["year"])
    return DateMention(
        *match.span(), either=(int(match["first"]), int(match["second"])), year=year, plain=year is not None
    )


def _year(digits: str | None) -> int | None:
    if digits is None:
        return None
    digits = digits.replace(" ", "")
    return int(digits) if len(digits) == 4 else 2000 + int(digits) if int(digits) < 50 else 1900 + int(digits)


def _month_alone(match: re.Match[str]) -> DateMention:
    return DateMention(*match.span(), month=MONTHS[match["month"]], plain=False)


def _weekend(match: re.Match[str]) -> DateMention:
    return DateMention(*match.span(), weekend=True, week=1 if match["next"] else None, plain=False)


_WORDED: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], DateMention | None]], ...] = (
    (_RELATIVE_DAY, _relative),
    (_AHEAD, _ahead),
    (_WEEKDAY_SAID, _weekday),
    (_WEEK, _week),
    (_DAY_OF_MONTH, _day),
    (_MONTH_FIRST, _day),
    (_MONTH_ALONE, _month_alone),
    (_WEEKEND, _weekend),
)
