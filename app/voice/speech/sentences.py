"""Splits what is said into sentences, as it arrives. Pure.

A dot too few is better than one too many: a sentence that is not split is only longer, one that is split after "ул."
is heard as broken.
"""

from __future__ import annotations

import re

_END = re.compile(r"""(?:[.!?…]+["'»”)\]]*(?=\s)|\n)\s*""")
_WORD = re.compile(r"[\w.-]+(?=\.[^\w\s]*\s*$)")
_SPOKEN = re.compile(r"\w")

_NEVER_LAST = """
    г ул д кв стр корп пр просп пер пл наб ш обл р-н пос дер с б-р им проф доц акад св см напр тел доб рис каб эт оф м
    ст гр т.е т.к т.н mr mrs ms dr st prof vs e.g i.e approx ext dept ave blvd jan feb mar apr jun jul aug sep sept oct
    nov dec mt ft rev gen sgt capt lt col
"""
_MAYBE_LAST = """
    т.д т.п т.ч др руб коп тыс млн млрд мин сек час ч кг гг н.э inc ltd jr sr co etc a.m p.m min sec hrs
"""
_BEFORE_NAMES = frozenset(_NEVER_LAST.split())
_BEFORE_ANYTHING = frozenset(_MAYBE_LAST.split())
"""Abbreviations that end a sentence when a capital letter follows."""


class Splitter:
    """Takes a text in pieces and gives back sentences as soon as they are certain."""

    def __init__(self) -> None:
        self._text = ""

    def push(self, piece: str) -> list[str]:
        """The sentences that are complete now. One is when something else has begun after it."""
        self._text += piece
        return self._take()

    def end(self) -> list[str]:
        """The rest."""
        found, self._text = [*self._take(), self._text], ""
        return _spoken(found)

    def _take(self) -> list[str]:
        found: list[str] = []
        start = 0
        for end in _END.finditer(self._text):
            if end.end() == len(self._text):
                break  # what follows decides
            if _ends(self._text[start : end.end()], self._text[end.end()]):
                found.append(self._text[start : end.end()])
                start = end.end()
        self._text = self._text[start:]
        return _spoken(found)


def split(text: str) -> list[str]:
    """The sentences of a whole text, with single spaces; what has no letter or digit is left out."""
    splitter = Splitter()
    return [*splitter.push(text), *splitter.end()]


def _spoken(found: list[str]) -> list[str]:
    return [" ".join(one.split()) for one in found if _SPOKEN.search(one)]


def _ends(sentence: str, following: str) -> bool:
    """Whether `sentence`, which ends in a mark and space, ends there; `following` is the next character."""
    if "\n" in sentence[len(sentence.rstrip()) :]:
        return True
    marks = sentence.rstrip().rstrip("\"'»”)]")
    if marks.endswith(("!", "?")):
        return True
    if following.islower():
        return False
    if not marks.endswith(".") or marks.endswith(".."):
        return True
    word = _WORD.search(sentence)
    return word is None or not _abbreviated(word.group(), following, alone=word.start() == 0)


def _abbreviated(word: str, following: str, *, alone: bool) -> bool:
    plain = word.casefold()
    if plain in _BEFORE_ANYTHING:
        return not following.isupper()
    if plain in _BEFORE_NAMES:
        return True
    if len(word) == 1 and word.isalpha() and word.isupper():
        return True  # an initial
    return alone and word.isdigit()  # the number of a list
