"""Callers who speak: recorded lines of `tests/data/speech`, joined with silence, as frames or as a WAV file.

A script is a row of names and seconds of silence: `speak("ru_elena_00", 4.0, "ru_elena_01")`.
"""

from __future__ import annotations

import json
import wave
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import av
from livekit import rtc

FOLDER = Path(__file__).parents[1] / "data" / "speech"
RATE = 16000
"""Of everything here, in Hz; 16-bit, one channel."""

BOOKING = ("ru_elena_00", "ru_elena_01", "ru_elena_02", "ru_elena_03", "ru_elena_05", "ru_elena_29")
"""A caller who books: wants an appointment, a name, eleven digits of a phone, a day and a time, yes, goodbye."""


@dataclass(frozen=True)
class Line:
    """A sentence that somebody spoke; `name` is its file's without the ending, `pcm` at RATE."""

    name: str
    language: str
    text: str
    pcm: bytes

    @property
    def seconds(self) -> float:
        return seconds_of(self.pcm)


@cache
def line(name: str) -> Line:
    """Raises KeyError for a name that `manifest.json` does not hold."""
    known = _manifest()[name]
    return Line(name, known["language"], known["text"], _decoded(FOLDER / known["file"]))


def names(language: str) -> list[str]:
    """Every line of the language, in order."""
    return sorted(name for name, known in _manifest().items() if known["language"] == language)


def speak(*script: str | float) -> bytes:
    """The lines one after the other; a number is that many seconds of silence."""
    return b"".join(line(part).pcm if isinstance(part, str) else silence(part) for part in script)


def silence(seconds: float) -> bytes:
    return bytes(2 * round(seconds * RATE))


def seconds_of(pcm: bytes, *, rate: int = RATE) -> float:
    return len(pcm) / 2 / rate


def at_rate(pcm: bytes, rate: int) -> bytes:
    """The same sound at another rate."""
    if rate == RATE:
        return pcm
    resampler = rtc.AudioResampler(RATE, rate)
    made = [*resampler.push(bytearray(pcm)), *resampler.flush()]
    return b"".join(bytes(frame.data) for frame in made)


def frames(pcm: bytes, *, rate: int = RATE, seconds: float = 0.02) -> Iterator[rtc.AudioFrame]:
    """Frames of equal length at `rate`; the last is filled up with silence."""
    samples = round(rate * seconds)
    sound = at_rate(pcm, rate)
    for start in range(0, len(sound), 2 * samples):
        data = sound[start : start + 2 * samples].ljust(2 * samples, b"\0")
        yield rtc.AudioFrame(data=data, sample_rate=rate, num_channels=1, samples_per_channel=samples)


def write_wav(path: Path, pcm: bytes, *, rate: int = 48000) -> Path:
    """A file for a browser's false microphone, or for listening."""
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(at_rate(pcm, rate))
    return path


@cache
def _manifest() -> dict[str, dict[str, str]]:
    return {Path(one["file"]).stem: one for one in json.loads((FOLDER / "manifest.json").read_text(encoding="utf-8"))}


def _decoded(file: Path) -> bytes:
    resampler = av.AudioResampler(format="s16", layout="mono", rate=RATE)
    with av.open(str(file)) as container:
        pieces = [part for frame in container.decode(audio=0) for part in resampler.resample(frame)]
    return b"".join(piece.to_ndarray().tobytes() for piece in [*pieces, *resampler.resample(None)])
