"""How Russian names days."""

from __future__ import annotations

import re
from collections.abc import Callable

from app.scenario.extraction.dates import DateMention
from app.scenario.extraction.utterance import Utterance

__all__ = ["MONTHS", "WEEKDAYS", "mentions"]

_MONTH_FORMS = (
    "января январь январе янв", "февраля февраль феврале фев", "марта март марте", "апреля апрель апреле апр",
    "мая май мае", "июня июнь июне", "июля июль июле", "августа август августе авг",
    "сентября сентябрь сентябре сен сент", "октября октябрь октябре окт", "ноября ноябрь ноябре ноя нояб",
    "декабря декабрь декабре дек",
)  # fmt: skip
MONTHS = {form: month for month, forms in enumerate(_MONTH_FORMS, 1) for form in forms.split()}
_WEEKDAY_FORMS = (
    "понедельник понедельника понедельнику понедельником пн", "вторник вторника вторнику вторником вт",
    "среда среду среды среде средой", "четверг четверга четвергу четвергом чт",
    "пятница пятницу пятницы пятнице пятницей пт",
    "суббота субботу субботы субботе субботой", "воскресенье воскресенья воскресенью воскресеньем воскресение",
)  # fmt: skip
WEEKDAYS = {form: day for day, forms in enumerate(_WEEKDAY_FORMS) for form in forms.split()}

_RELATIVE = {
    "послепослезавтра": 3, "послезавтра": 2, "послезавтрашний": 2, "послезавтрашнего": 2, "завтра": 1, "завтрашний": 1,
    "завтрашнего": 1, "завтрашнее": 1, "сегодня": 0, "сегодняшний": 0, "сегодняшнее": 0, "вчера": -1, "позавчера": -2,
}  # fmt: skip
_UNITS = {"д": 1, "с": 1, "н": 7}

_LAST_DISH = 3
""" "На первое, второе, третье" may be dishes; later ordinals after "на" are days."""

_MONTH = "|".join(sorted(MONTHS, key=len, reverse=True))
_WEEKDAY = "|".join(sorted(WEEKDAYS, key=len, reverse=True))
_UNIT = r"день|дня|дней|деньк\w+|сут\w+|недел\w+|месяц\w*|год|года|лет"
_VAGUE = r"(?:(?P<vague>после|до|не раньше|не позже|позже|раньше|начиная с|примерно|где то|приблизительно|с|со|по) )?"

_TRIGGERS = (
    frozenset(_RELATIVE) | frozenset(MONTHS) | frozenset(WEEKDAYS)
    | {"неделе", "неделю", "недели", "недель", "неделька", "недельку", "числа", "число", "дня", "дней", "день", "месяц",
       "месяца", "месяцев", "полгода", "год", "выходные", "выходных", "сутки", "денька"}
)  # fmt: skip

_RELATIVE_DAY = re.compile(rf"\b{_VAGUE}(?:(?:на|в|к) )?(?P<word>{'|'.join(_RELATIVE)})(?: день\b| числ\w+)?\b")
_AHEAD = re.compile(
    rf"\bчерез (?:(?P<count>\d{{1,4}}) |(?P<half>пол)|(?P<vague>пару|несколько) )?(?P<unit>{_UNIT})\b(?! после)"
    rf"|\b(?P<unit2>дня|дней|недели|недель|недельки|месяца|месяцев) через (?P<count2>\d{{1,4}})\b"
)
_WEEKDAY_SAID = re.compile(
    rf"\b{_VAGUE}(?:(?P<prep>в|во|на|к|ко|до) )?"
    r"(?:(?P<mod>эт(?:от|у|о)|ближайш\w+|следующ\w+|будущ\w+|прошл\w+|кажд\w+|прошедш\w+) )?"
    rf"(?P<day>{_WEEKDAY})(?! числ)\b"
)
_WEEK = re.compile(
    r"\b(?:на|в|во) (?P<word>эт(?:ой|у)|текущ\w+|следующ\w+|будущ\w+|той|прошл\w+|ближайш\w+) недел[еюи]\b"
    r"|\bследующ(?:ей|ая|ую) недел[яею]\b"
)
_DAY_OF_MONTH = re.compile(
    rf"\b{_VAGUE}(?:(?P<prep>на|к|ко|в) )?(?P<day>\d{{1,2}})(?:(?P<ord>°)(?! (?:этаж|подъезд|размер|дом|корпус"
    rf"|класс))(?: числа| число| числу)?|(?P<num> "
    rf"числа| число| числу)|(?= (?:{_MONTH})\b))"
    rf"(?: (?P<month>{_MONTH})\b| (?P<shift>эт|следующ|будущ|текущ)\w* месяца| (?P<mon>\d{{1,2}})°(?= |$))?"
    r"(?:,? (?P<year>\d{4}|\d{2}(?=°))°?(?: год\w?| г\b)?)?"
)
_MONTH_FIRST = re.compile(rf"\b(?P<month>{_MONTH}) (?P<day>\d{{1,2}})(?P<ord>°| числ\w+)")
_NUMERIC = re.compile(
    r"(?<![\d.:/\-])(?:(?P<iso_year>\d{4})[-./](?P<iso_month>\d{1,2})[-./](?P<iso_day>\d{1,2})"
    r"|(?P<day>\d{1,2})(?P<sep>[./-])(?P<month>\d{1,2})(?:(?P=sep)(?P<year>\d{4}|\d{2}))?)(?![\d:/\-]|\.\d)"
)
_MONTH_ALONE = re.compile(rf"\b(?:в|на|к) (?P<month>{_MONTH})\b")
_WEEKEND = re.compile(r"\b(?:в|на)(?: (?P<next>следующ\w+|будущ\w+)| эти| ближайшие)? выходн(?:ые|ых)\b")


def mentions(utterance: Utterance) -> list[DateMention]:
    """Every day that the words name, in order; some may lie inside one another."""
    canon = utterance.canon
    found: list[DateMention] = []
    if not utterance.words.isdisjoint(_TRIGGERS):
        for pattern, build in _WORDED:
            found += [said for match in pattern.finditer(canon) if (said := build(match)) is not None]
    elif "°" in canon:
        found += [said for match in _DAY_OF_MONTH.finditer(canon) if (said := _day(match)) is not None]
    if utterance.has_number:
        found += [_numeric(match) for match in _NUMERIC.finditer(canon)]
    return found


def _relative(match: re.Match[str]) -> DateMention:
    days = _RELATIVE[match["word"]]
    farewell = match["vague"] == "до"
    return DateMention(*match.span(), days=days, vague=match["vague"] is not None, plain=days > 0 and not farewell)


def _ahead(match: re.Match[str]) -> DateMention | None:
    unit = match["unit"] or match["unit2"]
    count = int(match["count"] or match["count2"] or 1)
    vague = match["vague"] is not None or match["unit2"] is not None
    if match["half"]:
        return DateMention(*match.span(), months=6) if unit == "года" else None
    if match["vague"]:
        return DateMention(*match.span(), week=None, vague=True, plain=False)
    if unit.startswith(("месяц", "год", "лет")):
        return DateMention(
            *match.span(), months=count * (1 if unit.startswith("месяц") else 12), vague=vague, plain=not vague
        )
    if unit == "день" and match["count"] is None:  # the next day to some, every other day to others
        return DateMention(*match.span(), days=1, vague=True, plain=False)
    return DateMention(
        *match.span(), days=count * _UNITS[unit[0]] if unit[0] in _UNITS else count, vague=vague, plain=not vague
    )


def _weekday(match: re.Match[str]) -> DateMention | None:
    how = match["mod"] or ""
    if how.startswith("кажд"):
        return None
    following = how.startswith(("следующ", "будущ"))
    week = 1 if following else -1 if how.startswith("прош") else None
    return DateMention(
        *match.span(),
        weekday=WEEKDAYS[match["day"]],
        nearest=how.startswith(("эт", "ближ")),
        week=week,
        vague=match["vague"] is not None or match["prep"] == "до",
        plain=match["prep"] in ("в", "во", "на", "к", "ко") and match["vague"] is None and week != -1,
    )


def _week(match: re.Match[str]) -> DateMention:
    word = match["word"] or "следующей"
    week = 1 if word.startswith(("следующ", "будущ", "той")) else -1 if word.startswith("прошл") else 0
    return DateMention(*match.span(), week=week, plain=False)


def _day(match: re.Match[str]) -> DateMention | None:
    month = MONTHS[match["month"]] if match["month"] else int(match["mon"]) if match["mon"] else None
    if month is not None and not 1 <= month <= 12:
        return None
    shift = None
    if match["shift"]:
        shift = 1 if match["shift"] in ("следующ", "будущ") else 0
    sure = match["month"] is not None or shift is not None or "числ" in match.group()
    sure = sure or (match["prep"] == "на" and match["ord"] is not None and int(match["day"]) > _LAST_DISH)
    year = _year(match["year"]) if match["year"] and (month or shift is None) else None
    return DateMention(
        *match.span(),
        day=int(match["day"]),
        month=month,
        year=year,
        month_shift=shift,
        vague=match["vague"] is not None,
        plain=sure and match["vague"] is None,
    )


def _month_first(match: re.Match[str]) -> DateMention:
    return DateMention(*match.span(), day=int(match["day"]), month=MONTHS[match["month"]])


def _numeric(match: re.Match[str]) -> DateMention:
    if match["iso_year"]:
        month, day = int(match["iso_month"]), int(match["iso_day"])
    else:
        month, day = int(match["month"]), int(match["day"])
    year = _year(match["iso_year"] or match["year"])
    good = 1 <= month <= 12
    plain = good and year is not None
    return DateMention(*match.span(), day=day if good else 0, month=month if good else 1, year=year, plain=plain)


def _year(digits: str | None) -> int | None:
    if digits is None:
        return None
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
    (_MONTH_FIRST, _month_first),
    (_MONTH_ALONE, _month_alone),
    (_WEEKEND, _weekend),
)
