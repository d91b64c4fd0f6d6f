"""Reading recorded sound: how long it is and how loud, for the drawing on a call's page.

`python -m app.calls.sound FILE` prints it as JSON: decoding is work for a process of its own.
"""

from __future__ import annotations

import json
import sys
from dataclasses import asdict, dataclass
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

from app.db.base import JsonList

POINTS = 240
"""Points of a drawing."""
_STEP = 0.05
"""Seconds of sound that are measured at once."""


@dataclass(frozen=True)
class Sound:
    """`peaks`: [{caller, agent}], 0 to 1, evenly spaced over `seconds`."""

    seconds: float
    peaks: JsonList


def measure(path: Path) -> Sound:
    """Decodes a recording: stereo, caller left, agent right. Takes about a second for ten minutes; a file that breaks
    off counts up to there. Raises av.FFmpegError for what is no sound at all.
    """
    loudest: list[NDArray[np.float32]] = []
    samples, rate = 0, 1
    with av.open(str(path)) as container:
        stream = container.streams.audio[0]
        rate = stream.rate
        rest = np.zeros((2, 0), np.float32)
        step = int(rate * _STEP)
        try:
            for frame in container.decode(stream):
                block = np.concatenate([rest, _stereo(frame)], axis=1)
                whole = block.shape[1] // step
                if whole:
                    loudest.append(np.abs(block[:, : whole * step]).reshape(2, whole, step).max(axis=2))
                rest = block[:, whole * step :]
                samples += frame.samples
        except av.FFmpegError:
            if not loudest:
                raise
    peaks = np.concatenate(loudest, axis=1) if loudest else np.zeros((2, 0), np.float32)
    return Sound(samples / rate, _points(peaks))


def _stereo(frame: av.AudioFrame) -> NDArray[np.float32]:
    data = frame.to_ndarray().astype(np.float32)
    if data.shape[0] == 1:  # packed: samples of both channels alternate
        data = data.reshape(-1, len(frame.layout.channels)).T
    if frame.format.name.startswith("s16"):
        data = data / np.float32(32768)
    return data[:2] if data.shape[0] >= 2 else np.repeat(data, 2, axis=0)


def _points(peaks: NDArray[np.float32]) -> JsonList:
    groups = np.array_split(peaks, min(POINTS, peaks.shape[1]), axis=1) if peaks.shape[1] else []
    return [
        {"caller": round(min(float(group[0].max()), 1.0), 3), "agent": round(min(float(group[1].max()), 1.0), 3)}
        for group in groups
    ]


if __name__ == "__main__":
    json.dump(asdict(measure(Path(sys.argv[1]))), sys.stdout)
