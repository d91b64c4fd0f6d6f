"""Russian text as it is spoken. The rules run in order; each writes out what it knows and leaves the rest."""

from __future__ import annotations

import re
from collections.abc import Callable

from app.voice.spoken_text import russian_words as words
from app.voice.spoken_text.latin import in_russian
from app.voice.spoken_text.russian_numbers import (
    ACCUSATIVE,
    DATIVE,
    GENITIVE,
    NOMINATIVE,
    PREPOSITIONS,
    agreed,
    cardinal,
    decimal,
    digits,
    form,
    gender_of,
    ordinal,
)

MONTHS = [
    "января",
    "февраля",
    "марта",
    "апреля",
    "мая",
    "июня",
    "июля",
    "августа",
    "сентября",
    "октября",
    "ноября",
    "декабря",
]
_MONTH = "|".join(MONTHS)
_BEFORE = r"(?:(?<![\w])(?P<before>[а-яё]+) )?"
_NUMBER = r"\d{1,3}(?:[ \u00a0\u202f]\d{3})+(?!\d)|\d+"

_SPACES = re.compile(r"[\u00a0\u202f\u2009]")
_GLUED = re.compile(r"(?<=[A-Z])(?=\d)(?![\w.-]*@)")
_EMAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_LINK = re.compile(
    r"(?:https?://)?(?:www\.)?([a-zа-яё0-9-]+(?:\.[a-zа-яё0-9-]+)*\.(?:ru|рф|com|net|org|io|su))(?![\w])(?:/\S*)?",
    re.IGNORECASE,
)
_PHONE = re.compile(
    r"(?<![\w+])(\+?\d)[ -]?\(?(\d{3})\)?[ -]?(\d{3})[ -]?(\d{2})[ -]?(\d{2})(?!\d)"
    r"|(?<![\d-])(\d{3})-(\d{2})-(\d{2})(?!\d)"
)
_ISO = re.compile(r"(?<!\d)(\d{4})-(\d\d)-(\d\d)(?!\d)")
_DOTTED = re.compile(
    _BEFORE + r"(?<![\d.,])(?P<day>\d{1,2})\.(?P<month>0\d|1[0-2])(?:\.(?P<year>\d{4}|\d\d))?"
    r"(?![\d.]\d|\d)(?: ?г(?:\.|ода?)(?![а-яё]))?",
    re.IGNORECASE,
)
_NAMED = re.compile(
    _BEFORE + rf"(?<!\d)(?P<day>\d{{1,2}})(?:-?го|-?е)? (?P<month>{_MONTH})(?:,? (?P<year>\d{{4}}) ?(?:г\.|года?)?)?",
    re.IGNORECASE,
)
_DAYS = re.compile(rf"(?<!\d)(\d{{1,2}}) ?[–—-] ?(\d{{1,2}}) ({_MONTH})", re.IGNORECASE)
_FROM_TO = re.compile(rf"(?<![\w])[сc] (\d{{1,2}}) (по|до) (\d{{1,2}}) ({_MONTH})", re.IGNORECASE)
_YEAR = re.compile(_BEFORE + r"(?<!\d)(?P<year>[12]\d{3}) ?(?P<word>год(?:а|у|ом|е)?|гг?\.)(?![а-яё])", re.IGNORECASE)
_HOURS = re.compile(r"(?<![\d:])([01]?\d|2[0-4])[:.]([0-5]\d) ?[–—-] ?([01]?\d|2[0-4])[:.]([0-5]\d)(?![\d:])")
_CLOCK = re.compile(_BEFORE + r"(?<![\d:])(?P<hour>[01]?\d|2[0-4]):(?P<minute>[0-5]\d)(?![\d:])", re.IGNORECASE)
_MONEY = re.compile(
    _BEFORE + rf"(?P<number>{_NUMBER})(?:[.,](?P<part>\d{{1,3}}))?(?: ?(?P<scale>тыс|млн|млрд)\.?)? ?"
    r"(?P<sign>₽|р(?:уб)?\.|р(?![а-яё])|руб(?![а-яё])|\$|€|£|₸|₴)"
    r"|(?P<first>[$€£])(?P<amount>\d+(?:[ ,]\d{3})*)(?:\.(?P<cents>\d\d))?",
    re.IGNORECASE,
)
_UNIT = re.compile(
    _BEFORE
    + rf"(?<![\w])(?P<number>{_NUMBER})(?:[.,](?P<part>\d{{1,3}}))? ?(?P<unit>{words.UNIT_PATTERN})(?![а-яёa-z\d])",
    re.IGNORECASE,
)
_SUFFIXED = re.compile(
    r"(?<![\w])(\d+)-?(ый|ий|ой|й|ая|я|ое|е|ого|го|ому|му|ым|м|ом|ую|ю|ой|их|х|ых|ми|ым)(?![а-яё])", re.IGNORECASE
)
_RANGE = re.compile(
    _BEFORE + rf"(?<![\w.,])(?P<low>{_NUMBER}) ?[–—-] ?(?P<high>{_NUMBER})(?![\d.,]\d)(?: (?P<noun>[а-яё]+))?",
    re.IGNORECASE,
)
_ADJECTIVE = r"(?: [а-яё]+(?:ых|их|ые|ие|ый|ий|ая|ой|ое|ую|ыми|ими))?"
_COUNT = re.compile(
    _BEFORE
    + rf"(?<![\w.,])(?P<number>{_NUMBER})(?:[.,](?P<part>\d{{1,3}}))?(?!\d)(?={_ADJECTIVE}(?: (?P<noun>[а-яё]+))?)",
    re.IGNORECASE,
)
_CAPITALS = re.compile(r"(?<![\w])[А-ЯЁ]{2,5}(?![\w])")
_SCALES = {
    "тыс": ("тысяча", "тысячи", "тысяч"),
    "млн": ("миллион", "миллиона", "миллионов"),
    "млрд": ("миллиард", "миллиарда", "миллиардов"),
}


def russian(text: str) -> str:
    """`text` with nothing left that a Russian voice would have to guess."""
    text = _GLUED.sub(" ", _SPACES.sub(" ", text))
    for pattern, write in _RULES:
        text = pattern.sub(write, text)
    text = words.abbreviations(text)
    text = _COUNT.sub(_count, text)
    text = _CAPITALS.sub(lambda match: words.capitals(match[0]), text)
    text = _LEFT.sub(lambda match: f" {digits(match[0])} ", words.symbols(text))
    return in_russian(text)


def _whole(text: str) -> int:
    return int(re.sub(r"\D", "", text))


def _start(match: re.Match[str]) -> str:
    before = match["before"]
    return f"{before} " if before else ""


def _case(match: re.Match[str], default: str = NOMINATIVE) -> str:
    before = (match["before"] or "").lower()
    return PREPOSITIONS.get(before, default)


def _email(match: re.Match[str]) -> str:
    said = (
        match[0]
        .replace("@", " собака ")
        .replace(".", " точка ")
        .replace("-", " дефис ")
        .replace("_", " подчёркивание ")
    )
    return re.sub(r"\d+", lambda number: f" {digits(number[0])} ", said)


def _link(match: re.Match[str]) -> str:
    return match[1].replace("-", " дефис ").replace(".", " точка ")


def _phone(match: re.Match[str]) -> str:
    groups = [group for group in match.groups() if group]
    first = groups[0]
    lead = "плюс " if first.startswith("+") else ""
    return lead + ", ".join(phone_group(group.lstrip("+")) for group in groups)


def phone_group(group: str) -> str:
    """ "05" is "ноль пять", "926" is "девятьсот двадцать шесть", "000" is said digit by digit."""
    zeros = len(group) - len(group.lstrip("0"))
    rest = group[zeros:]
    return " ".join([*["ноль"] * zeros, *([cardinal(int(rest))] if rest else [])])


def _date(day: int, month: str, year: str | None, case: str) -> str:
    said = f"{ordinal(day, case, 'n')} {month}"
    return f"{said} {ordinal(_full_year(year), GENITIVE)} года" if year else said


def _full_year(year: str) -> int:
    return int(year) if len(year) == 4 else 2000 + int(year)


def _iso(match: re.Match[str]) -> str:
    month = int(match[2])
    return _date(int(match[3]), MONTHS[month - 1], match[1], GENITIVE) if 1 <= month <= 12 else match[0]


def _day_case(match: re.Match[str]) -> str:
    before = (match["before"] or "").lower()
    if before in words.TODAY:
        return NOMINATIVE
    return PREPOSITIONS.get(before, GENITIVE)


def _dotted(match: re.Match[str]) -> str:
    day = int(match["day"])
    if not 1 <= day <= 31:
        return match[0]
    return _start(match) + _date(day, MONTHS[int(match["month"]) - 1], match["year"], _day_case(match))


def _named(match: re.Match[str]) -> str:
    day = int(match["day"])
    if not 1 <= day <= 31:
        return match[0]
    return _start(match) + _date(day, match["month"].lower(), match["year"], _day_case(match))


def _days(match: re.Match[str]) -> str:
    return f"с {ordinal(int(match[1]), GENITIVE, 'n')} по {ordinal(int(match[2]), ACCUSATIVE, 'n')} {match[3]}"


def _from_to(match: re.Match[str]) -> str:
    low, high = int(match[1]), int(match[3])
    case = ACCUSATIVE if match[2].lower() == "по" else GENITIVE
    return f"с {ordinal(low, GENITIVE, 'n')} {match[2]} {ordinal(high, case, 'n')} {match[4]}"


def _year(match: re.Match[str]) -> str:
    word = match["word"].lower()
    case = {"года": GENITIVE, "году": "p", "годом": "i", "годе": "p"}.get(word)
    if case is None:
        before = (match["before"] or "").lower()
        case = "p" if word.startswith("г.") and before in ("в", "во") else _case(match)
        word = {NOMINATIVE: "год", ACCUSATIVE: "год", GENITIVE: "года", "p": "году", DATIVE: "году"}.get(case, "год")
    return f"{_start(match)}{ordinal(int(match['year']), case)} {word}"


def _hours(match: re.Match[str]) -> str:
    opens, closes = (
        _time(int(match[1]), match[2], GENITIVE, short=True),
        _time(int(match[3]), match[4], GENITIVE, short=True),
    )
    return f"с {opens} до {closes}"


def _clock(match: re.Match[str]) -> str:
    case = _case(match)
    short = case == GENITIVE and (match["before"] or "").lower() in ("с", "со", "до")
    return _start(match) + _time(int(match["hour"]), match["minute"], case, short=short)


def _time(hour: int, minute: str, case: str, *, short: bool = False) -> str:
    said = cardinal(hour, case)
    if minute == "00":
        if short:
            return said
        return f"{said} {words.hours(hour, case)}"
    minutes = f"ноль {cardinal(int(minute), case)}" if minute.startswith("0") else cardinal(int(minute), case)
    return f"{said} {minutes}"


def _money(match: re.Match[str]) -> str:
    if match["first"]:
        return _sum(_whole(match["amount"]), match["cents"], match["first"], NOMINATIVE)
    case, sign = _case(match), match["sign"].lower()
    case = NOMINATIVE if case == ACCUSATIVE and _whole(match["number"]) % 10 != 1 else case
    if match["scale"]:
        return f"{_start(match)}{_scaled(match, case)} {words.currency(sign, 5, GENITIVE)}"
    part = match["part"]
    if part and len(part) != 2:
        unit = words.currency(sign, 2, NOMINATIVE)
        return f"{_start(match)}{decimal(str(_whole(match['number'])), part, case, unit)} {unit}"
    return _start(match) + _sum(_whole(match["number"]), part, sign, case)


def _scaled(match: re.Match[str], case: str) -> str:
    scale = _SCALES[match["scale"].lower()]
    number = _whole(match["number"])
    if match["part"]:
        return f"{decimal(str(number), match['part'], case, scale[0])} {scale[1]}"
    noun = words.declined(scale, number, case)
    return f"{cardinal(number, case, gender_of(scale[0]))} {noun}"


def _sum(number: int, cents: str | None, sign: str, case: str) -> str:
    said = f"{cardinal(number, case, words.currency_gender(sign))} {words.currency(sign, number, case)}"
    if cents and int(cents):
        small = words.small(sign)
        said += f" {cardinal(int(cents), case, gender_of(small[0]))} {form(int(cents), *small)}"
    return said


def _unit(match: re.Match[str]) -> str:
    unit = words.UNITS[match["unit"].lower().replace(" ", "")]
    case = _case(match)
    case = NOMINATIVE if case == ACCUSATIVE and gender_of(unit[0]) != "f" else case
    number = _whole(match["number"])
    if match["part"]:
        return f"{_start(match)}{decimal(str(number), match['part'], case, unit[0])} {words.of_part(unit)}"
    return f"{_start(match)}{cardinal(number, case, gender_of(unit[0]))} {words.declined(unit, number, case)}"


def _suffixed(match: re.Match[str]) -> str:
    case, gender = words.SUFFIXES[match[2].lower()]
    return ordinal(int(match[1]), case, gender)


def _range(match: re.Match[str]) -> str:
    low, high = _whole(match["low"]), _whole(match["high"])
    before, noun = (match["before"] or "").lower(), match["noun"] or ""
    if low >= high or (len(match["low"]) > 1 and match["low"].startswith("0")):
        return match[0]
    tail = f" {noun}" if noun else ""
    if before in ("с", "со"):
        return f"{_start(match)}{cardinal(low, GENITIVE)} до {cardinal(high, GENITIVE)}{tail}"
    count = agreed(high, before, noun)
    return (
        f"{_start(match)}{cardinal(low, count.case, count.gender)} – {cardinal(high, count.case, count.gender)}{tail}"
    )


def _count(match: re.Match[str]) -> str:
    text, noun = match["number"], match["noun"] or ""
    before = (match["before"] or "").lower()
    if match["part"]:
        return f"{_start(match)}{decimal(str(_whole(text)), match['part'], agreed(2, before, '').case, noun)}"
    if " " not in text and (len(text) > 6 or (len(text) > 1 and text.startswith("0"))):
        return f"{_start(match)}{digits(text)}"
    number = _whole(text)
    if before in words.NAMED_BY_NUMBER:
        return f"{_start(match)}{cardinal(number)}"
    count = agreed(number, before, noun)
    write = ordinal if count.ordinal else cardinal
    return f"{_start(match)}{write(number, count.case, count.gender)}"


_LEFT = re.compile(r"\d+")
"""Digits that no rule knew: glued to letters, or in a form nobody writes."""
_ROUND_THE_CLOCK = re.compile(r"(?<!\d)24/7(?!\d)")

_RULES: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], str]], ...] = (
    (_ROUND_THE_CLOCK, lambda _: "двадцать четыре на семь"),
    (_EMAIL, _email),
    (_LINK, _link),
    (_PHONE, _phone),
    (_ISO, _iso),
    (_DAYS, _days),
    (_FROM_TO, _from_to),
    (_NAMED, _named),
    (_HOURS, _hours),
    (_MONEY, _money),
    (_DOTTED, _dotted),
    (_YEAR, _year),
    (_CLOCK, _clock),
    (_UNIT, _unit),
    (_SUFFIXED, _suffixed),
    (_RANGE, _range),
)
