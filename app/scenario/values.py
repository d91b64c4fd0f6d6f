"""What a caller can be asked for and what was understood of the answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, time
from decimal import Decimal
from enum import StrEnum

__all__ = ["Extraction", "FieldRules", "FieldType"]


class FieldType(StrEnum):
    """The kinds of values that speech is searched for."""

    TEXT = "text"
    PERSON_NAME = "person_name"
    PHONE = "phone"
    EMAIL = "email"
    DATE = "date"
    TIME = "time"
    NUMBER = "number"
    YES_NO = "yes_no"
    CHOICE = "choice"


@dataclass(frozen=True)
class FieldRules:
    """One field of a scenario, its bounds resolved for the moment of the turn.

    minimum and maximum are inclusive: dates for a date, decimals for a number. weekdays counts Monday as 0.
    between is inclusive; it settles "at five" and is the rule a time must keep.
    """

    type: FieldType
    options: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Choice only: the option's name and other words for it, in the order in which they are offered."""
    minimum: date | Decimal | None = None
    maximum: date | Decimal | None = None
    weekdays: frozenset[int] | None = None
    between: tuple[time, time] | None = None


@dataclass(frozen=True)
class Extraction:
    """A value found in an utterance, or why none could be taken from the words that were found."""

    value: str | None
    """Normalised: E.164, YYYY-MM-DD, HH:MM, decimal string, lower-case e-mail, yes|no, option name, text.

    None when it must be asked back: see ambiguous, candidates and problem.
    """
    raw: str
    """The words of the utterance, verbatim: utterance[start:end]."""
    start: int
    end: int
    confidence: float
    """0 to 1."""
    ambiguous: bool = False
    candidates: tuple[str, ...] = ()
    """The readings to choose from, most likely first."""
    problem: str | None = None
    """Understood, but not acceptable.

    incomplete_phone, invalid_phone, incomplete_email, invalid_email, incomplete_date, invalid_date, date_in_past,
    below_min, above_max, weekday_closed, outside_hours. A value against the field's own rules keeps its value beside
    the problem; an incomplete or impossible one has none.
    """
    corrects: bool = False
    """Said as a correction of something said before."""
