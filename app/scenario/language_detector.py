"""Which of a bot's languages the caller speaks. It changes only on clear evidence: short words never flip it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from app.scenario import languages as grammars

__all__ = ["detect"]

_LONGEST = 600
"""Characters looked at."""
_FUNCTION, _VOCABULARY, _OTHER = 1.0, 0.6, 0.25
_TO_SWITCH = 1.6
"""Weight that a language needs to replace the call's: two function words, or one and two known words."""
_TO_BEGIN = 0.2
"""Weight that is enough when no language is known yet."""
_TO_SWITCH_ALONE = 1.1
"""The same where not one word was of another language: a function word and another word."""
_FEWEST = 2
"""Words, and among them certain ones, below which an utterance of mixed words is no evidence."""
_SHARE = 0.7
_NO_SPEECH = re.compile(r"\{\{.*?\}\}|<[^<>]*>|\S+@\S+|\bhttps?://\S+|[{}<>()=;]+")
"""Markup, code and addresses, which show no language."""


@dataclass(frozen=True, slots=True)
class _Evidence:
    weight: float
    words: int
    certain: int
    """Function words and known vocabulary."""
    wanted: bool


def detect(text: str, languages: Sequence[str], current: str | None) -> tuple[str, float]:
    """The language of the call after this utterance, and how sure that is (0 to 1).

    languages: the bot's, the first is the default. current: the call's so far, None at its beginning. A language
    that is none of the bot's, a name, a brand or an "ok" leaves the current one. Raises ValueError without languages.
    """
    if not languages:
        raise ValueError("a bot has at least one language")
    stays = current if current in languages else None
    default = stays or languages[0]
    if len(languages) == 1:
        return languages[0], 1.0
    sample = " ".join(_NO_SPEECH.sub(" ", text[:_LONGEST]).lower().replace("ё", "е").split())
    found = {code: _evidence(sample, code, begins=stays is None) for code in languages}
    wanted = [code for code in languages if found[code].wanted]
    if len(wanted) == 1:
        return wanted[0], 0.95
    total = sum(evidence.weight for evidence in found.values())
    if total == 0:
        return default, 0.5
    best = max(languages, key=lambda code: (found[code].weight, code == default))
    share = found[best].weight / total
    if best == default:
        return best, round(min(0.5 + share / 2, 0.99), 2)
    return (best, round(share * 0.95, 2)) if _clear(found[best], share, begins=stays is None) else (default, 0.5)


def _clear(evidence: _Evidence, share: float, *, begins: bool) -> bool:
    if share < _SHARE:
        return False
    if begins:
        return evidence.weight >= _TO_BEGIN and evidence.certain > 0
    if share == 1 and evidence.words >= _FEWEST and evidence.certain > 0 and evidence.weight >= _TO_SWITCH_ALONE:
        return evidence.certain * 4 >= evidence.words
    return evidence.weight >= _TO_SWITCH and evidence.certain >= _FEWEST and evidence.certain * 4 >= evidence.words


@lru_cache(maxsize=512)
def _evidence(sample: str, code: str, *, begins: bool) -> _Evidence:
    words = grammars.get(code).detection
    wanted = words.wanted.search(sample) is not None
    weight, count, certain = 0.0, 0, 0
    for match in words.letters.finditer(sample):
        word = match.group().replace("’", "'")
        if word in words.neutral and len(sample.split()) < 4 and not (begins and word in words.function):
            continue
        count += 1
        if word in words.function:
            weight, certain = weight + _FUNCTION, certain + 1
        elif word in words.vocabulary or word.partition("-")[0] in words.vocabulary:
            weight, certain = weight + _VOCABULARY, certain + 1
        elif word not in words.neutral and len(word) > 1:
            weight += _OTHER
    if words.foreign.search(sample):
        return _Evidence(0.0, count, 0, wanted)
    return _Evidence(weight, count, certain, wanted)
