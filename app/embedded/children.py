"""Child processes that never outlive their parent, and proof that a process left behind is one of ours."""

from __future__ import annotations

import asyncio
import ctypes
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import IO

import psutil

from app.embedded.account import Account
from app.embedded.problems import ServerFailed

Child = subprocess.Popen[bytes]

_PR_SET_PDEATHSIG = 1
_LIBC = ctypes.CDLL(None) if sys.platform == "linux" else None  # loaded before any fork: after it only calls are safe


def spawn(
    argv: Sequence[str],
    *,
    log: Path,
    end: signal.Signals,
    env: Mapping[str, str],
    account: Account | None = None,
    stdin: int | IO[bytes] = subprocess.DEVNULL,
    cwd: Path | None = None,
    pass_fds: Sequence[int] = (),
) -> Child:
    """Starts a child in a session of its own (Ctrl-C reaches only the parent, which ends children in order).

    Its output is appended to `log`. On Linux the kernel sends it `end` when the parent dies, however that happens;
    that is tied to the thread that forks, hence RuntimeError outside the main thread.
    """
    if threading.current_thread() is not threading.main_thread():
        raise RuntimeError("children are started from the main thread, or they die with the other one")
    with log.open("ab", buffering=0) as output:
        return subprocess.Popen(
            argv,
            stdin=stdin,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=dict(env),
            cwd=cwd,
            start_new_session=True,
            pass_fds=pass_fds,
            user=account.uid if account else None,
            group=account.gid if account else None,
            extra_groups=[] if account else None,
            umask=0o077,
            preexec_fn=_ends_with_parent(os.getpid(), end),  # noqa: PLW1509  only prctl and getppid run before exec
        )


def _ends_with_parent(parent: int, end: signal.Signals) -> Callable[[], None] | None:
    if _LIBC is None:
        return None
    prctl = _LIBC.prctl

    def before_exec() -> None:
        prctl(_PR_SET_PDEATHSIG, int(end))
        if os.getppid() != parent:  # it died before prctl took effect
            os._exit(1)

    return before_exec


async def until(ready: Callable[[], Awaitable[bool]], child: Child, *, part: str, log: Path, seconds: float) -> None:
    """Waits for `ready()`. Raises ServerFailed with the last log lines when the child ends or time runs out."""
    deadline = time.monotonic() + seconds
    while not await ready():
        if child.poll() is not None or time.monotonic() > deadline:
            raise ServerFailed(part=part, log=str(log), lines=last_lines(log))
        await asyncio.sleep(0.01)


async def ended(child: Child, *, seconds: float) -> int | None:
    """Its exit code once it has ended; None when it still runs after `seconds`."""
    deadline = time.monotonic() + seconds
    while child.poll() is None and time.monotonic() < deadline:
        await asyncio.sleep(0.01)
    return child.poll()


async def finish(child: Child, *, ask: signal.Signals, seconds: float) -> bool:
    """Ends a child: asks, waits up to `seconds`, then kills it. True when it ended by itself."""
    if child.poll() is None:
        child.send_signal(ask)
    if await ended(child, seconds=seconds) is not None:
        return True
    child.kill()
    child.wait()
    return False


async def end_leftover(pid: int, *, program: str, marker: str, seconds: float = 10) -> bool:
    """Ends a process that a killed installation left behind, if `pid` is provably that process.

    Proof: its program is called `program` and `marker` (a path of this installation) is one of its arguments or its
    working folder; pids are reused, so the number alone proves nothing. False when it is not ours or is gone.
    """
    process = _proven(pid, program, marker)
    if process is None:
        return False
    process.send_signal(signal.SIGINT)
    deadline = time.monotonic() + seconds
    while process.is_running() and process.status() != psutil.STATUS_ZOMBIE and time.monotonic() < deadline:
        await asyncio.sleep(0.02)
    if process.is_running() and process.status() != psutil.STATUS_ZOMBIE:
        process.kill()
    return True


def _proven(pid: int, program: str, marker: str) -> psutil.Process | None:
    try:
        process = psutil.Process(pid)
        named = Path(process.exe()).name == program
        return process if named and (marker in process.cmdline() or process.cwd() == marker) else None
    except psutil.Error:
        return None


def last_lines(log: Path, count: int = 8) -> str:
    """The end of a log file; empty when there is none."""
    try:
        with log.open("rb") as file:
            file.seek(max(0, log.stat().st_size - 8192))
            return "\n".join(file.read().decode("utf-8", "replace").splitlines()[-count:])
    except FileNotFoundError:
        return ""


def bound(log: Path, *, limit: int = 5_000_000) -> None:
    """Keeps a log under `limit` bytes: its content moves to `NAME.1`, the open file goes on from empty.

    Children hold the file open for appending, so it is copied and cut, never renamed; lines written in between
    may be lost.
    """
    if log.exists() and log.stat().st_size > limit:
        log.with_name(log.name + ".1").write_bytes(log.read_bytes())
        os.truncate(log, 0)
