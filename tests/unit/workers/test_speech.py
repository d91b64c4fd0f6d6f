"""Rendering ahead takes long; a worker does little of it at a time, so that calls are analysed meanwhile."""

from __future__ import annotations

import asyncio
from typing import cast
from uuid import UUID, uuid4

import pytest

from workers import speech
from workers.jobs import NotNow
from workers.tools import Tools

pytestmark = pytest.mark.unit


class _Tools:
    rt = None


async def test_a_worker_renders_few_bots_at_a_time_and_none_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    go, begun = asyncio.Event(), 0

    async def prepare(*_: object, **__: object) -> int:
        nonlocal begun
        begun += 1
        await go.wait()
        return 0

    monkeypatch.setattr(speech, "prepare", prepare)
    tools, company, bots = cast("Tools", _Tools()), UUID(int=1), [str(uuid4()) for _ in range(speech.AT_ONCE + 1)]

    def render(bot: str) -> asyncio.Task[None]:
        return asyncio.ensure_future(speech.prepare_speech(tools, company, bot_id=bot, version=1))

    running = [render(bot) for bot in bots[: speech.AT_ONCE]]
    await asyncio.sleep(0)
    for refused in (bots[-1], bots[0]):
        with pytest.raises(NotNow):
            await render(refused)
    go.set()
    await asyncio.gather(*running)
    await render(bots[-1])
    assert begun == speech.AT_ONCE + 1
