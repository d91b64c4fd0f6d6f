"""One process carries many calls and requests on one event loop: what holds it makes all of them wait.

The bound is a time, which tests here otherwise never assert, because there is no other way to see a computation or a
blocking call on the loop. It is the processor's time, measured against work that is always the same, so a slow or a
busy machine changes nothing. Noise only ever adds to it: a garbage collection, a thread that holds the interpreter.
What our code does on the loop is there every time, at the same place. So a scene is played until no place is left
that broke the bound in every play.
"""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Awaitable, Callable

import httpx
import pytest
from litestar import Litestar

from app.runtime import Runtime
from app.voice.text import TextCalls
from tests.support.asgi import asgi
from tests.support.loop_watch import Block, slowness, watched_loop, work
from tests.support.servers import DatabaseUrls
from tests.support.world import EXAMPLES, World

pytestmark = [pytest.mark.integration, pytest.mark.timeout(900)]

BOUND = 0.010
"""Seconds; promises.md gives our whole share of a voice turn this long."""
TIMES = 20
"""Most times that a scene is played."""

TURNS = ("Здравствуйте, запишите на чистку послезавтра", "в шесть вечера", "Ольга Климова")

Scene = Callable[[], Awaitable[None]]


async def held(scene: Scene) -> list[Block]:
    """The blocks that broke the bound in every play, each as the last play saw it."""
    found: dict[tuple[str, str], Block] | None = None
    for _ in range(TIMES):
        with watched_loop() as watch:
            await scene()
        assert watch.callbacks > 10, "the loop was not watched"
        slow = slowness()
        over = {block.site: block for block in watch.blocks if max(block.computed / slow, block.blocked) > BOUND}
        found = {site: block for site, block in over.items() if found is None or site in found}
        if not found:
            break
    return list((found or {}).values())


async def test_a_typed_call_keeps_the_loop_free(rt: Runtime, world: World) -> None:
    bot = await world.bot("dental")
    calls = TextCalls(rt)
    await calls.warm()

    async def call() -> None:
        call_id = await calls.start(world.company_id, bot.id, by=world.owner)
        for text in TURNS:
            await calls.say(world.company_id, call_id, text)
        await calls.hang_up(world.company_id, call_id)

    try:
        assert await held(call) == []
    finally:
        await calls.close()


async def test_the_first_call_of_a_warm_process_loads_nothing(
    database: DatabaseUrls, redis_url: str, world: World
) -> None:
    bot = await world.bot("dental")
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.support.first_call",
        database.app,
        redis_url,
        str(world.company_id),
        str(bot.id),
        *TURNS,
        stdout=asyncio.subprocess.PIPE,
    )
    loaded, _ = await process.communicate()
    assert (process.returncode, loaded.decode().split()) == (0, [])


async def test_the_api_keeps_the_loop_free(app: Litestar, rt: Runtime, world: World) -> None:
    bot = await world.bot("dental")
    calls = TextCalls(rt)
    call_id = await calls.start(world.company_id, bot.id, by=world.owner)
    await calls.hang_up(world.company_id, call_id)
    await calls.close()
    source = (EXAMPLES / "viewings.yaml").read_text(encoding="utf-8")
    headers = {"authorization": f"Bearer {await world.key()}"}

    async with httpx.AsyncClient(transport=asgi(app), base_url="http://otklik.test/api/v1", headers=headers) as api:

        async def use() -> None:
            for path in ("/bots", "/calls", f"/calls/{call_id}", "/webhooks/endpoints"):
                assert (await api.get(path)).status_code == 200
            assert (await api.post("/scenarios/validate", json={"source": source})).json()["valid"]
            draft = await api.post(f"/bots/{bot.slug}/versions", json={"source": source})
            published = await api.post(f"/bots/{bot.slug}/versions/{draft.json()['version']}/publish")
            assert published.status_code == 200

        assert await held(use) == []


@pytest.mark.parametrize(
    "hold", [lambda: time.sleep(0.02), lambda: [work() for _ in range(100)]], ids=["block", "compute"]
)
async def test_the_watcher_sees_a_callback_that_holds_the_loop(hold: Callable[[], object]) -> None:
    async def scene() -> None:
        for _ in range(20):
            await asyncio.sleep(0)
        hold()  # what the other tests look for
        await asyncio.sleep(0)

    (block,) = await held(scene)
    assert "test_event_loop.py" in block.stopped_at
