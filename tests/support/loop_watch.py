"""Watches the event loop: how long each callback holds it, and whose it was.

What counts is what the callback did, not how long a busy machine made it wait for a processor: the processor time of
its thread, and the time in which it gave up the processor by itself, as a blocking call does.
"""

from __future__ import annotations

import asyncio
import resource
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

WORTH_NAMING = 0.002
"""Seconds; naming a shorter callback would cost more than it took."""

WORK = 0.0007
"""Seconds of processor time that `work` takes on the machine whose milliseconds we promise."""


@dataclass(frozen=True)
class Block:
    """One callback that held the loop, with its seconds of computing, and of blocking (0 unless it blocked).

    `task`: what ran; `stopped_at`: where its task waits now, or that it ended.
    """

    computed: float
    blocked: float
    task: str
    stopped_at: str

    @property
    def seconds(self) -> float:
        return max(self.computed, self.blocked)

    @property
    def site(self) -> tuple[str, str]:
        """The same each time that our code does the same."""
        return self.task, self.stopped_at

    def __str__(self) -> str:
        return (
            f"{self.computed * 1000:.1f} ms computing, {self.blocked * 1000:.1f} ms blocking"
            f" in {self.task}, until {self.stopped_at}"
        )


@dataclass
class Watch:
    """What was seen."""

    callbacks: int = 0
    blocks: list[Block] = field(default_factory=list)


@contextmanager
def watched_loop() -> Iterator[Watch]:
    """Every callback of asyncio's loop inside this block.

    asyncio's own debug mode measures much the same, but it also stores a stack for each task and future: the measure
    would be of the measuring. So the one function through which the loop runs every callback is timed instead.
    """
    watch, run = Watch(), asyncio.Handle._run

    def timed(handle: asyncio.Handle) -> None:
        gave_up, cpu, began = _gave_up(), time.thread_time(), time.perf_counter()
        try:
            run(handle)
        finally:
            computed, passed = time.thread_time() - cpu, time.perf_counter() - began
            blocked = passed if _gave_up() > gave_up else 0.0
            watch.callbacks += 1
            if max(computed, blocked) >= WORTH_NAMING:
                watch.blocks.append(Block(computed, blocked, *_whose(handle)))

    asyncio.Handle._run = timed  # type: ignore[method-assign, assignment]  # typeshed repeats self
    try:
        yield watch
    finally:
        asyncio.Handle._run = run  # type: ignore[method-assign]


def slowness() -> float:
    """How many times slower than ours this machine computes just now; not less than 1."""
    return max(1.0, min(_seconds_of_work() for _ in range(20)) / WORK)


def work() -> int:
    """Some computing, always the same."""
    return sum(number * number for number in range(14_000))


def _seconds_of_work() -> float:
    began = time.thread_time()
    work()
    return time.thread_time() - began


def _gave_up() -> int:
    """How often this thread has waited for something of its own accord."""
    return resource.getrusage(resource.RUSAGE_THREAD).ru_nvcsw


def _whose(handle: asyncio.Handle) -> tuple[str, str]:
    callback = getattr(handle, "_callback", None)
    task = getattr(callback, "__self__", None)
    if not isinstance(task, asyncio.Task):
        return getattr(callback, "__qualname__", type(callback).__name__), "the end"
    frames = task.get_stack()
    where = f"{frames[-1].f_code.co_filename}:{frames[-1].f_lineno}" if frames else "the end"
    return getattr(task.get_coro(), "__qualname__", ""), where
