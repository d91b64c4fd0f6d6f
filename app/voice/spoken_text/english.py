"""English text as it is spoken. The rules run in order; each writes out what it knows and leaves the rest."""

from __future__ import annotations

import re
from collections.abc import Callable

from num2words import num2words

MONTHS = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
]
_MONTH = "|".join([*MONTHS, *(rf"{month[:3]}\.?" for month in MONTHS), r"Sept\.?"])
_DIGITS = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]
LARGEST = 10**12
_NUMBER = r"\d{1,3}(?:,\d{3})+(?!\d)|\d+"

_SPACES = re.compile(r"[\u00a0\u202f\u2009]")
_EMAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_LINK = re.compile(
    r"(?:https?://)?(?:www\.)?([a-z0-9-]+(?:\.[a-z0-9-]+)*\.(?:com|org|net|io|co\.uk|ru|uk|us))(?![\w])(?:/\S*)?",
    re.IGNORECASE,
)
_PHONE = re.compile(r"(?<![\w])(?:\+\d[\d ().-]{7,17}\d|\(?\d{3}\)?[ .-]\d{3}[ .-]\d{4}|\d{3}-\d{4})(?![\w])")
_ISO = re.compile(r"(?<!\d)(\d{4})-(\d\d)-(\d\d)(?!\d)")
_MONTH_DAY = re.compile(rf"\b({_MONTH}) (\d{{1,2}})(?:st|nd|rd|th)?(?:,? (\d{{4}}))?(?!\d|:)", re.IGNORECASE)
_DAY_MONTH = re.compile(
    rf"(?<!\d)(?<!the )(\d{{1,2}})(?:st|nd|rd|th)? (?:of )?({_MONTH})(?:,? (\d{{4}}))?(?!\d|:)", re.IGNORECASE
)
_YEAR = re.compile(r"\b(in|since|of|by|year|from|until|before|after) (1[5-9]\d\d|20\d\d)(?![\d,:%])", re.IGNORECASE)
_CLOCK = re.compile(r"(?<![\d:])([01]?\d|2[0-4]):([0-5]\d)(?![\d:])(?: ?([ap])(?:m\b|\.m\.))?", re.IGNORECASE)
_HOUR = re.compile(r"(?<![\d:.,])(1[0-2]|[1-9]) ?([ap])(?:m\b|\.m\.)", re.IGNORECASE)
_MONEY = re.compile(rf"([$€£])({_NUMBER})(?:\.(\d+))?(?: ?(k|m|bn|thousand|million|billion)\b)?", re.IGNORECASE)
_PERCENT = re.compile(rf"({_NUMBER})(?:\.(\d+))? ?%")
_ORDINAL = re.compile(r"(?<![\w])(\d+)(?:st|nd|rd|th)\b", re.IGNORECASE)
_UNITS = {
    "kg": ("kilogram", "kilograms"),
    "g": ("gram", "grams"),
    "mg": ("milligram", "milligrams"),
    "km": ("kilometer", "kilometers"),
    "cm": ("centimeter", "centimeters"),
    "mm": ("millimeter", "millimeters"),
    "m": ("meter", "meters"),
    "ml": ("milliliter", "milliliters"),
    "l": ("liter", "liters"),
    "lb": ("pound", "pounds"),
    "lbs": ("pound", "pounds"),
    "oz": ("ounce", "ounces"),
    "ft": ("foot", "feet"),
    "mi": ("mile", "miles"),
    "mph": ("mile per hour", "miles per hour"),
    "min": ("minute", "minutes"),
    "mins": ("minute", "minutes"),
    "hr": ("hour", "hours"),
    "hrs": ("hour", "hours"),
    "sec": ("second", "seconds"),
    "gb": ("gigabyte", "gigabytes"),
    "°c": ("degree", "degrees"),
    "°f": ("degree", "degrees"),
    "°": ("degree", "degrees"),
    "sq ft": ("square foot", "square feet"),
    "m²": ("square meter", "square meters"),
}
_UNIT = re.compile(
    rf"(?<![\w.])({_NUMBER})(?:\.(\d+))? ?({'|'.join(sorted(map(re.escape, _UNITS), key=len, reverse=True))})"
    r"(?![\w²])\.?(?= |,|$|[.!?])",
    re.IGNORECASE,
)
_RANGE = re.compile(rf"(?<![\w.,])({_NUMBER}) ?[–—-] ?({_NUMBER})(?![\d-])")
_COUNT = re.compile(rf"(?<![\w])({_NUMBER})(?:\.(\d+))?(?![\d])")
_CURRENCIES = {
    "$": ("dollar", "dollars", "cent", "cents"),
    "€": ("euro", "euros", "cent", "cents"),
    "£": ("pound", "pounds", "penny", "pence"),
}
_SCALES = {"k": "thousand", "m": "million", "bn": "billion"}
_SHORT = (
    (r"Dr\.(?= ?[A-Z])", "Doctor"),
    (r"Mr\.", "Mister"),
    (r"Mrs\.", "Missus"),
    (r"Ms\.", "Miz"),
    (r"Prof\.", "Professor"),
    (r"St\.(?= [A-Z])", "Saint"),
    (r"(?<=[a-z] )St\.", "Street"),
    (r"Ave\.", "Avenue"),
    (r"Blvd\.", "Boulevard"),
    (r"Rd\.", "Road"),
    (r"[Aa]pt\.", "apartment"),
    (r"[Ee]xt\.", "extension"),
    (r"[Nn]o\.(?= ?\d)", "number"),
    (r"e\.g\.", "for example"),
    (r"i\.e\.", "that is"),
    (r"etc\.", "et cetera"),
    (r"vs\.", "versus"),
    (r"approx\.", "approximately"),
    (r"[Aa]ppt\.", "appointment"),
    (r"Inc\.", "Incorporated"),
    (r"Ltd\.", "Limited"),
    (r"Mon\.", "Monday"),
    (r"Tue\.|Tues\.", "Tuesday"),
    (r"Wed\.", "Wednesday"),
    (r"Thu\.|Thurs\.", "Thursday"),
    (r"Fri\.", "Friday"),
    (r"Sat\.", "Saturday"),
    (r"Sun\.", "Sunday"),
    (r"#(?= ?\d)", "number "),
)
_ABBREVIATIONS = tuple((re.compile(rf"(?<![\w]){short}"), full) for short, full in _SHORT)
_CAPITALS = re.compile(r"(?<![\w])[A-Z]{2,5}s?(?![\w])")
_AS_WORDS = frozenset(
    [
        "OK",
        "NASA",
        "NATO",
        "LASER",
        "RADAR",
        "PIN",
        "VIP",
        "SPA",
        "AM",
        "PM",
        "ASAP",
        "COVID",
        "AIDS",
        "VAT",
        "CAT",
        "YES",
        "NO",
        "NOT",
        "THE",
        "AND",
        "FREE",
        "NEW",
        "NOW",
        "HELP",
        "STOP",
    ]
)
_SIGNS = (
    (re.compile(r" ?& ?"), " and "),
    (re.compile(r"24/7"), "twenty-four seven"),
    (re.compile(r"(?<=\w) ?= ?(?=\w)"), " equals "),
    (re.compile(r"(?<=[a-z])/(?=[a-z])", re.IGNORECASE), " or "),
    (re.compile(r"[*_~`^|<>{}\[\]\\]"), " "),
    (re.compile(r"[\U0001F000-\U0001FAFF\u2600-\u27BF\uFE0F]"), " "),
)
_LEFT = re.compile(r"\d+")
"""Digits that no rule knew: glued to letters, or in a form nobody writes."""


def english(text: str) -> str:
    """`text` with nothing left that an English voice would have to guess."""
    text = _SPACES.sub(" ", text)
    for pattern, full in _ABBREVIATIONS:
        text = pattern.sub(full, text)
    for sign, said in _SIGNS[:2]:
        text = sign.sub(said, text)
    for rule, write in _RULES:
        text = rule.sub(write, text)
    text = _CAPITALS.sub(lambda match: capitals(match[0]), text)
    for sign, said in _SIGNS[2:]:
        text = sign.sub(said, text)
    text = _LEFT.sub(lambda match: f" {digits(match[0])} ", text)
    return text.replace("+", " plus ")


def cardinal(number: int) -> str:
    """1,250: "one thousand two hundred fifty"."""
    if number >= LARGEST:
        return digits(str(number))
    return str(num2words(number, lang="en")).replace(" and ", " ").replace(",", "")


def ordinal(number: int) -> str:
    """26: "twenty-sixth"."""
    return str(num2words(number, lang="en", to="ordinal")).replace(" and ", " ").replace(",", "")


def year(number: int) -> str:
    """2026: "twenty twenty-six"."""
    if 2000 <= number < 2010:
        return cardinal(number)
    return str(num2words(number, lang="en", to="year")).replace(" and ", " ")


def digits(text: str) -> str:
    """Each digit by its name."""
    return " ".join(_DIGITS[int(digit)] for digit in text if digit.isdigit())


def capitals(word: str) -> str:
    """MRI: "M R I"; OK and the like stay words."""
    plural = word.endswith("s")
    letters = word.removesuffix("s") if plural else word
    if letters in _AS_WORDS or len(letters) > 4:
        return word.lower()
    return " ".join(letters) + ("s" if plural else "")


def _whole(text: str) -> int:
    return int(text.replace(",", ""))


def _decimal(whole: str, part: str) -> str:
    return f"{cardinal(_whole(whole))} point {digits(part)}"


def _email(match: re.Match[str]) -> str:
    said = match[0].replace("@", " at ").replace(".", " dot ").replace("-", " dash ").replace("_", " underscore ")
    return re.sub(r"\d+", lambda number: f" {digits(number[0])} ", said)


def _link(match: re.Match[str]) -> str:
    return match[1].replace("-", " dash ").replace(".", " dot ")


def _phone(match: re.Match[str]) -> str:
    groups = re.findall(r"\d+", match[0])
    lead = "plus " if match[0].startswith("+") else ""
    return lead + ", ".join(digits(part) for group in groups for part in _short(group))


def _short(group: str) -> list[str]:
    """Long groups are taken apart: nobody remembers ten digits in a row."""
    return [group] if len(group) <= 5 else [group[:3], *_short(group[3:])]


def _named(month: str) -> str:
    return next(full for full in MONTHS if full[:3].lower() == month[:3].lower())


def _day(month: str, day: str, of_year: str | None) -> str:
    said = f"{_named(month)} {ordinal(int(day))}"
    return f"{said}, {year(int(of_year))}" if of_year else said


def _iso(match: re.Match[str]) -> str:
    month = int(match[2])
    return _day(MONTHS[month - 1], match[3], match[1]) if 1 <= month <= 12 else match[0]


def _clock(match: re.Match[str]) -> str:
    hour, minute, half = int(match[1]), match[2], match[3]
    if not half and hour > 12:
        hour, half = hour - 12, "p" if hour < 24 else "a"
    ending = f" {half.upper()} M" if half else ""
    if minute == "00":
        said = cardinal(hour)
        return said + ending if ending else ("midnight" if hour == 0 else f"{said} o'clock")
    minutes = f"oh {cardinal(int(minute))}" if minute.startswith("0") else cardinal(int(minute))
    return f"{cardinal(hour)} {minutes}{ending}"


def _money(match: re.Match[str]) -> str:
    one, many, cent, cents = _CURRENCIES[match[1]]
    number = _whole(match[2])
    if match[4]:
        scale = _SCALES.get(match[4].lower(), match[4].lower())
        amount = _decimal(match[2], match[3]) if match[3] else cardinal(number)
        return f"{amount} {scale} {many}"
    said = f"{cardinal(number)} {one if number == 1 else many}"
    if match[3] and len(match[3]) != 2:
        return f"{_decimal(match[2], match[3])} {many}"
    small = int(match[3] or 0)
    return f"{said} and {cardinal(small)} {cent if small == 1 else cents}" if small else said


def _percent(match: re.Match[str]) -> str:
    return f"{_decimal(match[1], match[2]) if match[2] else cardinal(_whole(match[1]))} percent"


def _unit(match: re.Match[str]) -> str:
    one, many = _UNITS[match[3].lower()]
    if match[2]:
        return f"{_decimal(match[1], match[2])} {many}"
    number = _whole(match[1])
    return f"{cardinal(number)} {one if number == 1 else many}"


def _range(match: re.Match[str]) -> str:
    low, high = _whole(match[1]), _whole(match[2])
    return f"{cardinal(low)} to {cardinal(high)}" if low < high else match[0]


def _count(match: re.Match[str]) -> str:
    text, part = match[1], match[2]
    if part:
        return _decimal(text, part)
    if "," not in text and (len(text) > 6 or (len(text) > 1 and text.startswith("0"))):
        return digits(text)
    return cardinal(_whole(text))


_RULES: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], str]], ...] = (
    (_EMAIL, _email),
    (_LINK, _link),
    (_ISO, _iso),
    (_PHONE, _phone),
    (_MONTH_DAY, lambda match: _day(match[1], match[2], match[3])),
    (_DAY_MONTH, lambda match: _day(match[2], match[1], match[3])),
    (_CLOCK, _clock),
    (_HOUR, lambda match: f"{cardinal(int(match[1]))} {match[2].upper()} M"),
    (_MONEY, _money),
    (_PERCENT, _percent),
    (_YEAR, lambda match: f"{match[1]} {year(int(match[2]))}"),
    (_ORDINAL, lambda match: ordinal(int(match[1]))),
    (_UNIT, _unit),
    (_RANGE, _range),
    (_COUNT, _count),
)
