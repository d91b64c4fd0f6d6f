"""What a caller waited for before each reply, as a waterfall of bars. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median
from typing import Any

from app.calls.models import Turn, TurnRole
from app.i18n import translate
from app.ui.formats import Formats

SLOW = 1.2
"""Seconds from the end of the caller's speech to the first sound that people feel."""

KINDS = ("stt", "end", "llm", "tts", "play")
"""Parts in their order: transcription, the rest of deciding that the turn is over, the model's first token, the
voice's first byte, and the way to the ear."""


@dataclass(frozen=True)
class Part:
    """One part of a bar; x and width of 100."""

    kind: str
    x: float
    width: float


@dataclass(frozen=True)
class WaitBar:
    """The wait before one reply."""

    turn: int
    offset: str
    label: str
    total: float
    slow: bool
    parts: tuple[Part, ...]


@dataclass(frozen=True)
class Key:
    """What a colour means."""

    kind: str
    label: str


@dataclass(frozen=True)
class Waits:
    """Every bar of a call; `median` and `worst` are seconds, 0 without bars."""

    bars: tuple[WaitBar, ...] = ()
    key: tuple[Key, ...] = ()
    median: float = 0.0
    worst: float = 0.0


def wait_of(before: Turn, reply: Turn) -> dict[str, float]:
    """Seconds by kind, and `total`, of a reply to a spoken turn; empty when they were not measured."""
    if (before.role, reply.role) != (TurnRole.CALLER, TurnRole.AGENT):
        return {}
    measured: Mapping[str, Any] = {**before.metrics, **reply.metrics}  # Any: a JSON column
    if "total" not in measured:
        return {}
    stt = float(measured.get("transcription", 0.0))
    return {
        "stt": stt,
        "end": max(float(measured.get("end_of_turn", 0.0)) - stt, 0.0),
        "llm": float(measured.get("llm_first_token", 0.0)),
        "tts": float(measured.get("tts_first_byte", 0.0)),
        "play": float(measured.get("playback", 0.0)),
        "total": float(measured["total"]),
    }


def waits(turns: Sequence[Turn], lang: str, formats: Formats, offsets: Mapping[int, str]) -> Waits:
    """The bars of a call, longest wait full width."""
    found = [(reply.seq, wait) for before, reply in pairwise(turns) if (wait := wait_of(before, reply))]
    if not found:
        return Waits()
    totals = [wait["total"] for _, wait in found]
    widest = max(*totals, *(sum(wait[kind] for kind in KINDS) for _, wait in found), 0.01)
    bars = tuple(_bar(seq, wait, widest, offsets.get(seq, ""), lang=lang, formats=formats) for seq, wait in found)
    key = tuple(Key(kind, translate(lang, f"ui.call.wait.{kind}")) for kind in KINDS)
    return Waits(bars, key, median(totals), max(totals))


def _bar(seq: int, wait: Mapping[str, float], widest: float, offset: str, *, lang: str, formats: Formats) -> WaitBar:
    parts, x = [], 0.0
    for kind in KINDS:
        width = wait[kind] / widest * 100
        if width > 0:
            parts.append(Part(kind, round(x, 2), round(width, 2)))
        x += width
    told = [f"{translate(lang, f'ui.call.wait.{kind}')} {formats.short_seconds(wait[kind])}" for kind in KINDS]
    label = ", ".join([f"{offset}: {formats.short_seconds(wait['total'])}", *told])
    return WaitBar(seq, offset, label, wait["total"], wait["total"] > SLOW, tuple(parts))
