"""A worker program of its own: its database, its Valkey, its receivers. Tests kill it as they like."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import pytest
from sqlalchemy import select

from app.db.outbox import OutboxRow, RedisPublisher
from app.runtime import Runtime, build
from app.settings import CommonSettings, DatabaseSettings, RedisSettings, WebhookSettings, read
from app.webhooks import endpoints
from app.webhooks.models import WebhookDelivery, WebhookEndpoint
from tests.conftest import PATIENCE
from tests.support import servers
from tests.support.receivers import Receiver, receiver
from tests.support.servers import DatabaseUrls
from tests.support.waiting import LONG
from tests.support.world import World, new_world
from workers import heartbeat

ROOT = Path(__file__).resolve().parents[3]
KEY = "test-key-" * 5
T = TypeVar("T")


@dataclass
class WorkerProgram:
    """A running worker."""

    process: asyncio.subprocess.Process

    async def kill(self) -> None:
        """As the kernel or a power cut would."""
        if self.process.returncode is None:
            self.process.kill()
            await self.process.wait()

    async def stop(self) -> int:
        """As a supervisor would; the exit code."""
        self.process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(LONG):
            return await self.process.wait()


@dataclass(frozen=True)
class Works:
    """A company, the program that writes for it (with its publisher), and the workers it may start."""

    world: World
    rt: Runtime
    receiver: Receiver
    environment: dict[str, str]
    folder: Path

    @asynccontextmanager
    async def worker(self) -> AsyncIterator[WorkerProgram]:
        """A worker that has said it is ready."""
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-c",
            "import logging; logging.basicConfig(level=logging.INFO); from workers.main import main; main()",
            cwd=self.folder,
            env={**os.environ, **self.environment},
        )
        program = WorkerProgram(process)
        try:
            await until(lambda: self._lives(process), "the worker to be ready")
            yield program
        finally:
            await program.kill()
            await self.rt.redis.flushall()

    async def _lives(self, process: asyncio.subprocess.Process) -> bool:
        assert process.returncode is None, "the worker ended"
        return bool(await heartbeat.living(self.rt.redis))

    async def endpoint(self, path: str = "/ok", *event_types: str) -> WebhookEndpoint:
        url = await endpoints.checked(self.rt, self.receiver.url(path), by=self.world.owner)
        async with self.rt.db.tenant(self.world.company_id) as db:
            made, _ = await endpoints.create(
                db, self.rt, url, event_types=event_types, by=self.world.owner, at=self.rt.clock()
            )
        return made

    async def ping(self, endpoint: WebhookEndpoint) -> None:
        async with self.rt.db.tenant(self.world.company_id) as db:
            await endpoints.send_test(db, endpoint.id, by=self.world.owner, at=self.rt.clock())

    async def jobs(self) -> list[OutboxRow]:
        async with self.rt.db.tenant(self.world.company_id) as db:
            return list(await db.scalars(select(OutboxRow).order_by(OutboxRow.id)))

    async def all_done(self) -> bool:
        return all(job.done_at is not None for job in await self.jobs())

    async def deliveries(self) -> list[WebhookDelivery]:
        async with self.rt.db.tenant(self.world.company_id) as db:
            return list(await db.scalars(select(WebhookDelivery).order_by(WebhookDelivery.id)))


async def until(condition: Callable[[], object], what: str, seconds: float = LONG) -> None:
    """Waits for a condition, which may be a coroutine function. Fails naming what it waited for."""
    try:
        async with asyncio.timeout(seconds):
            while True:
                answer = condition()
                if await answer if asyncio.iscoroutine(answer) else answer:
                    return
                await asyncio.sleep(0.02)
    except TimeoutError:
        pytest.fail(f"waited {seconds} s for {what}")


@pytest.fixture(scope="session")
def broker_url() -> Iterator[str]:
    """A Valkey for these tests alone: they empty it."""
    with servers.server_home() as home, servers.start_valkey(home) as url:
        yield url


@asynccontextmanager
async def open_works(database: DatabaseUrls, broker_url: str, folder: Path) -> AsyncIterator[Works]:
    """A company on these servers."""
    async with receiver() as made:
        hooks = read(WebhookSettings, allow_http=True, allowed_private_origins=(made.origin,))
        publisher = RedisPublisher(broker_url, PATIENCE)
        rt = build(
            common=read(CommonSettings, secret_key=KEY),
            database=read(DatabaseSettings, url=database.app, pool_timeout=PATIENCE),
            redis=read(RedisSettings, url=broker_url, timeout=PATIENCE),
            webhooks=hooks,
            publish=publisher,
        )
        environment = {
            "OTKLIK_SECRET_KEY": KEY,
            "OTKLIK_DATABASE_URL": database.app,
            "OTKLIK_REDIS_URL": broker_url,
            "OTKLIK_WEBHOOK_ALLOW_HTTP": "true",
            "OTKLIK_WEBHOOK_TIMEOUT": "50",  # less than a claim, and more than a busy machine needs
            "OTKLIK_TTS": "cartesia/sonic-3",  # without a key there is no voice, so nothing is rendered
            "OTKLIK_WEBHOOK_ALLOWED_PRIVATE_ORIGINS": f'["{made.origin}"]',
            "PYTHONPATH": str(ROOT),
        }
        await rt.redis.flushall()
        yield Works(await new_world(rt), rt, made, environment, folder)
        await publisher.close()
        await rt.close()


@pytest.fixture
async def works(own_database: DatabaseUrls, broker_url: str, tmp_path: Path) -> AsyncIterator[Works]:
    async with open_works(own_database, broker_url, tmp_path) as opened:
        yield opened
