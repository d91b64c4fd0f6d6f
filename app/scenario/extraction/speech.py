"""Values read back aloud."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal, InvalidOperation

import phonenumbers

from app.scenario.values import FieldType

__all__ = ["Speaking", "in_groups", "speak"]

_TWO_THREES = 6
_CODE = 6
"""Digits from which on a number that is not round is a code rather than an amount."""


@dataclass(frozen=True)
class Speaking:
    """How a language says values."""

    date: Callable[[date, date], str]
    """A day, and today: the year is said only when it is another one."""
    time: Callable[[time], str]
    number: Callable[[Decimal], str]
    digits: Callable[[str], str]
    """A group of a phone number."""
    plus: str
    group: int
    """The most digits of a phone number that are read as one group."""
    long_number: Callable[[str], str]
    """A number of many digits that is no amount, digit by digit."""
    signs: Mapping[str, str]
    """The signs of an e-mail address."""
    yes: str
    no: str


def speak(value: str, kind: FieldType, words: Speaking, now: datetime) -> str:
    """The value in words; a value that is not of its type's form is given back as it is."""
    speakers: dict[FieldType, Callable[[str], str]] = {
        FieldType.DATE: lambda text: words.date(date.fromisoformat(text), now.date()),
        FieldType.TIME: lambda text: words.time(time.fromisoformat(text)),
        FieldType.NUMBER: lambda text: _number(text, words),
        FieldType.PHONE: lambda text: _phone(text, words),
        FieldType.EMAIL: lambda text: _email(text, words),
        FieldType.YES_NO: lambda text: {"yes": words.yes, "no": words.no}.get(text, text),
    }
    if kind not in speakers:
        return value
    try:
        return speakers[kind](value)
    except (ValueError, InvalidOperation):
        return value


def _number(value: str, words: Speaking) -> str:
    """An amount in words; a number that can only be a code ("51002233"), by its digits."""
    number = Decimal(value)
    is_code = value.isdecimal() and len(value) >= _CODE and int(value) % 1000 != 0
    return words.long_number(value) if is_code else words.number(number)


def in_groups(digits: str, size: int) -> list[str]:
    """ "51002233" as "5100", "2233"; what is left over goes to the last group, never alone."""
    groups = [digits[i : i + size] for i in range(0, len(digits), size)]
    if len(groups) > 1 and len(groups[-1]) == 1:
        groups[-2:] = [groups[-2] + groups[-1]]
    return groups


def _phone(value: str, words: Speaking) -> str:
    try:
        number = phonenumbers.parse(value)
    except phonenumbers.NumberParseException:
        return value
    written = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.INTERNATIONAL)
    groups = [part for group in re.findall(r"\d+", written) for part in _split(group, words.group)]
    return f"{words.plus} {', '.join(words.digits(group) for group in groups)}"


def _split(group: str, most: int) -> list[str]:
    """Long groups in pairs, "5267" as "52 67", and six digits in two threes."""
    if len(group) <= most:
        return [group]
    if len(group) == _TWO_THREES:
        return [group[:3], group[3:]]
    odd = len(group) % 2
    head = [group[:3]] if odd else []
    return head + [group[i : i + 2] for i in range(3 if odd else 0, len(group), 2)]


def _email(value: str, words: Speaking) -> str:
    return " ".join(words.signs.get(part, part) for part in re.findall(r"[A-Za-z0-9а-яё]+|[^A-Za-z0-9а-яё\s]", value))
