"""Compiling somebody's text holds up nobody else: no thread, no connection, no endless wait."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager

import httpx
import pytest
from litestar import Litestar
from sqlalchemy.pool import QueuePool

from app.bots import drafting
from app.bots.compiling import SUBMITTED, THREADS, Compiling
from app.calls import scenarios
from app.errors import TooManyRequests
from tests.support.asgi import asgi
from tests.support.waiting import LONG
from tests.support.world import EXAMPLES, World

pytestmark = pytest.mark.integration

SOURCE = (EXAMPLES / "dental.yaml").read_text(encoding="utf-8")


@asynccontextmanager
async def busy(compiling: Compiling, threads: int = THREADS) -> AsyncIterator[None]:
    """All threads are taken until the end of the block."""
    release = threading.Event()
    held = [asyncio.create_task(compiling.run(release.wait)) for _ in range(threads)]
    await waiting(compiling, threads)
    try:
        yield
    finally:
        release.set()
        await asyncio.gather(*held, return_exceptions=True)


async def waiting(compiling: Compiling, number: int) -> None:
    async with asyncio.timeout(LONG):
        while compiling.waiting < number:
            await asyncio.sleep(0.001)


async def test_whoever_waits_too_long_is_told_to_come_again_and_the_work_is_dropped() -> None:
    compiling, begun = Compiling("test", threads=1, longest=LONG), list[str]()
    async with busy(compiling, threads=1):
        compiling._longest = 0.05  # of this one caller: the thread is not free before it is over
        with pytest.raises(TooManyRequests) as caught:
            await compiling.run(lambda: begun.append("late"))
        compiling._longest = LONG
    assert caught.value.facts["headers"] == {"retry-after": "10"}
    await compiling.run(lambda: begun.append("next"))
    assert begun == ["next"]


async def test_neither_texts_nor_calls_wait_for_the_threads_of_everything_else() -> None:
    release, loop = threading.Event(), asyncio.get_running_loop()
    loop.set_default_executor(ThreadPoolExecutor(1))
    held = asyncio.create_task(asyncio.to_thread(release.wait))
    try:
        async with asyncio.timeout(LONG):
            await drafting.checked_source(SOURCE, "dental.yaml")
            async with busy(SUBMITTED):
                await scenarios.compiled(SOURCE + "# a version that no process has kept\n")
    finally:
        release.set()
        await held
        loop.set_default_executor(ThreadPoolExecutor())


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/bots/dental/versions", {"source": SOURCE}, 201),
        ("/bots/dental/versions/2/publish", None, 200),
        ("/scenarios/validate", {"source": SOURCE}, 200),
    ],
)
async def test_no_connection_is_held_while_a_text_waits_to_be_compiled(
    world: World, app: Litestar, path: str, body: dict[str, str] | None, status: int
) -> None:
    rt = world.rt
    pool = app.state.rt.db.engine.sync_engine.pool
    assert isinstance(pool, QueuePool)
    bot = await world.bot("dental")
    async with rt.db.tenant(world.company_id) as db:
        source = drafting.CheckedSource(SOURCE)
        await drafting.save_draft(db, bot.id, source, by=world.owner, at=rt.clock())
    headers = {"authorization": f"Bearer {await world.key()}"}
    async with httpx.AsyncClient(transport=asgi(app), base_url="http://otklik.test/api/v1", headers=headers) as api:
        async with busy(SUBMITTED):
            asked = asyncio.create_task(api.post(path, json=body))
            await waiting(SUBMITTED, THREADS + 1)
            assert pool.checkedout() == 0
        assert (await asked).status_code == status
