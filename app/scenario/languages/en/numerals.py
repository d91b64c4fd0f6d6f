"""English number words."""

from __future__ import annotations

from app.scenario.extraction.numerals import Numerals, Word
from app.scenario.extraction.wording import words

__all__ = ["NUMERALS", "ORDINALS", "TENS", "UNITS"]

UNITS = words(
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen "
    "seventeen eighteen nineteen"
)
TENS = dict(zip(range(20, 100, 10), words("twenty thirty forty fifty sixty seventy eighty ninety"), strict=True))
ORDINALS = {
    1: "first", 2: "second", 3: "third", 4: "fourth", 5: "fifth", 6: "sixth", 7: "seventh", 8: "eighth", 9: "ninth",
    10: "tenth", 11: "eleventh", 12: "twelfth", 13: "thirteenth", 14: "fourteenth", 15: "fifteenth", 16: "sixteenth",
    17: "seventeenth", 18: "eighteenth", 19: "nineteenth", 20: "twentieth", 30: "thirtieth",
}  # fmt: skip


def _words() -> dict[str, Word]:
    table = {word: Word(value) for value, word in enumerate(UNITS)}
    table |= {word: Word(value) for value, word in TENS.items()}
    table |= {"fourty": Word(40), "nil": Word(0), "nought": Word(0)}
    table |= {word: Word(value, "°") for value, word in ORDINALS.items()}
    table |= {"hundred": Word(100, times=True), "hundreds": Word(100, times=True)}
    table |= {"thousand": Word(1000), "million": Word(10**6), "billion": Word(10**9)}
    return table


NUMERALS = Numerals(
    words=_words(),
    endings={"st": "°", "nd": "°", "rd": "°", "th": "°"},
    repeats={},
    doubles={"double": 2, "triple": 3, "treble": 3},
    zeros=frozenset({"oh", "o"}),
    joining=frozenset({"and"}),
    article=frozenset({"a"}),
)
