"""Histograms of what callers wait for, counted in Redis by every process and read by Prometheus from one place.

Calls live in many short processes on several machines; a counter in each would be lost with it. Redis may be wiped:
then the counters begin anew, which Prometheus knows how to read.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from redis.asyncio import Redis

KEY = "otklik:metrics:wait"
BUCKETS = (0.1, 0.2, 0.35, 0.5, 0.65, 0.8, 1.0, 1.25, 1.5, 2.0, 3.0, 5.0)
"""Upper bounds in seconds; the goals of 0.35 and 0.8 are among them."""

MEASURES = {
    "total": None,
    "end_of_turn": None,
    "playback": None,
    "transcription": "stt",
    "llm_first_token": "llm",
    "tts_first_byte": "tts",
}
"""Measure of a turn -> the provider that answers for it, as the call's `voice` names it."""


@dataclass(frozen=True)
class Histogram:
    """`buckets`: how many waits were at most each of BUCKETS; `count` all of them, `sum` their seconds."""

    part: str
    provider: str
    buckets: tuple[int, ...]
    count: int
    sum: float


async def count(redis: Redis, measured: Mapping[str, float], voice: Mapping[str, str]) -> None:
    """Adds one turn's measures. Raises redis.RedisError when Redis is away."""
    async with redis.pipeline(transaction=False) as pipe:
        for part, kind in MEASURES.items():
            seconds = measured.get(part)
            if seconds is None:
                continue
            name = f"{part}|{voice.get(kind, '') if kind else ''}"
            bound = next((str(limit) for limit in BUCKETS if seconds <= limit), "inf")
            _ = pipe.hincrby(KEY, f"{name}|{bound}", 1)
            _ = pipe.hincrbyfloat(KEY, f"{name}|sum", seconds)
        await pipe.execute()


async def histograms(redis: Redis) -> list[Histogram]:
    """Everything counted so far, by part and provider. Raises redis.RedisError when Redis is away."""
    found: dict[tuple[str, str], dict[str, float]] = {}
    for key, value in (await redis.hgetall(KEY)).items():
        part, provider, bound = (key if isinstance(key, str) else key.decode()).split("|")
        found.setdefault((part, provider), {})[bound] = float(value)
    return [_histogram(part, provider, counted) for (part, provider), counted in sorted(found.items())]


def _histogram(part: str, provider: str, counted: Mapping[str, float]) -> Histogram:
    def running() -> Iterator[int]:
        so_far = 0
        for limit in BUCKETS:
            so_far += int(counted.get(str(limit), 0))
            yield so_far

    buckets = tuple(running())
    return Histogram(part, provider, buckets, buckets[-1] + int(counted.get("inf", 0)), counted.get("sum", 0.0))
