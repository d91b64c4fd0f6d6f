"""Work of a call that nobody waits for, held to its end."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine


class Tasks:
    """Of one call. `run` runs a work and deals with its failure."""

    def __init__(self, run: Callable[[Coroutine[None, None, None]], Coroutine[None, None, None]]) -> None:
        self._run = run
        self._tasks: set[asyncio.Task[None]] = set()

    def spawn(self, work: Coroutine[None, None, None]) -> None:
        """Nobody waits for it."""
        _ = self.keep(self._run(work))

    def keep(self, work: Coroutine[None, None, None]) -> asyncio.Task[None]:
        """A task that is held until its end, and whose failure counts as seen: whoever waits for it gets it."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        task.add_done_callback(lambda done: None if done.cancelled() else done.exception())
        return task
