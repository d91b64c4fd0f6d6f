"""Compiling on threads of its own: a scenario is somebody's text, and whatever it costs, nothing else waits for it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from app.errors import ScenarioRejected, TooManyRequests
from app.scenario.compiled import CompiledScenario
from app.scenario.config_loader import ScenarioInvalid, load

THREADS = 2
LONGEST = 20.0
"""Seconds that one scenario waits for a thread and takes on it; compiling takes tens of milliseconds."""
RETRY_AFTER = 10

T = TypeVar("T")


class Compiling:
    """A few threads. What nobody waits for any more, and has not begun, is dropped."""

    def __init__(self, name: str, threads: int = THREADS, longest: float = LONGEST) -> None:
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix=name)
        self._longest = longest
        self.waiting = 0
        """Callers whose work is being done, or is still to begin."""

    async def run(self, work: Callable[[], T]) -> T:
        """The result of `work`; what it raises is raised here. Raises TooManyRequests after the longest wait."""
        running = asyncio.get_running_loop().run_in_executor(self._threads, work)
        self.waiting += 1
        try:
            return await asyncio.wait_for(running, self._longest)
        except TimeoutError as error:
            headers = {"retry-after": str(RETRY_AFTER)}
            raise TooManyRequests(seconds=RETRY_AFTER, headers=headers) from error
        finally:
            self.waiting -= 1


SUBMITTED = Compiling("submitted")
"""For texts that somebody sends to be checked or saved."""
ACCEPTED = Compiling("accepted")
"""For versions that are stored: a call does not wait behind what others send."""


def compile_source(source: str, filename: str) -> CompiledScenario:
    """The scenario, ready to run, in tens of milliseconds. Raises ScenarioRejected with every problem of the text."""
    try:
        return load(source, filename)
    except ScenarioInvalid as error:
        raise ScenarioRejected(error.problems) from error
