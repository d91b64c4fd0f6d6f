"""Words of a caller that are no turn: "uh-huh" over the bot's sentence, and what machines say on the line."""

from __future__ import annotations

from app.scenario import languages
from app.scenario.intents import words

_LONGEST = 4
"""Words up to which a murmur is one: "да-да, понятно, угу"."""


def only_backchannel(text: str, language: str) -> bool:
    """Whether the words only show that the caller listens. What they mean where an answer is awaited is not asked."""
    said = " ".join(word.plain.replace("-", " ") for word in words(text)).split()
    return 0 < len(said) <= _LONGEST and languages.get(language).listening.murmur.fullmatch(" ".join(said)) is not None


def answering_machine(text: str, language: str) -> bool:
    """Whether a voicemail, an operator's announcement or another robot speaks."""
    said = " ".join(word.plain for word in words(text))
    return languages.get(language).listening.machine.search(said) is not None
