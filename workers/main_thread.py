"""Work for the program's main thread. Jobs run on another one, and livekit's plugins register on the main one only."""

from __future__ import annotations

import asyncio
import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future

from workers.jobs import NotNow

_work: queue.SimpleQueue[tuple[Callable[[], None], Future[None]] | None] = queue.SimpleQueue()
_stopping = threading.Event()


async def on_main_thread(work: Callable[[], None]) -> None:
    """Returns when `serve` has done the work. Raises what it raises, and NotNow when the program stops."""
    if threading.current_thread() is threading.main_thread():
        work()
        return
    if _stopping.is_set():
        raise NotNow
    done: Future[None] = Future()
    _work.put((work, done))
    await asyncio.wrap_future(done)


def serve() -> None:
    """Does such work until `stop`. Call it on the main thread."""
    while (order := _work.get()) is not None:
        work, done = order
        if not done.set_running_or_notify_cancel():
            continue
        try:
            work()
        except BaseException as error:  # noqa: BLE001  # whoever asked for it is told
            done.set_exception(error)
        else:
            done.set_result(None)
    while not _work.empty():
        order = _work.get()
        if order is not None and order[1].set_running_or_notify_cancel():
            order[1].set_exception(NotNow())


def stop() -> None:
    """Ends `serve`. May be called by a signal's handler."""
    _stopping.set()
    _work.put(None)


def stopping() -> bool:
    """Whether the program was told to stop: long work is left for another time."""
    return _stopping.is_set()
