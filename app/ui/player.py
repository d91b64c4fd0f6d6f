"""The player of a call's recording: the drawing, and where turns and evidence lie in it. Pure."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from app.calls.models import Recording, Turn

WIDTH = 1000
"""Units of the drawing; its own pixels do not matter, it is stretched."""
HALF = 26.0
MIDDLE = 28.0
LEAST = 1.2
"""Height of silence, so that the line does not break off."""


@dataclass(frozen=True)
class Bar:
    """One moment: heights of the caller's half and of the bot's."""

    x: float
    caller: float
    agent: float


@dataclass(frozen=True)
class Mark:
    """An evidence turn on the time line."""

    x: float
    width: float


@dataclass(frozen=True)
class Player:
    """`times`: turn number to seconds from the recording's start."""

    url: str
    seconds: float
    bars: tuple[Bar, ...]
    bar_width: float
    marks: tuple[Mark, ...]
    times: dict[int, float]


def player(recording: Recording, turns: Sequence[Turn], evidence: Sequence[int], url: str) -> Player:
    """The player of a recording; `evidence` are the numbers of turns the outcome leans on."""
    seconds = max(recording.seconds, 0.1)
    times = {turn.seq: _offset(recording.started_at, turn, seconds) for turn in turns}
    step = WIDTH / max(len(recording.peaks), 1)
    bars = tuple(
        Bar(round(i * step, 1), _height(point["caller"]), _height(point["agent"]))
        for i, point in enumerate(recording.peaks)
    )
    order = sorted(times.items())
    marks = []
    for (seq, start), (_, end) in zip(order, [*order[1:], (0, seconds)], strict=True):
        if seq in evidence:
            marks.append(Mark(round(start / seconds * WIDTH, 1), round(max(end - start, 0.3) / seconds * WIDTH, 1)))
    return Player(url, seconds, bars, round(step * 0.62, 2), tuple(marks), times)


def _offset(start: datetime, turn: Turn, seconds: float) -> float:
    """A turn is written when it is over; the caller's began `spoken` seconds before."""
    began = (turn.at - start).total_seconds() - float(turn.metrics.get("spoken", 0.0))
    return round(min(max(began, 0.0), seconds), 2)


def _height(peak: float) -> float:
    # The square root shows quiet speech, which linear heights hide beside loud speech.
    return round(max(math.sqrt(peak) * HALF, LEAST), 1)
