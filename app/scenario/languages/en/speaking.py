"""How English reads values back."""

from __future__ import annotations

from datetime import date, time
from decimal import Decimal

from app.scenario.extraction.speech import Speaking, in_groups
from app.scenario.extraction.wording import words
from app.scenario.languages.en.numerals import ORDINALS, TENS, UNITS

__all__ = ["SPEAKING"]

_MONTHS = words("January February March April May June July August September October November December")
_SCALES = ((10**9, "billion"), (10**6, "million"), (1000, "thousand"))
_LARGEST = 10**12


def _below_thousand(number: int) -> list[str]:
    words = [f"{UNITS[number // 100]} hundred"] if number >= 100 else []
    number %= 100
    if number >= 20:
        tens, unit = TENS[number - number % 10], number % 10
        words.append(f"{tens}-{UNITS[unit]}" if unit else tens)
    elif number:
        words.append(UNITS[number])
    return words


def cardinal(number: int) -> str:
    """A whole number in words."""
    if number == 0:
        return UNITS[0]
    words: list[str] = []
    for size, name in _SCALES:
        count, number = divmod(number, size)
        if count:
            words += [*_below_thousand(count), name]
    return " ".join(words + _below_thousand(number))


def _ordinal(number: int) -> str:
    if number in ORDINALS:
        return ORDINALS[number]
    return f"{TENS[number - number % 10]}-{ORDINALS[number % 10]}"


def _year(year: int) -> str:
    century, rest = divmod(year, 100)
    if century in (10, 20) and rest < 10:
        return cardinal(year)
    if rest == 0:
        return f"{cardinal(century)} hundred"
    return f"{cardinal(century)} {'oh ' if rest < 10 else ''}{cardinal(rest)}"


def _date(day: date, today: date) -> str:
    said = f"{_MONTHS[day.month - 1]} {_ordinal(day.day)}"
    return said if day.year == today.year else f"{said}, {_year(day.year)}"


def _time(at: time) -> str:
    if at.minute == 0 and at.hour in (0, 12):
        return "midnight" if at.hour == 0 else "noon"
    hour = cardinal(at.hour % 12 or 12)
    minute = "" if at.minute == 0 else f" oh {cardinal(at.minute)}" if at.minute < 10 else f" {cardinal(at.minute)}"
    return f"{hour}{minute} {'AM' if at.hour < 12 else 'PM'}"


def _digits(group: str) -> str:
    return " ".join(UNITS[int(digit)] for digit in group)


def _number(value: Decimal) -> str:
    minus, value = ("minus ", -value) if value < 0 else ("", value)
    whole, _, decimals = f"{value:f}".partition(".")
    decimals = decimals.rstrip("0")
    if int(whole) >= _LARGEST or len(decimals) > 3:
        return f"{value:f}"
    return minus + cardinal(int(whole)) + (f" point {_digits(decimals)}" if decimals else "")


SPEAKING = Speaking(
    date=_date,
    time=_time,
    number=_number,
    digits=_digits,
    long_number=lambda digits: ", ".join(_digits(group) for group in in_groups(digits, 4)),
    plus="plus",
    group=4,
    signs={"@": "at", ".": "dot", "-": "dash", "_": "underscore", "+": "plus"},
    yes="yes",
    no="no",
)
