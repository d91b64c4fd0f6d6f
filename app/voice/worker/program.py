"""The program behind `otklik agent`: registers at the LiveKit server, says whether it is ready, stops in order."""

from __future__ import annotations

import asyncio
import json
import logging
import signal
import socket
from contextlib import suppress

from aiohttp import web
from redis.exceptions import RedisError

from app.errors import ServiceUnavailable
from app.runtime import Runtime, build
from app.settings import AgentSettings, LiveKitSettings, read
from app.telephony.rooms import Rooms
from app.voice.worker.server import Agents

log = logging.getLogger(__name__)

KEY = "otklik:agent:"
"""Followed by the program's id; the value, JSON, says whether it is ready, how many calls it has and may have."""
EVERY = 5.0
TTL = 20
"""Seconds."""

GOODBYE = 20.0
"""Seconds for a goodbye when a program stops and its calls had all the time there is."""
HURRIED = (1.0, 6.0)
"""Seconds for calls to go on and for a goodbye when the installation that this program is part of stops: it kills what
has not ended after ten."""


def main(listener: socket.socket, *, supervised: bool) -> None:
    """Runs until SIGTERM or SIGINT, then until the running calls are over. Raises SettingsInvalid.

    `listener` is the bound socket of `/readyz`.
    """
    asyncio.run(_run(listener, read(LiveKitSettings), read(AgentSettings), supervised=supervised))


async def _run(listener: socket.socket, livekit: LiveKitSettings, settings: AgentSettings, *, supervised: bool) -> None:
    rooms = Rooms(livekit)
    rt = build()
    try:
        program = Program(rt, rooms, Agents(livekit, settings, rooms, rt.redis), settings.capacity)
        drain, goodbye = HURRIED if supervised else (settings.drain.total_seconds(), GOODBYE)
        await program.run(listener, drain=drain, goodbye=goodbye)
    finally:
        await rt.close()
        await rooms.aclose()


class Program:
    """One agent program: its server, its sign of life, its page for those who watch it."""

    def __init__(self, rt: Runtime, rooms: Rooms, agents: Agents, capacity: int) -> None:
        self._rt, self._rooms, self._agents, self._capacity = rt, rooms, agents, capacity
        self._seen = False
        self._stop = asyncio.Event()

    async def run(self, listener: socket.socket, *, drain: float, goodbye: float) -> None:
        """Serves until told to stop; running calls then have `drain` seconds, and `goodbye` more for that."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._stop.set)
        page = await self._page(listener)
        beat = asyncio.create_task(self._beat(), name="beat")
        serving = asyncio.create_task(self._agents.run(), name="agents")
        asked = asyncio.create_task(self._stop.wait(), name="stop")
        try:
            await asyncio.wait({serving, asked}, return_when=asyncio.FIRST_COMPLETED)
            if self._stop.is_set():
                log.info("agent stopping; running calls may go on for %d s", drain)
                await self._agents.finish(drain, goodbye)
            await serving
        finally:
            for task in (beat, asked):
                task.cancel()
            await asyncio.gather(beat, asked, return_exceptions=True)
            await page.cleanup()
            with suppress(RedisError, OSError):
                await self._rt.redis.delete(f"{KEY}{self._rt.process}")

    @property
    def ready(self) -> bool:
        """Whether a call that comes now is answered."""
        return self._seen and self._agents.ready

    async def _beat(self) -> None:
        said = False
        while True:
            try:
                await self._rooms.ping()
                self._seen = True
            except ServiceUnavailable:
                self._seen = False
            if self.ready != said:
                said = self.ready
                log.info("agent ready" if said else "agent not ready: no call would be answered")
            await self._say_alive()
            await asyncio.sleep(EVERY if self.ready else 0.5)

    async def _say_alive(self) -> None:
        state = {"ready": self.ready, "calls": self._agents.calls, "capacity": self._capacity}
        try:
            await self._rt.redis.set(f"{KEY}{self._rt.process}", json.dumps(state), ex=TTL)
        except (RedisError, OSError) as error:
            log.warning("Redis was not told that this agent lives: %s", type(error).__name__)

    async def _page(self, listener: socket.socket) -> web.AppRunner:
        """`/readyz` says 200 while a call would be answered, else 503."""

        async def readyz(_: web.Request) -> web.Response:
            ready = self.ready
            return web.Response(status=200 if ready else 503, text="ready" if ready else "not ready")

        app = web.Application()
        app.add_routes([web.get("/readyz", readyz)])
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        await web.SockSite(runner, listener).start()
        return runner
