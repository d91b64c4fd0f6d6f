"""Watches the event loop: how long each callback holds it, and whose it was."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

WORTH_NAMING = 0.002
"""Seconds; naming a shorter callback would cost more than it took."""


@dataclass(frozen=True)
class Block:
    """One callback that held the loop. `task`: what ran; `stopped_at`: where its task waits now, or that it ended."""

    seconds: float
    task: str
    stopped_at: str

    def __str__(self) -> str:
        return f"{self.seconds * 1000:.1f} ms in {self.task}, until {self.stopped_at}"


@dataclass
class Watch:
    """What was seen."""

    callbacks: int = 0
    blocks: list[Block] = field(default_factory=list)

    @property
    def longest(self) -> Block:
        return max(self.blocks, key=lambda block: block.seconds, default=Block(0.0, "nothing", "the end"))


@contextmanager
def watched_loop() -> Iterator[Watch]:
    """Every callback of asyncio's loop inside this block.

    asyncio's own debug mode measures the same, but it also stores a stack for each task and future: the measure would
    be of the measuring. So the one function through which the loop runs every callback is timed instead.
    """
    watch, run = Watch(), asyncio.Handle._run

    def timed(handle: asyncio.Handle) -> None:
        began = time.perf_counter()
        try:
            run(handle)
        finally:
            seconds = time.perf_counter() - began
            watch.callbacks += 1
            if seconds >= WORTH_NAMING:
                watch.blocks.append(Block(seconds, *_whose(handle)))

    asyncio.Handle._run = timed  # type: ignore[method-assign, assignment]  # typeshed repeats self
    try:
        yield watch
    finally:
        asyncio.Handle._run = run  # type: ignore[method-assign]


def _whose(handle: asyncio.Handle) -> tuple[str, str]:
    callback = getattr(handle, "_callback", None)
    task = getattr(callback, "__self__", None)
    if not isinstance(task, asyncio.Task):
        return repr(callback), "the end"
    frames = task.get_stack()
    where = f"{frames[-1].f_code.co_filename}:{frames[-1].f_lineno}" if frames else "the end"
    return f"{task.get_name()} {getattr(task.get_coro(), '__qualname__', '')}", where
