"""Whether a value that was heard can still become another one: "двадцать пятого" may be of any month."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache

import phonenumbers

from app.scenario.extraction.reading import Reading
from app.scenario.extraction.utterance import Item, Kind
from app.scenario.intents import words
from app.scenario.values import FieldRules, FieldType

__all__ = ["Heard", "cannot_grow", "last_item", "may_go_on"]

_NO_LONGER = (phonenumbers.ValidationResult.TOO_LONG, phonenumbers.ValidationResult.INVALID_LENGTH)


@dataclass(frozen=True, slots=True)
class Heard:
    """A value, what its field takes, and the words that gave it."""

    value: str
    rules: FieldRules
    reading: Reading
    now: datetime
    start: int
    end: int
    """Where the words stand in the utterance."""

    @property
    def last(self) -> Item | None:
        """The last word or number of it."""
        return last_item(self.reading, self.end)


def cannot_grow(heard: Heard) -> bool:
    """Whether no further word would make another value of this one. A free text has no end of its own."""
    return _ENDS[heard.rules.type](heard)


def last_item(reading: Reading, end: int | None = None) -> Item | None:
    """The last word or number of the utterance, or of its first `end` characters."""
    items = (item for item in reversed(reading.utterance.items) if item.kind is not Kind.PUNCTUATION)
    return next((item for item in items if end is None or item.end <= end), None)


def may_go_on(item: Item | None) -> bool:
    """A number word that a unit may follow: "шестьдесят", "four hundred"."""
    return item is not None and item.kind is Kind.NUMBER and not item.literal and _round(item.text)


def _round(digits: str) -> bool:
    return len(digits) > 1 and digits.endswith("0") and not digits.startswith("0") and digits != "10"


def _phone(heard: Heard) -> bool:
    """No number of its country has more digits after the same beginning."""
    kind = phonenumbers.number_type(phonenumbers.parse(heard.value))
    longer = phonenumbers.is_possible_number_for_type_with_reason(phonenumbers.parse(heard.value + "0"), kind)
    return longer in _NO_LONGER and not may_go_on(heard.last)


def _time(heard: Heard) -> bool:
    """A bare hour may be followed by minutes or by the part of the day."""
    last = heard.last
    if last is None or last.kind is not Kind.NUMBER or len(last.text) > 2:  # "18:00", "1800"
        return True
    minutes = heard.value[-2:]
    if minutes == "00":
        return last.text in ("0", "00")
    return last.literal or minutes == "30" or not _round(minutes)


def _date(heard: Heard) -> bool:
    """The month of a day is named; of a day of birth, the year."""
    if may_go_on(heard.last):
        return False
    mentions = [one for one in heard.reading.dates if _inside(heard, one.start, one.end)]
    if not mentions:
        last = heard.last
        return last is None or last.kind not in (Kind.NUMBER, Kind.ORDINAL)
    mention, latest = mentions[-1], heard.rules.maximum
    if isinstance(latest, date) and latest <= heard.now.date():
        return mention.year is not None
    month = mention.month is not None or mention.month_shift is not None or mention.either is not None
    return month or mention.day is None or mention.weekday is not None


def _inside(heard: Heard, start: int, end: int) -> bool:
    first, last = heard.reading.utterance.span(start, end)
    return last > heard.start and first < heard.end


def _number(heard: Heard) -> bool:
    """The field takes no number with one more digit."""
    high = heard.rules.maximum
    return isinstance(high, Decimal) and Decimal(heard.value) * 10 > high and not may_go_on(heard.last)


def _name(heard: Heard) -> bool:
    """A first name and another that is no patronymic."""
    parts = heard.value.split()
    part = heard.reading.language.unfinished.named_in_part
    return len(parts) > 1 and part.fullmatch(parts[-1].casefold()) is None


def _email(heard: Heard) -> bool:
    return not heard.value.endswith(".co")  # ".co.uk"


def _choice(heard: Heard) -> bool:
    """No other option begins with the same words."""
    said = heard.reading.utterance.text[heard.start : heard.end]
    return not any(_begins(said, other) for other in _other_wordings(heard))


def _other_wordings(heard: Heard) -> Iterator[str]:
    for option, others in heard.rules.options.items():
        if option != heard.value:
            yield option
            yield from others


@lru_cache(maxsize=4096)
def _stems(text: str) -> tuple[str, ...]:
    return tuple(word.stem for word in words(text.replace("_", " ")))


def _begins(said: str, other: str) -> bool:
    first, longer = _stems(said), _stems(other)
    return len(longer) > len(first) and longer[: len(first)] == first


_ENDS: dict[FieldType, Callable[[Heard], bool]] = {
    FieldType.TEXT: lambda _: False,
    FieldType.PHONE: _phone,
    FieldType.TIME: _time,
    FieldType.DATE: _date,
    FieldType.NUMBER: _number,
    FieldType.PERSON_NAME: _name,
    FieldType.EMAIL: _email,
    FieldType.CHOICE: _choice,
    FieldType.YES_NO: lambda _: True,
}
