"""What a search of any kind gives: a place in the canonical utterance and the readings of it."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Finding"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One possible value; start and end are places in Utterance.canon."""

    start: int
    end: int
    values: tuple[str, ...] = ()
    """The value, or the readings to choose from when ambiguous."""
    ambiguous: bool = False
    problem: str | None = None
    confidence: float = 0.9
    plain: bool = True
    """Unmistakable even when nobody asked for it."""
    corrects: bool = False

    @property
    def value(self) -> str | None:
        """The one value, if it is known."""
        return self.values[0] if len(self.values) == 1 and not self.ambiguous else None
