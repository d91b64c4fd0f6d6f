"""Jobs that make a bot's speech ready."""

from __future__ import annotations

from uuid import UUID

from app.voice.speech import loading
from workers.jobs import NotNow, job
from workers.main_thread import on_main_thread
from workers.tools import Tools


@job("prepare_speech")
async def prepare_speech(tools: Tools, company_id: UUID, *, bot_id: str, version: int) -> None:
    """Renders what the version always says the same. Comes again while some of it is missing."""
    await on_main_thread(loading.load)
    from app.voice.speech.prepare import prepare  # noqa: PLC0415  # livekit, loaded by now

    if await prepare(tools.rt, company_id, UUID(bot_id), version):
        raise NotNow
