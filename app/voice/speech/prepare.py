"""Rendering ahead what a bot always says the same, so that its first caller waits for no synthesis. Light to import."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from uuid import UUID

from app.bots import queries as bots
from app.bots.voicing import voice_of
from app.calls.scenarios import compiled
from app.errors import NoVoice, ScenarioRejected
from app.runtime import Runtime
from app.voice.providers.speech import SpeechSource, speech_source
from app.voice.speech.plans import tidy

log = logging.getLogger(__name__)

SECONDS = 40.0
"""After this long no sentence is begun any more; what is left is for the next try. A job may take a little longer."""


async def prepare(
    rt: Runtime,
    company_id: UUID,
    bot_id: UUID,
    version: int,
    *,
    source: SpeechSource | None = None,
    seconds: float = SECONDS,
    enough: Callable[[], bool] = lambda: False,
) -> int:
    """Renders what is missing of a bot's published version, and removes what nobody needs any more.

    No sentence is begun any more after `seconds`, or when `enough` says so. Returns how many are still missing; the
    plan says why. A version that is not the published one any more, and a bot without a voice, need nothing.
    Raises NotFound, OSError, a database's error.
    """
    clock = asyncio.get_running_loop().time
    until = clock() + seconds
    async with rt.db.tenant(company_id) as db:
        bot = await bots.bot(db, bot_id)
        text = (await bots.config(db, bot_id, version)).source
        everyone = frozenset(one.id for one in await db.scalars(bots.bots()))
    if bot.published_version != version:
        return 0
    voice = voice_of(bot)
    try:
        scenario = await compiled(text)
        speech = await (source or speech_source(rt)).speech(
            company_id, voice, language=scenario.language, languages=scenario.languages, keyterms=()
        )
    except (ScenarioRejected, NoVoice) as error:
        log.info("bot %s has nothing to be rendered: %s", bot_id, error.code)
        return 0
    try:
        from app.voice.speech.rendering import Rendering  # noqa: PLC0415  # livekit, loaded with the speech

        rendering = Rendering(rt.files, company_id, bot_id, speech)
        missing = await rendering.run(version, voice, scenario, enough=lambda: enough() or clock() >= until)
    finally:
        await speech.aclose()
    await tidy(rt.files, company_id, everyone)
    return missing
