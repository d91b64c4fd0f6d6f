"""Word lists as they are written in the language folders."""

from __future__ import annotations

__all__ = ["words"]


def words(text: str) -> list[str]:
    """The words of a text, in order; lists of many words are read more easily as a text."""
    return text.split()
