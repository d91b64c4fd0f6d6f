"""A running `otklik agent` for tests, on the test's servers; ended by its pid."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

from app.embedded import children, ports, probes
from tests.support.livekit_server import LiveKitServer
from tests.support.servers import DatabaseUrls
from tests.support.waiting import until

ROOT = Path(__file__).resolve().parents[2]
SECRET_KEY = "test-key-" * 5
"""The same as the runtime of the tests has: what one seals the other opens."""


@dataclass
class AgentProgram:
    """One program with its job processes."""

    process: children.Child
    port: int
    log_file: Path

    @property
    def log(self) -> str:
        return self.log_file.read_text(encoding="utf-8", errors="replace")

    async def is_ready(self) -> bool:
        """Whether it says so; fails when it has ended."""
        assert self.process.poll() is None, self.log[-4000:]
        return await probes.http_ok("127.0.0.1", self.port, "/readyz")

    def on_the_phone(self, server: LiveKitServer) -> list[psutil.Process]:
        """The processes that carry a call: those below the fork server that talk to the LiveKit server."""
        below = psutil.Process(self.process.pid).children(recursive=True)
        return [one for one in below if _talks_to(one, server.port)]

    async def end(self, how: signal.Signals = signal.SIGTERM) -> int:
        """Sends the signal and waits for the end; returns the exit code."""
        if self.process.poll() is None:
            self.process.send_signal(how)
        await until(self._ended)
        return self.process.wait()

    async def _ended(self) -> bool:
        return self.process.poll() is not None


@asynccontextmanager
async def agent_program(
    folder: Path,
    server: LiveKitServer,
    database: DatabaseUrls,
    redis_url: str,
    settings: Mapping[str, str],
    *,
    name: str = "agent",
) -> AsyncIterator[AgentProgram]:
    """Starts it and waits until it is ready."""
    port = ports.free_port(0)
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("OTKLIK_", "LIVEKIT_", "REDIS_"))}
    environment = {
        **kept,
        **server.environment,
        "OTKLIK_DATABASE_URL": database.app,
        "OTKLIK_REDIS_URL": redis_url,
        "OTKLIK_SECRET_KEY": SECRET_KEY,
        "OTKLIK_HOME": str(folder / "home"),
        "OTKLIK_AGENT_PORT": str(port),
        "OTKLIK_AGENT_IDLE": "1",
        "PYTHONUNBUFFERED": "1",
        **settings,
    }
    log = folder / f"{name}.log"
    argv = [sys.executable, "-m", "app.cli", "agent"]
    process = children.spawn(argv, log=log, end=signal.SIGKILL, env=environment, cwd=ROOT)
    program = AgentProgram(process, port, log)
    try:
        await until(program.is_ready)
        yield program
    finally:
        await _end_all(process)


async def _end_all(process: children.Child) -> None:
    """Whatever a test left running; a program that was killed leaves no job behind either."""
    if process.poll() is None:
        below = psutil.Process(process.pid).children(recursive=True)
        for one in below:
            one.kill()
        process.kill()
    await asyncio.to_thread(process.wait)


def _talks_to(process: psutil.Process, port: int) -> bool:
    try:
        return any(getattr(link.raddr, "port", None) == port for link in process.net_connections("tcp"))
    except psutil.NoSuchProcess:
        return False
