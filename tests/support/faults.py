"""What a fake provider can do wrong; its next connections do it until another fault, or none, is set."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Fault:
    """One way of failing. Seconds are waited for real, so tests give tiny or endless ones."""

    status: int | None = None
    """The answer to the request or to the upgrade, instead of taking it."""
    waits: float = 0.0
    """Seconds before the first byte of the answer."""
    closes_after: int | None = None
    """Pieces sent, or seconds of sound heard, before the connection is cut."""
    garbage: bool = False
    """Answers with what is not the protocol."""
    error: bool = False
    """Says the protocol's own error message, and nothing more."""
    deaf: bool = False
    """Takes everything and says nothing."""


NONE = Fault()
