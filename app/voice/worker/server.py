"""livekit's server of agents, with our own idea of how full it is, and no room left behind by a process that died."""

from __future__ import annotations

import asyncio
import logging
import os
from contextlib import suppress
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

from livekit.agents import AgentServer, JobRequest
from livekit.agents.ipc.job_executor import JobExecutor
from redis.asyncio import Redis

from app.errors import ServiceUnavailable
from app.settings import AgentSettings, LiveKitSettings
from app.telephony.rooms import Rooms, ws_url
from app.voice.worker import job
from app.voice.worker.holding import holder

log = logging.getLogger(__name__)

FULL = 0.7
"""Load of a program that takes no more calls: what a LiveKit server of usual settings (`agents.target_load`) takes for
full, and never asks again."""

PREWARM_WITHIN = 180.0
"""Seconds that a process has to load; on a busy machine many times what it needs."""

END_WITHIN = 20
"""Seconds in which the process of a call must end once it was told to."""

FOR_EVER = 1_000_000_000
"""Attempts to reach the LiveKit server: a program that gave up would have to be started by hand."""


class Agents(AgentServer):
    """The jobs of one program. Names that livekit calls private are used here and nowhere else."""

    def __init__(self, livekit: LiveKitSettings, settings: AgentSettings, rooms: Rooms, redis: Redis) -> None:
        super().__init__(
            ws_url=ws_url(livekit.url or ""),
            api_key=livekit.api_key or "",
            api_secret=livekit.api_secret.get_secret_value() if livekit.api_secret else "",
            load_fnc=self.load,
            load_threshold=FULL,
            num_idle_processes=min(settings.idle, settings.capacity),
            initialize_process_timeout=PREWARM_WITHIN,
            shutdown_process_timeout=END_WITHIN,
            max_retry=FOR_EVER,
            host="127.0.0.1",  # its own page says 200 whatever happens; ours is in `program`
            port=0,
            http_proxy=_proxy(livekit.url or ""),
            setup_fnc=job.prewarm,
            preload_modules=["app.voice.worker.preload"],
        )
        self._capacity = settings.capacity
        self._rooms = rooms
        self._redis = redis
        self._started = False
        self._tidying: set[asyncio.Task[None]] = set()
        self.rtc_session(job.entry, agent_name=livekit.agent_name, on_request=_accept)
        self.on("worker_started", self._watch_processes)

    @property
    def calls(self) -> int:
        """Calls in our hands, those on their way to a process included."""
        return len(self.active_jobs) + self._reserved_slots if self._started else 0

    def load(self) -> float:
        """How full we are, by calls: the machine's load says nothing about a call that waits at the door."""
        return FULL * self.calls / self._capacity

    def _get_effective_load(self) -> float:
        # livekit's own guess takes one call of an empty program for a full one
        return self.load()

    @property
    def ready(self) -> bool:
        """Whether a call that comes now is answered: registered, not stopping, and a process warm or calls running
        (with every place taken no process is kept warm)."""
        registered = self._started and not self._connecting and not self.draining and not self._closed
        return registered and (not self._proc_pool._warmed_proc_queue.empty() or bool(self.active_jobs))  # noqa: SLF001

    async def finish(self, seconds: float, goodbye: float) -> None:
        """Takes no more calls and waits for those that run. Those that still do after `seconds` hear a goodbye; whoever
        is there after `goodbye` more is cut off, never left in silence."""
        with suppress(TimeoutError):
            await self.drain(timeout=max(1, round(seconds)))
        if running := self._running():
            log.info("saying goodbye in %d calls", len(running))
            for process in running:
                _say_goodbye(process)
            _ = await asyncio.wait([asyncio.ensure_future(one.join()) for one in running], timeout=goodbye)
        for process in self._running():
            await self._end(process)
        await self.aclose()
        if self._tidying:
            _ = await asyncio.wait(self._tidying)

    def _running(self) -> list[JobExecutor]:
        return [process for process in self._proc_pool.processes if process.running_job]

    def _watch_processes(self) -> None:
        self._started = True
        self._proc_pool.on("process_closed", self._on_process_closed)

    def _on_process_closed(self, process: JobExecutor) -> None:
        if process.running_job is not None:
            task = asyncio.create_task(self._end(process), name="end of a room")
            self._tidying.add(task)
            task.add_done_callback(self._tidying.discard)

    async def _end(self, process: JobExecutor) -> None:
        """Ends the room of a process. One that died leaves its caller in silence; one that ended well has done so."""
        job = process.running_job
        if job is None:
            return
        if await holder(self._redis, job.job.room.sid) not in (None, job.job.id):
            return  # a second agent that left the call to the first
        try:
            await self._rooms.delete(job.job.room.name)
        except ServiceUnavailable:
            log.warning("the room of a call that ended was not deleted: the LiveKit server is away")


async def _accept(request: JobRequest) -> None:
    await request.accept(identity=f"agent-{request.id}")


def _say_goodbye(process: JobExecutor) -> None:
    pid = getattr(process, "pid", None)
    if pid is not None:
        with suppress(ProcessLookupError):
            os.kill(pid, job.GOODBYE)


def _proxy(url: str) -> str | None:
    """The proxy of the environment for this address. livekit would also use it for servers of our own."""
    parts = urlsplit(url)
    if parts.hostname is None or proxy_bypass(parts.hostname):
        return None
    return getproxies().get(parts.scheme)
