"""Phrases of a bot beside how they are spoken, for the person who listens to its voice."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from app.scenario.compiled import CompiledScenario
from app.voice.speech.fixed import fixed_sentences
from app.voice.spoken_text import speakable

MOST = 8
_USUAL = {
    "ru": (
        "Приём стоит 4 500 ₽, скидка 10% до 1 мая.",
        "Записываю вас на 26 ноября в 10:30, на 2 этаже.",
        "Ваш номер +7 926 123-45-67, верно?",
    ),
    "en": (
        "The visit costs $45.50, with 10% off until May 1.",
        "You are booked for November 26 at 10:30 am, on the 2nd floor.",
        "Your number is (415) 555-0132, right?",
    ),
}


@dataclass(frozen=True)
class Said:
    """A phrase, and what the voice is given."""

    written: str
    spoken: str


def samples(scenario: CompiledScenario, stress: Mapping[str, str]) -> tuple[Said, ...]:
    """The bot's own phrases that are spoken otherwise than written, then usual ones with numbers, at most MOST."""
    language = scenario.language
    found = [*fixed_sentences(scenario).get(language, ()), *_USUAL.get(language, ())]
    told = (Said(written, speakable(written, language, stress)) for written in found)
    return tuple(one for one in told if one.spoken != one.written)[:MOST]
