"""`otklik up`: starts the parts, says what it is doing, starts again what dies, ends everything in order."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections import defaultdict, deque
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from app import __version__
from app.embedded import children, state
from app.embedded.installation import Access, Door, Given, Installation
from app.embedded.problems import GaveUp, ServerFailed
from app.embedded.state import Part, Phase, Status

RESTARTS, WINDOW = 5, 60.0
"""A part that ends more than so many times in so many seconds is given up, and with it the installation."""

GRACE = 10.0
"""Seconds a part has for an orderly end."""

Say = Callable[[str, dict[str, object]], None]
"""Told a catalog key below `cli.up.` and its facts."""


class Stopped(Exception):
    """The supervisor was told to end before it was ready."""


@dataclass
class Supervisor:
    """Runs one installation in this thread. `say` is told what a person should know.

    `end_with_parent`: `make` killed with -9 tells nobody, and what it started must not block its next start.
    """

    home: Path
    given: Given
    door: Door | None
    say: Say
    end_with_parent: bool = False

    def __post_init__(self) -> None:
        self.status = Status(Phase.STARTING, version=__version__, pid=os.getpid())
        self._asked = asyncio.Event()
        self._parent = os.getppid()
        self._installation: Installation | None = None
        self._ends: dict[str, deque[float]] = defaultdict(deque)

    async def run(self, programs: Sequence[str], *, ready: Callable[[Access], None]) -> None:
        """Until SIGINT, SIGTERM or SIGHUP. Raises ServerFailed, GaveUp; nothing runs when it returns or raises."""
        self._listen()
        if self.door:
            self.status = replace(self.status, url=self.door.public_url)
        if state.AGENT in programs:
            self.status = self.status.with_part(state.AGENT, Part())
        self._write()
        installation = self._installation = Installation(self.home, self.given, self.door)
        try:
            access = await self._unless_asked(installation.start(programs, self._progress))
            self._publish(installation, access)
            ready(access)
            await self._watch(installation)
        except Stopped:
            pass
        finally:
            self.say("stopping", {})
            await installation.stop(seconds=GRACE)
            self.status = replace(self.status, state=Phase.STOPPED, parts=Status(Phase.STOPPED).parts, pid=None)
            self._write()

    def _listen(self) -> None:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            loop.add_signal_handler(number, self._ask)

    def _ask(self) -> None:
        if self._asked.is_set() and self._installation is not None:  # a second Ctrl-C: no more waiting for programs
            self._installation.kill_programs()
        self._asked.set()

    async def _unless_asked(self, starting: Coroutine[Any, Any, Access]) -> Access:
        start = asyncio.ensure_future(starting)
        asked = asyncio.ensure_future(self._asked.wait())
        await asyncio.wait({start, asked}, return_when=asyncio.FIRST_COMPLETED)
        asked.cancel()
        if start.done():
            return start.result()
        start.cancel()
        await asyncio.wait({start})
        raise Stopped

    def _progress(self, part: str, seconds: float) -> None:
        self.say("part_ready", {"part": part, "seconds": seconds})
        if part in self.status.parts:
            self.status = self.status.with_part(part, replace(self.status.parts[part], state=Phase.READY))
            self._write()

    def _publish(self, installation: Installation, access: Access) -> None:
        urls = dict(installation.urls)
        if self.door:
            urls["web"] = self.door.local_url
        ours = {name for name, _ in installation.parts()} | installation.urls.keys()
        parts = {
            name: Part(urls.get(name), Phase.READY if name in ours else Phase.STOPPED) for name in self.status.parts
        }
        self.status = replace(
            self.status,
            state=Phase.READY,
            email=access.email,
            password_file=access.password_file,
            api_key_file=access.api_key_file,
            parts=parts,
        )
        self._write()

    async def _watch(self, installation: Installation) -> None:
        while not self._asked.is_set():
            if self.end_with_parent and os.getppid() != self._parent:
                return
            for name, part in list(installation.parts()):
                if part.child is not None and (code := part.child.poll()) is not None:
                    await self._again(installation, name, code)
                children.bound(part.log)
            installation.tidy()
            try:
                async with asyncio.timeout(0.25):
                    await self._asked.wait()
            except TimeoutError:
                continue

    async def _again(self, installation: Installation, name: str, code: int) -> None:
        ends = self._ends[name]
        ends.append(time.monotonic())
        while ends and ends[0] < time.monotonic() - WINDOW:
            ends.popleft()
        log = dict(installation.parts())[name].log
        if len(ends) > RESTARTS:
            raise GaveUp(part=name, times=len(ends), log=str(log), lines=children.last_lines(log))
        self.say("part_died", {"part": name, "code": code, "log": str(log)})
        self._mark(name, Phase.STARTING)
        try:
            await installation.start_part(name)
        except ServerFailed:
            return  # its end is counted at the next look
        self._mark(name, Phase.READY)
        self.say("part_back", {"part": name})

    def _mark(self, name: str, phase: Phase) -> None:
        self.status = self.status.with_part(name, replace(self.status.parts[name], state=phase))
        self._write()

    def _write(self) -> None:
        state.write(self.home, self.status)
