"""Values read back aloud."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal, InvalidOperation

import phonenumbers

from app.scenario.values import FieldType

__all__ = ["Speaking", "speak"]


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
    signs: Mapping[str, str]
    """The signs of an e-mail address."""
    yes: str
    no: str


def speak(value: str, kind: FieldType, words: Speaking, now: datetime) -> str:
    """The value in words; a value that is not of its type's form is given back as it is."""
    speakers: dict[FieldType, Callable[[str], str]] = {
        FieldType.DATE: lambda text: words.date(date.fromisoformat(text), now.date()),
        FieldType.TIME: lambda text: words.time(time.fromisoformat(text)),
        FieldType.NUMBER: lambda text: words.number(Decimal(text)),
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


def _phone(value: str, words: Speaking) -> str:
    try:
        number = phonenumbers.parse(value)
    except phonenumbers.NumberParseException:
        return value
    written = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.INTERNATIONAL)
    groups = [part for group in re.findall(r"\d+", written) for part in _split(group, words.group)]
    return f"{words.plus} {', '.join(words.digits(group) for group in groups)}"


def _split(group: str, most: int) -> list[str]:
    """Long groups in pairs: "5267" as "52 67"."""
    if len(group) <= most:
        return [group]
    odd = len(group) % 2
    head = [group[:3]] if odd else []
    return head + [group[i : i + 2] for i in range(3 if odd else 0, len(group), 2)]


def _email(value: str, words: Speaking) -> str:
    return " ".join(words.signs.get(part, part) for part in re.findall(r"[A-Za-z0-9а-яё]+|[^A-Za-z0-9а-яё\s]", value))
