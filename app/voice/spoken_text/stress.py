"""The company's own pronunciations: they are put in first and kept from every other rule."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

_COMBINING_ACUTE = "\N{COMBINING ACUTE ACCENT}"
_ENDLESS = re.compile(r"\S{80}(?=\S)")
"""A word that nobody says; it is broken up, so that no rule spends time on it."""
_PLUS = re.compile(r"\+(?=\w)")
_VOWEL = re.compile(r"\+([аеёиоуыэюяАЕЁИОУЫЭЮЯaeiouyAEIOUY])")


def pronounced(text: str, stress: Mapping[str, str], write: Callable[[str], str]) -> str:
    """`text` written out by `write`, but for the words of `stress`, which are spoken as it says."""
    text = _ENDLESS.sub(r"\g<0> ", text)
    words = {word.casefold(): spoken for word, spoken in stress.items() if word.strip() and spoken.strip()}
    if not words:
        return tidy(write(text))
    longest_first = sorted(words, key=len, reverse=True)
    found = re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, longest_first))})(?!\w)", re.IGNORECASE)
    parts, at = [], 0
    for match in found.finditer(text):
        parts += [write(text[at : match.start()]), marked(words[match[0].casefold()])]
        at = match.end()
    parts.append(write(text[at:]))
    return tidy(" ".join(part for part in parts if part.strip()))


def marked(spoken: str) -> str:
    """A plus before the stressed vowel becomes the accent that voices know (U+0301 after the vowel)."""
    return _PLUS.sub("", _VOWEL.sub(rf"\1{_COMBINING_ACUTE}", spoken))


def tidy(text: str) -> str:
    """Single spaces, none before punctuation."""
    return re.sub(r"\s+([,.!?;:…])", r"\1", " ".join(text.split()))
