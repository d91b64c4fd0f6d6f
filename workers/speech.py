"""Jobs that make a bot's speech ready."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from app.voice.providers.loading import load_with
from app.voice.speech.prepare import prepare
from workers.jobs import NotNow, job
from workers.main_thread import on_main_thread, stopping
from workers.tools import Tools

load_with(on_main_thread)


AT_ONCE = 2
"""Bots whose speech a worker renders at a time: the work is long, and what follows a call must not wait for it."""

_rendering: set[str] = set()


@job("prepare_speech", limit=timedelta(seconds=58))
async def prepare_speech(tools: Tools, company_id: UUID, *, bot_id: str, version: int) -> None:
    """Renders what the version always says the same. Comes again while some of it is missing, or others are at it."""
    if bot_id in _rendering or len(_rendering) >= AT_ONCE:
        raise NotNow
    _rendering.add(bot_id)
    try:
        if await prepare(tools.rt, company_id, UUID(bot_id), version, enough=stopping):
            raise NotNow
    finally:
        _rendering.discard(bot_id)
