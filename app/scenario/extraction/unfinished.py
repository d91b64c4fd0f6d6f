"""Words after which more must come: a caller who pauses on one of them has not finished."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

__all__ = ["UnfinishedWords"]

_LOOKED_AT = 6
"""Words at the end of an utterance in which an unfinished one shows."""


@dataclass(frozen=True)
class UnfinishedWords:
    """Patterns over the last words in small letters, ё as е, without marks; each must reach the end."""

    hanging: re.Pattern[str]
    """Words that nothing can end with: conjunctions, prepositions, "my", "um"."""
    whole: re.Pattern[str]
    """Ends that look so and are whole: "I think so", "could I come in"."""
    leading: re.Pattern[str]
    """Words that lead to what is still to come ("меня зовут"), unless they are the answer to what was asked."""
    alone: re.Pattern[str]
    """Such words when nothing else was said: a greeting."""
    spelled: re.Pattern[str]
    """Signs of an e-mail address that stand before its next part."""
    closing: frozenset[str]
    """Words after a value that take nothing back and add nothing: thanks, please."""
    named_in_part: re.Pattern[str]
    """A name that is rarely the whole of it: a patronymic."""

    can_end: Callable[[str], bool]
    """Whether a request may end with this word; a verb wants to be told of what."""

    def hangs(self, said: Sequence[str]) -> bool:
        """Whether the last word needs another after it."""
        tail = _tail(said)
        return self.hanging.search(tail) is not None and self.whole.search(tail) is None

    def leads_on(self, said: Sequence[str]) -> bool:
        """Whether the words only lead to what is to be said."""
        if self.alone.fullmatch(" ".join(said)) is not None:
            return True
        tail = _tail(said)
        return self.leading.search(tail) is not None and self.whole.search(tail) is None


def _tail(said: Sequence[str]) -> str:
    return " ".join(said[-_LOOKED_AT:])
