"""How much of what was said was heard: word error rate, numbers and spelling aside."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from num2words import num2words


def word_error_rate(pairs: Iterable[tuple[str, str]], language: str) -> float:
    """Of all (said, heard) together, 0..1 and more. `15` and "fifteen" are the same word, as are `ё` and `е`."""
    wrong = words = 0
    for said, heard in pairs:
        wanted, got = _words(said, language), _words(heard, language)
        wrong += distance(wanted, got)
        words += len(wanted)
    return wrong / words


def distance(one: Sequence[str], other: Sequence[str]) -> int:
    """Fewest words to replace, add and leave out."""
    row = list(range(len(other) + 1))
    for number, word in enumerate(one, 1):
        diagonal, row[0] = row[0], number
        for column, against in enumerate(other, 1):
            diagonal, row[column] = row[column], min(row[column] + 1, row[column - 1] + 1, diagonal + (word != against))
    return row[-1]


def _words(text: str, language: str) -> list[str]:
    text = re.sub(r"(?<=\d)[-:.\s](?=\d)", " ", text.lower().replace("ё", "е"))
    text = re.sub(r"\d+", lambda found: f" {num2words(int(found.group()), lang=language)} ", text)
    return re.sub(r"[^\w]+", " ", text).split()
