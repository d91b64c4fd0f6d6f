"""Numbers said one after the other: the digits of one number, or several numbers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from itertools import islice

from app.scenario.values import FieldRules

__all__ = ["Run", "inside", "is_identifier", "runs"]

_MOST_RUNS, _MOST_DIGITS = 20, 15
_FEWEST_GROUPS = 3
"""Single digits, or groups without a pause, from which on a run can only be one number."""
_IDENTIFIER = 1000
"""A field that takes nothing below this asks for a number of so many digits, not for an amount of things."""


@dataclass(frozen=True, slots=True)
class Run:
    """Groups of digits with nothing but a pause between them."""

    start: int
    end: int
    """Where it stands in canon."""
    groups: tuple[tuple[str, int, int], ...]
    """The digits of each group and where they stand."""
    paused: bool
    """Whether a comma or a dash stands between two groups."""

    @property
    def digits(self) -> str:
        """All groups as one number."""
        return "".join(digits for digits, _, _ in self.groups)

    def is_one(self, rules: FieldRules) -> bool | None:
        """Whether it is one number; None when it is nothing that the field takes (a phone, a list of digits)."""
        if len(self.digits) > _MOST_DIGITS:
            return None
        whole = inside(Decimal(self.digits), rules)
        fitting = [inside(Decimal(digits), rules) for digits, _, _ in self.groups]
        spelled = len(self.groups) >= _FEWEST_GROUPS and all(len(set(digits)) == 1 for digits, _, _ in self.groups)
        if whole:
            bounded = rules.minimum is not None or rules.maximum is not None
            many = len(self.groups) >= _FEWEST_GROUPS + self.paused
            return spelled or (many and not bounded) or not all(fitting)
        if is_identifier(rules):
            return not any(fitting)
        return False if any(fitting) and len(self.groups) <= _FEWEST_GROUPS else None


def runs(canon: str, pattern: re.Pattern[str], zero: re.Pattern[str]) -> Iterator[Run]:
    """The runs in canon that the pattern finds; words that match zero are the digit 0."""
    for match in islice(pattern.finditer(canon), _MOST_RUNS):
        groups = tuple(
            (
                part.group() if part.group().isdecimal() else "0",
                match.start() + part.start(),
                match.start() + part.end(),
            )
            for part in re.finditer(rf"\d+|{zero.pattern}", match.group())
        )
        if len(groups) > 1:
            yield Run(match.start(), match.end(), groups, "," in match.group() or "-" in match.group())


def is_identifier(rules: FieldRules) -> bool:
    """Whether the field asks for a number that is told digit by digit."""
    return isinstance(rules.minimum, Decimal) and rules.minimum >= _IDENTIFIER


def inside(value: Decimal, rules: FieldRules) -> bool:
    """Whether the field's bounds allow the value."""
    low, high = rules.minimum, rules.maximum
    return (not isinstance(low, Decimal) or value >= low) and (not isinstance(high, Decimal) or value <= high)
