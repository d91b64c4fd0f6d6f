"""How Russian reads values back."""

from __future__ import annotations

from datetime import date, time
from decimal import Decimal

from app.scenario.extraction.wording import words
from app.scenario.languages.ru.numerals import ORDINAL_STEMS

__all__ = ["SPEAKING"]

from app.scenario.extraction.speech import Speaking, in_groups

_UNITS = words(
    "ноль один два три четыре пять шесть семь восемь девять десять одиннадцать двенадцать тринадцать четырнадцать "
    "пятнадцать шестнадцать семнадцать восемнадцать девятнадцать"
)
_TENS = words("- - двадцать тридцать сорок пятьдесят шестьдесят семьдесят восемьдесят девяносто")
_HUNDREDS = words("- сто двести триста четыреста пятьсот шестьсот семьсот восемьсот девятьсот")
_MONTHS = words("января февраля марта апреля мая июня июля августа сентября октября ноября декабря")
_SCALES = (
    (10**9, ("миллиард", "миллиарда", "миллиардов"), False),
    (10**6, ("миллион", "миллиона", "миллионов"), False),
    (1000, ("тысяча", "тысячи", "тысяч"), True),
)
_FRACTIONS = (("десятая", "десятых"), ("сотая", "сотых"), ("тысячная", "тысячных"))
_LARGEST = 10**12


def _form(count: int, forms: tuple[str, str, str]) -> str:
    """ "Час, часа, часов" as the count asks for."""
    if count % 100 in range(11, 15) or count % 10 == 0 or count % 10 >= 5:
        return forms[2]
    return forms[0] if count % 10 == 1 else forms[1]


def _below_thousand(number: int, *, feminine: bool) -> list[str]:
    words = [_HUNDREDS[number // 100]] if number >= 100 else []
    number %= 100
    if number >= 20:
        words.append(_TENS[number // 10])
        number %= 10
    if number:
        words.append({1: "одна", 2: "две"}.get(number, _UNITS[number]) if feminine else _UNITS[number])
    return words


def cardinal(number: int, *, feminine: bool = False) -> str:
    """A whole number in words, nominative."""
    if number == 0:
        return _UNITS[0]
    words: list[str] = []
    for size, forms, female in _SCALES:
        count, number = divmod(number, size)
        if count:
            words += [*_below_thousand(count, feminine=female), _form(count, forms)]
    return " ".join(words + _below_thousand(number, feminine=feminine))


def _ordinal(number: int) -> str:
    """Genitive: "двадцать шестого"."""
    if number > 20 and number % 10:
        return f"{_TENS[number // 10]} {_ordinal(number % 10)}"
    return "третьего" if number == 3 else f"{ORDINAL_STEMS[number].replace('четверт', 'четвёрт')}ого"


def _year(year: int) -> str:
    thousands, rest = divmod(year, 1000)
    head = cardinal(thousands * 1000).removeprefix("одна ")
    if rest == 0:
        return {1: "тысячного", 2: "двухтысячного"}.get(thousands, head) + " года"
    words = _below_thousand(rest - rest % 100, feminine=False) if rest >= 100 else []
    last = rest % 100
    return " ".join([head, *words, _ordinal(last) if last else "", "года"]).replace("  ", " ")


def _date(day: date, today: date) -> str:
    said = f"{_ordinal(day.day)} {_MONTHS[day.month - 1]}"
    return said if day.year == today.year else f"{said} {_year(day.year)}"


def _time(at: time) -> str:
    if at.minute == 0:
        return f"{cardinal(at.hour)} {_form(at.hour, ('час', 'часа', 'часов'))}"
    minute = cardinal(at.minute, feminine=True)
    return f"{cardinal(at.hour)} {'ноль ' if at.minute < 10 else ''}{minute}" + (
        "" if at.minute >= 10 or at.minute > 2 else f" {_form(at.minute, ('минута', 'минуты', 'минут'))}"
    )


def _digits(group: str) -> str:
    zeros = len(group) - len(group.lstrip("0"))
    words = ["ноль"] * zeros
    if rest := group[zeros:]:
        words.append(cardinal(int(rest)))
    return " ".join(words)


def _number(value: Decimal) -> str:
    minus, value = ("минус ", -value) if value < 0 else ("", value)
    whole, _, decimals = f"{value:f}".partition(".")
    decimals = decimals.rstrip("0")
    if int(whole) >= _LARGEST or len(decimals) > 3:
        return f"{value:f}"
    if not decimals:
        return minus + cardinal(int(whole))
    one, many = _FRACTIONS[len(decimals) - 1]
    parts = int(decimals)
    named = one if parts % 10 == 1 and parts % 100 != 11 else many
    integral = "целая" if int(whole) % 10 == 1 and int(whole) % 100 != 11 else "целых"
    return f"{minus}{cardinal(int(whole), feminine=True)} {integral} {cardinal(parts, feminine=True)} {named}"


SPEAKING = Speaking(
    date=_date,
    time=_time,
    number=_number,
    digits=_digits,
    long_number=lambda digits: ", ".join(_digits(group) for group in in_groups(digits, 2)),
    plus="плюс",
    group=3,
    signs={"@": "собака", ".": "точка", "-": "дефис", "_": "нижнее подчёркивание", "+": "плюс"},
    yes="да",
    no="нет",
)
