"""Number words put together into numbers, for languages that name hundreds, tens and units in that order."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

__all__ = ["Numerals", "Word"]

_SCALE = 1000


@dataclass(frozen=True, slots=True)
class Word:
    """What one word adds to a number."""

    value: int
    mark: str = ""
    """"°" for an ordinal that may name a day, "^" for another ordinal, "" for a cardinal."""
    oblique: bool = False
    """A case that only goes with the same case: "без двадцати пять" is twenty to five, not "without 25".

    Of a thousand: a form that begins no number, "тысяч двадцать".
    """
    times: bool = False
    """English "hundred": multiplies what stands before it."""


@dataclass(frozen=True)
class Numerals:
    """The number words of a language."""

    words: Mapping[str, Word]
    endings: Mapping[str, str]
    """What may follow digits ("го", "th") and the mark that it gives."""
    repeats: Mapping[str, str]
    """ "пятёрки" in "три пятёрки": the digit that is repeated."""
    doubles: Mapping[str, int] = field(default_factory=dict)
    """ "double" in "double five": how often the next digit is said."""
    zeros: frozenset[str] = frozenset()
    """ "oh" in "double oh": words that are 0 only there and among digits."""
    halves: Mapping[str, int] = field(default_factory=dict)
    """One word for half an hour before an hour: "полшестого" is 6."""
    half_word: str = ""
    joining: frozenset[str] = frozenset()
    """ "and" in "one hundred and five"."""
    article: frozenset[str] = frozenset()
    """ "a" in "a hundred"."""

    @cached_property
    def starters(self) -> frozenset[str]:
        """Words with which a number may begin."""
        return frozenset(self.words) | frozenset(self.doubles) | self.article

    def compose(self, words: list[str]) -> tuple[str, int]:
        """The number that begins at words[0], in digits with its mark, and how many words it takes (0: none)."""
        if words[0] in self.doubles:
            return self._doubled(words)
        if words[0] in self.article:
            return self._with_article(words)
        return self._sum(words)

    def _doubled(self, words: list[str]) -> tuple[str, int]:
        if len(words) > 1 and words[1] in self.zeros:
            return "0" * self.doubles[words[0]], 2
        said = self.words.get(words[1]) if len(words) > 1 else None
        if said is None or said.mark or said.value > 9:
            return "", 0
        return str(said.value) * self.doubles[words[0]], 2

    def _with_article(self, words: list[str]) -> tuple[str, int]:
        said = self.words.get(words[1]) if len(words) > 1 else None
        if said is None or said.mark or said.value < 100:
            return "", 0
        text, used = self._sum(["one", *words[1:]])
        return text, used

    def _sum(self, words: list[str]) -> tuple[str, int]:
        number = _Number()
        used = at = 0
        while at < len(words):
            if used and words[at] in self.joining and number.joinable and at + 1 < len(words):
                at += 1
            said = self.words.get(words[at])
            if said is None or (number.hundreds and self._begins_hundreds(words, at)) or not number.add(said):
                break
            at += 1
            used = at
            if said.mark or said.value == 0:
                return f"{number.total}{said.mark}", used
        return (str(number.total), used) if used else ("", 0)

    def _begins_hundreds(self, words: list[str], at: int) -> bool:
        """Whether a number of its own begins here: the "nine" in "seven hundred, nine hundred"."""
        following = self.words.get(words[at + 1]) if at + 1 < len(words) else None
        said = self.words.get(words[at])
        return following is not None and following.times and said is not None and not said.times


class _Number:
    """A number while it is being heard: what was said so far and what may still follow."""

    def __init__(self) -> None:
        self.thousands = 0
        self.current = 0
        self.room = _SCALE  # the next word must be smaller: 100 after hundreds, 10 after tens, 1 after units
        self.scale = 10**15
        self.oblique: bool | None = None
        self.empty = True

    @property
    def total(self) -> int:
        return self.thousands + self.current

    @property
    def joinable(self) -> bool:
        return self.room >= 100

    @property
    def hundreds(self) -> bool:
        return self.current >= 100

    def add(self, said: Word) -> bool:
        """Takes the word in, or says that it begins another number."""
        if said.value == 0:
            accepted = self.empty
        elif said.times:
            accepted = self._multiply(said.value)
        elif said.value >= _SCALE:
            accepted = self._scale_up(said.value, begins=not said.oblique)
        else:
            accepted = self._place(said)
        if accepted:
            self.empty = False
        return accepted

    def _multiply(self, factor: int) -> bool:
        if not 0 < self.current < 100:
            return False
        self.current, self.room = self.current * factor, 100
        return True

    def _scale_up(self, scale: int, *, begins: bool) -> bool:
        if scale >= self.scale or (not begins if self.empty else not self.current):
            return False
        self.thousands += (self.current or 1) * scale
        self.current, self.scale, self.room, self.oblique = 0, scale, _SCALE, None
        return True

    def _place(self, said: Word) -> bool:
        if self.oblique is not None and said.oblique is not self.oblique:
            return False
        teen = 10 <= said.value < 20
        size = 100 if said.value >= 100 else 10 if said.value >= 20 else 1
        if (teen and self.room < 100) or size >= self.room:
            return False
        self.current, self.room, self.oblique = self.current + said.value, 0 if teen else size, said.oblique
        return True
