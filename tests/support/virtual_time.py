"""An event loop whose clock moves only when nothing else can happen: ten minutes of a call take no time, exactly.

Real work, a thread's or the database's, takes none of that time: while some is under way the clock stands still and
the loop waits for it. So nothing depends on how fast the machine is.
"""

from __future__ import annotations

import asyncio
import selectors
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from concurrent.futures import Executor
from contextlib import ExitStack, asynccontextmanager, contextmanager
from contextvars import Context
from datetime import UTC, datetime
from typing import Any, TypeVar, TypeVarTuple
from unittest import mock
from uuid import UUID

from app.db.session import Database, TenantDb
from tests.support.waiting import LONG

EPOCH = datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC).timestamp()
"""Where the wall clock begins: before any real time, which livekit stamps some messages with."""
_LOOK = 0.05
"""Real seconds after which the loop looks again whether real work is done."""
_APART = 1e-9
"""Two timers of the same moment fire in the order in which they were set."""

T = TypeVar("T")
Ts = TypeVarTuple("Ts")
_real = {name: getattr(time, name) for name in ("time", "perf_counter", "monotonic")}


class StandingStill(Exception):
    """Nothing will ever happen again, and the test still waits."""


class _Selector(selectors.DefaultSelector):
    """Jumps instead of waiting."""

    loop: VirtualLoop

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        ready = super().select(0)
        if ready or timeout == 0:
            return ready
        if self.loop.real_work:
            return super().select(_LOOK)
        if timeout is None:
            ready = super().select(LONG)
            if not ready:
                raise StandingStill
            return ready
        self.loop.now += timeout
        return []


class VirtualLoop(asyncio.SelectorEventLoop):
    """`now` is what its clock shows, in seconds from 0; `real_work` counts what has to be waited for."""

    def __init__(self) -> None:
        selector = _Selector()
        selector.loop = self
        self.now = 0.0
        self.real_work = 0
        self._set = 0
        super().__init__(selector)
        self._clock_resolution = 1e-12

    def time(self) -> float:
        return self.now

    def call_at(
        self, when: float, callback: Callable[[*Ts], object], *args: *Ts, context: Context | None = None
    ) -> asyncio.TimerHandle:
        self._set += 1
        return super().call_at(when + self._set * _APART, callback, *args, context=context)

    def run_in_executor(self, executor: Executor | None, func: Callable[[*Ts], T], *args: *Ts) -> asyncio.Future[T]:
        future = super().run_in_executor(executor, func, *args)
        self.real_work += 1
        future.add_done_callback(self._done)
        return future

    def _done(self, _: object) -> None:
        self.real_work -= 1


def _virtual() -> VirtualLoop | None:
    running = asyncio._get_running_loop()
    return running if isinstance(running, VirtualLoop) else None


def _wall() -> float:
    loop = _virtual()
    return _real["time"]() if loop is None else EPOCH + loop.now


def _steady(name: str) -> Callable[[], float]:
    def read() -> float:
        loop = _virtual()
        return _real[name]() if loop is None else loop.now

    return read


def clock() -> datetime:
    """Now, on the virtual clock."""
    return datetime.fromtimestamp(_wall(), UTC)


def run(scene: Coroutine[Any, Any, T]) -> T:
    """Runs to the end on a loop of its own."""
    clocks = {"time": _wall, "perf_counter": _steady("perf_counter"), "monotonic": _steady("monotonic")}
    with ExitStack() as patches:
        for name, read in clocks.items():
            patches.enter_context(mock.patch.object(time, name, read))
        runner = patches.enter_context(asyncio.Runner(loop_factory=VirtualLoop))
        return runner.run(scene)


@contextmanager
def real_work() -> Iterator[None]:
    """The clock stands still meanwhile."""
    loop = _virtual()
    if loop is None:
        yield
        return
    loop.real_work += 1
    try:
        yield
    finally:
        loop.real_work -= 1


class RealDatabase(Database):
    """A database whose transactions take no virtual time."""

    def __init__(self, inner: Database) -> None:
        super().__init__(inner.engine, inner.publish)

    @asynccontextmanager
    async def tenant(self, company_id: UUID, *, person: UUID | None = None) -> AsyncIterator[TenantDb]:
        with real_work():
            async with super().tenant(company_id, person=person) as db:
                yield db
