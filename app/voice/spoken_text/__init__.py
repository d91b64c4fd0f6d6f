"""Writing text out as it is spoken: numbers, dates, times, money, phones, abbreviations, foreign names.

Voices misread digits and drop what they do not know, Russian ones above all; so everything is put into words before
synthesis. Pure; under a millisecond a sentence.
"""

from __future__ import annotations

from collections.abc import Mapping

from app.voice.spoken_text.english import english
from app.voice.spoken_text.russian import russian
from app.voice.spoken_text.stress import pronounced

__all__ = ["speakable"]

_NOTHING: Mapping[str, str] = {}


def speakable(text: str, language: str, stress: Mapping[str, str] = _NOTHING) -> str:
    """`text` in the words of `language` ("ru", else English). `stress`: how words of the company's own are spoken,
    for example {"Отклик": "+Отклик"}; they win over everything else. Whitespace is made single.
    """
    write = russian if language == "ru" else english
    return pronounced(text, stress, write)
