"""A Python program of ours as a child: it imports while the servers start, and begins when told to."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path

from app.embedded import children
from app.embedded.problems import NotPrepared, ServerFailed

TOLD = 3
"""Exit code of a program that wrote one sentence for a person as its last line."""


class Program:
    """`python -m MODULE ARGUMENTS` with a pipe as standard input; see `parent.py` for the other end.

    `ready` is asked after `go` until it says yes.
    """

    def __init__(
        self,
        part: str,
        argv: Sequence[str],
        *,
        home: Path,
        settings: Mapping[str, str],
        ready: Callable[[], Awaitable[bool]],
        pass_fds: Sequence[int] = (),
    ) -> None:
        self.part = part
        self.log = home / "logs" / f"{part}.log"
        self._argv, self._settings, self._fds = [sys.executable, "-m", *argv], settings, pass_fds
        self._ready = ready
        self.child: children.Child | None = None

    def load(self) -> None:
        """Starts the process; it waits for `go`."""
        self.child = children.spawn(
            self._argv,
            log=self.log,
            end=signal.SIGTERM,
            # The environment first: the person's own settings (a language model's address) reach the programs too.
            env={**os.environ, **self._settings, "PYTHONUNBUFFERED": "1"},
            stdin=subprocess.PIPE,
            pass_fds=self._fds,
        )

    async def start(self, *, seconds: float = 120) -> None:
        """Loads it unless that was done, lets it begin, waits until it is ready. Raises ServerFailed."""
        if self.child is None or self.child.poll() is not None:
            self.load()
        child = self._go()
        await children.until(self._ready, child, part=self.part, log=self.log, seconds=seconds)

    async def result(self, *, seconds: float = 120) -> None:
        """Lets a program that ends by itself begin, and waits for its end.

        Raises NotPrepared with its last line when it ended with TOLD, else ServerFailed unless it ended well.
        """
        child = self._go()
        code = await children.ended(child, seconds=seconds)
        if code == TOLD:
            raise NotPrepared(sentence=children.last_lines(self.log, 1))
        if code != 0:
            raise self._failed()

    def _go(self) -> children.Child:
        if self.child is None or self.child.stdin is None:
            raise RuntimeError("load it first")
        try:
            self.child.stdin.write(b"go\n")
            self.child.stdin.flush()
        except BrokenPipeError as error:
            raise self._failed() from error
        return self.child

    def _failed(self) -> ServerFailed:
        return ServerFailed(part=self.part, log=str(self.log), lines=children.last_lines(self.log))

    async def stop(self, *, seconds: float = 10) -> None:
        """Ends it: SIGTERM, then after `seconds` SIGKILL."""
        if self.child is not None:
            await children.finish(self.child, ask=signal.SIGTERM, seconds=seconds)
            if self.child.stdin is not None:
                self.child.stdin.close()
