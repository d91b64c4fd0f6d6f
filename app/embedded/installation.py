"""The parts of one installation: which are ours and which are given, how they start together and end in order."""

from __future__ import annotations

import asyncio
import json
import socket
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Protocol

from app.embedded import children, probes, state
from app.embedded.postgres import Postgres
from app.embedded.program import Program
from app.embedded.valkey import Valkey
from app.embedded.vectors import Vectors
from app.errors import OtklikError

ACCESS = "access.json"
"""What the preparing program found or made, in the installation's folder."""

BEATS = {"worker": probes.HEARTBEATS, "agent": probes.AGENT_BEATS}
"""Programs that say in Redis that they live, and the beginning of their keys."""

Progress = Callable[[str, float], None]
"""Told that a part is ready, and after how many seconds."""


class Part(Protocol):
    """A server or a program of ours."""

    part: str
    log: Path
    child: children.Child | None

    async def start(self, *, seconds: float = ...) -> None:
        """Starts it and waits until it is ready. Raises ServerFailed."""

    async def stop(self, *, seconds: float = ...) -> None:
        """Ends it within about `seconds`."""


@dataclass(frozen=True)
class Given:
    """Servers the operator runs himself, from the settings; None: ours."""

    database_url: str | None = None
    owner_url: str | None = None
    redis_url: str | None = None
    qdrant_url: str | None = None


@dataclass(frozen=True)
class Access:
    """How to sign in to the demo company; `created` when this start made it."""

    email: str
    password_file: str
    api_key_file: str
    created: bool


@dataclass(frozen=True)
class Door:
    """Where the web program listens: its bound socket, its address on this machine and the one that people use."""

    listener: socket.socket
    local_url: str
    public_url: str


class Installation:
    """Servers and programs of one folder. Without a `door` there is no web program."""

    def __init__(self, home: Path, given: Given, door: Door | None) -> None:
        self.home, self._given, self._door = home, given, door
        self.postgres = None if given.database_url else Postgres(home)
        self.redis = None if given.redis_url else Valkey(home)
        self.vectors = None if given.qdrant_url else Vectors(home)
        self.programs: dict[str, Program] = {}
        self._known_beats: dict[str, frozenset[str]] = {}

    @property
    def urls(self) -> dict[str, str]:
        """Where each server answers the programs."""
        return {
            "postgres": self._given.database_url or (self.postgres.roles.app if self.postgres else ""),
            "redis": self._given.redis_url or (self.redis.url if self.redis else ""),
            "vectors": self._given.qdrant_url or (self.vectors.url if self.vectors else ""),
        }

    @property
    def settings(self) -> dict[str, str]:
        """The programs' environment; final once PostgreSQL has its port."""
        local, public = (self._door.local_url, self._door.public_url) if self._door else ("", "")
        urls = self.urls
        return state.settings_for(
            self.home,
            database_url=urls["postgres"],
            redis_url=urls["redis"],
            vectors=urls["vectors"],
            local_url=local,
            public_url=public,
        )

    def parts(self) -> Iterator[tuple[str, Part]]:
        """Ours by name, in the order in which they end: programs before what they stand on."""
        yield from self.programs.items()
        servers = {"vectors": self.vectors, "redis": self.redis, "postgres": self.postgres}
        yield from ((name, server) for name, server in servers.items() if server is not None)

    async def start(self, names: Sequence[str], progress: Progress) -> Access:
        """Starts everything, the programs called `names` included, and waits until all is ready. Raises ServerFailed.

        Programs load while the servers start and wait for their word; the database is prepared in between.
        """
        if self.postgres:
            await self.postgres.settle()
        prepare = self._prepare()
        prepare.load()
        servers = [name for name, _ in self.parts()]
        self.programs = {name: self._program(name) for name in names}
        known = (self.home / ACCESS).exists()
        if known:  # else making the database comes first: imports beside it would only take the processor from it
            self._load_programs()
        try:
            await self._side_by_side(servers, progress)
            if not known:
                self._load_programs()
            await _timed("database", prepare.result(), progress)
        finally:
            await prepare.stop()
        await self._side_by_side(names, progress)
        if self.postgres:
            self.postgres.sync_later()
        return Access(**json.loads((self.home / ACCESS).read_text(encoding="utf-8"))["access"])

    def _load_programs(self) -> None:
        for program in self.programs.values():
            program.load()

    async def start_part(self, name: str) -> None:
        """Starts one part, or starts it again. Raises ServerFailed."""
        if name in BEATS:
            self._known_beats[name] = await probes.heartbeats(self.urls["redis"], BEATS[name])
        await dict(self.parts())[name].start()

    def tidy(self) -> None:
        """Takes note of helpers that have ended."""
        if self.postgres:
            self.postgres.tidy()

    def kill_programs(self) -> None:
        """Ends the programs at once: what they were doing is taken up again at the next start."""
        for program in self.programs.values():
            if program.child is not None and program.child.poll() is None:
                program.child.kill()

    async def stop(self, *, seconds: float) -> None:
        """Ends every part, programs first; each has up to `seconds`, then it is killed."""
        for _, part in list(self.parts()):
            await part.stop(seconds=seconds)

    async def _side_by_side(self, names: Sequence[str], progress: Progress) -> None:
        try:
            async with asyncio.TaskGroup() as group:
                for name in names:
                    group.create_task(_timed(name, self.start_part(name), progress))
        except* OtklikError as several:
            raise several.exceptions[0] from several

    def _prepare(self) -> Program:
        owner = self._given.owner_url or (self.postgres.roles.owner if self.postgres else "")
        local = self._door.local_url if self._door else ""
        return Program(
            "database",
            ["app.embedded.prepare", str(self.home), local],
            home=self.home,
            settings={**self.settings, "OTKLIK_DATABASE_OWNER_URL": owner},
            ready=_at_once,
        )

    def _program(self, name: str) -> Program:
        argv, fds = ["app.cli", name, "--supervised"], []
        ready: Callable[[], Awaitable[bool]] = partial(self._beats, name)
        if name == "web":
            if self._door is None:
                raise RuntimeError("the web program needs a door")
            fds, ready = [self._door.listener.fileno()], self._web_answers
            argv += ["--fd", str(fds[0])]
        return Program(name, argv, home=self.home, settings=self.settings, ready=ready, pass_fds=fds)

    async def _web_answers(self) -> bool:
        if self._door is None:
            return False
        host, port = self._door.listener.getsockname()[:2]
        return await probes.http_ok(_dialled(host), port, "/readyz")

    async def _beats(self, name: str) -> bool:
        found = await probes.heartbeats(self.urls["redis"], BEATS[name])
        return bool(found - self._known_beats.get(name, frozenset()))


def _dialled(host: str) -> str:
    """Where a listener is reached from this machine; a listener on every address is reached by loopback."""
    return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104  compared, not listened on


async def _at_once() -> bool:
    return True


async def _timed(name: str, start: Awaitable[None], progress: Progress) -> None:
    began = time.monotonic()
    await start
    progress(name, time.monotonic() - began)
