"""An utterance, read once: its words in one canonical spelling, numbers in digits, with the way back to the original.

Every grammar is a set of regular expressions over `Utterance.canon`: lower case, ё as е, one space between words,
"двадцать шесть" as "26", "пятого" as "5°" (an ordinal that may name a day) and "пятая" as "5^" (one that may not).
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from dataclasses import dataclass
from enum import Enum
from functools import cached_property

from app.scenario.extraction.numerals import Numerals

__all__ = ["LONGEST", "Item", "Kind", "Utterance"]

LONGEST = 2400
"""Characters searched for values: about two minutes of speech. What is said beyond them is not searched."""

_MARKS = "\u0300-\u036f\u00ad\u200b-\u200f\u2060\ufeff"
_TOKEN = re.compile(
    rf"[0-9]+(?:[.,:/\-][0-9]+)*|[^\W\d_](?:[^\W\d_]|[{_MARKS}])*(?:['’][^\W\d_]+)*|\d+|[^\w\s]|_",
)
_MARK = re.compile(f"[{_MARKS}]")
_DASHES = str.maketrans({"–": "-", "—": "-", "−": "-", "‑": "-", "’": "'", "ё": "е"})
_KEPT = frozenset(".,!?;:-+()@/_#*%")


class Kind(Enum):
    """What a canonical item is."""

    WORD = "word"
    NUMBER = "number"
    ORDINAL = "ordinal"
    PUNCTUATION = "punctuation"


@dataclass(slots=True)
class Item:
    """A word, a number (of one or several words) or a mark, and where it stands in the utterance."""

    text: str
    start: int
    end: int
    kind: Kind
    literal: bool = True
    """Written in the utterance as it is here (digits), not as number words."""
    hyphen: bool = False
    """Joined to the item before it by a hyphen."""


class Utterance:
    """The text in its canonical form, for one language."""

    def __init__(self, text: str, numerals: Numerals) -> None:
        """Reads at most LONGEST characters of the text."""
        self.text = text
        self.items = _numbers(_tokens(text[:LONGEST]), numerals)
        self.starts: list[int] = []
        parts: list[str] = []
        at = 0
        for item in self.items:
            self.starts.append(at)
            parts.append(item.text)
            at += len(item.text) + 1
        self.canon = " ".join(parts)
        self.words = frozenset(parts)

    @cached_property
    def has_number(self) -> bool:
        """Whether any number was said, in digits or words."""
        return any(item.kind in (Kind.NUMBER, Kind.ORDINAL) for item in self.items)

    def item_at(self, position: int) -> int:
        """Index of the item that covers a position of canon."""
        return bisect_right(self.starts, position) - 1

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Where canon[start:end] stands in the utterance; a number written in words is taken whole."""
        first, last = self.item_at(start), self.item_at(end - 1)
        return self._offset(first, start), self._offset(last, end, closing=True)

    def _offset(self, index: int, position: int, *, closing: bool = False) -> int:
        item = self.items[index]
        if item.literal and len(item.text) == item.end - item.start:
            return item.start + min(position - self.starts[index], len(item.text))
        return item.end if closing else item.start


def _tokens(text: str) -> list[Item]:
    items: list[Item] = []
    marked = not text.isascii() and _MARK.search(text) is not None
    hyphen_before = False
    for match in _TOKEN.finditer(text):
        raw, (start, end) = match.group(), match.span()
        first = raw[0]
        if first.isdecimal():
            kind, word = Kind.NUMBER, raw if raw.isascii() else "".join(str(unicodedata.digit(c)) for c in raw)
        elif first.isalpha():
            kind, word = Kind.WORD, raw.lower().translate(_DASHES)
            if marked:
                word = _MARK.sub("", unicodedata.normalize("NFC", word)).replace("ё", "е")
        else:
            kind, word = Kind.PUNCTUATION, raw.translate(_DASHES)
            if word == "-" and _joins(text, start, end):
                hyphen_before = True
                continue
            if word not in _KEPT:
                continue
        items.append(Item(word, start, end, kind, hyphen=hyphen_before))
        hyphen_before = False
    return items


def _joins(text: str, start: int, end: int) -> bool:
    """Whether the hyphen at start stands inside a word, as in "twenty-five" or "25-го"."""
    return start > 0 and end < len(text) and text[start - 1].isalnum() and text[end].isalpha()


def _numbers(tokens: list[Item], numerals: Numerals) -> list[Item]:
    """Number words and ordinal endings turned into digits."""
    items: list[Item] = []
    at = 0
    while at < len(tokens):
        token = tokens[at]
        if token.kind is Kind.NUMBER:
            at += _digits(tokens, at, numerals, items)
        elif token.kind is Kind.WORD and token.text in numerals.starters:
            at += _composed(tokens, at, numerals, items)
        elif token.kind is Kind.WORD and token.text in numerals.halves:
            hour = numerals.halves[token.text]
            items.append(Item(numerals.half_word, token.start, token.end, Kind.WORD, literal=False))
            items.append(Item(f"{hour}°", token.start, token.end, Kind.ORDINAL, literal=False))
            at += 1
        else:
            items.append(token)
            at += 1
    return items


def _digits(tokens: list[Item], at: int, numerals: Numerals, items: list[Item]) -> int:
    """Digits with what belongs to them: an ordinal ending ("25-го", "5th"), "3 пятёрки". Returns tokens used."""
    token = tokens[at]
    following = tokens[at + 1] if at + 1 < len(tokens) else None
    if following is None or following.kind is not Kind.WORD or not token.text.isdecimal():
        items.append(token)
        return 1
    glued = following.start - token.end <= 1 and (following.hyphen or following.start == token.end)
    if glued and following.text in numerals.endings:
        mark = numerals.endings[following.text]
        kind = Kind.ORDINAL if mark else Kind.NUMBER
        items.append(Item(token.text + mark, token.start, following.end, kind, literal=False))
        return 2
    if _repeated(token.text, token, following, numerals, items):
        return 2
    items.append(token)
    return 1


def _composed(tokens: list[Item], at: int, numerals: Numerals, items: list[Item]) -> int:
    """A number in words from tokens[at] on; adds its item and returns how many tokens it took."""
    words = [t.text if t.kind is Kind.WORD else "" for t in tokens[at : at + 16]]
    text, used = numerals.compose(words)
    if not used:
        items.append(tokens[at])
        return 1
    token, last = tokens[at], tokens[at + used - 1]
    if token.hyphen and items and items[-1].kind is Kind.NUMBER:  # "пять-шесть": two numbers, not digits of one
        items.append(Item("-", token.start, token.start, Kind.PUNCTUATION))
    following = tokens[at + used] if at + used < len(tokens) else None
    if following is not None and _repeated(text, token, following, numerals, items):
        return used + 1
    kind = Kind.NUMBER if text.isdecimal() else Kind.ORDINAL
    items.append(Item(text, token.start, last.end, kind, literal=False, hyphen=token.hyphen))
    return used


def _repeated(times: str, token: Item, following: Item, numerals: Numerals, items: list[Item]) -> bool:
    digit = numerals.repeats.get(following.text)
    if digit is None or times not in ("2", "3", "4", "5"):
        return False
    items.append(Item(digit * int(times), token.start, following.end, Kind.NUMBER, literal=False))
    return True
