"""Work for the program's main thread. Jobs run on another one, and livekit's plugins register on the main one only."""

from __future__ import annotations

import asyncio
import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future

_work: queue.SimpleQueue[tuple[Callable[[], None], Future[None]] | None] = queue.SimpleQueue()


async def on_main_thread(work: Callable[[], None]) -> None:
    """Returns when `serve` has done the work. Raises what it raises."""
    if threading.current_thread() is threading.main_thread():
        work()
        return
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


def stop() -> None:
    """Ends `serve`. May be called by a signal's handler."""
    _work.put(None)
