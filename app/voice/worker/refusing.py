"""A call that cannot be taken: the caller hears why, or hears busy, and the company and the operator can see it."""

from __future__ import annotations

import asyncio
import logging

from livekit.agents import Agent, AgentSession

from app.bots import queries as bots
from app.bots.voice import BotVoice
from app.errors import NoVoice, OtklikError, TooManyCalls
from app.i18n import translate
from app.runtime import Runtime
from app.tenants import queries as tenants
from app.tenants.actors import SYSTEM
from app.tenants.audit import audit
from app.voice.providers.speech import SpeechSource
from app.voice.spoken import Incoming
from app.voice.worker.arrival import BadDispatch, UnknownNumber, masked
from app.voice.worker.room_line import RoomLine

log = logging.getLogger(__name__)

SENTENCE_WITHIN = 20.0
"""Seconds until the caller has heard the sentence; then the call ends without."""


async def refuse(
    rt: Runtime, speech: SpeechSource, line: RoomLine, incoming: Incoming | None, error: Exception
) -> None:
    """Logs the cause, notes it for the company that was called, tells the caller in its language, ends the call.

    Where nobody can be told, a ringing phone hears busy: the room is gone before it was answered.
    """
    code = error.code if isinstance(error, OtklikError) else type(error).__name__
    expected = isinstance(error, OtklikError | UnknownNumber | BadDispatch)
    number = masked(incoming.called_number) if incoming else str(error)
    log.warning("a call to %s was refused: %s", number, code, exc_info=None if expected else error)
    try:
        if incoming is not None:
            async with asyncio.timeout(SENTENCE_WITHIN):
                await _note(rt, incoming, code)
                if not isinstance(error, NoVoice):
                    await _say(rt, speech, line, incoming, "busy" if isinstance(error, TooManyCalls) else "closed")
    except Exception as second:  # noqa: BLE001  # whatever is broken, the call must end
        log.warning("the caller was told nothing: %s", type(second).__name__)
    finally:
        await line.hang_up()


async def _note(rt: Runtime, incoming: Incoming, code: str) -> None:
    after = {"reason": code, "channel": incoming.channel.value}
    async with rt.db.tenant(incoming.company_id) as db:
        audit(db, SYSTEM, rt.clock(), "call.refused", incoming.bot_id, after=after)


async def _say(rt: Runtime, speech: SpeechSource, line: RoomLine, incoming: Incoming, what: str) -> None:
    async with rt.db.tenant(incoming.company_id) as db:
        voice = BotVoice.model_validate((await bots.bot(db, incoming.bot_id)).voice)
        language = (await tenants.company(db)).language
    found = await speech.speech(incoming.company_id, voice, language=language, languages=[language], keyterms=[])
    session: AgentSession[None] = AgentSession(tts=found.tts, user_away_timeout=None)
    try:
        await line.start(session, Agent(instructions=""))
        _ = await session.say(translate(language, f"voice.refused.{what}"), allow_interruptions=False)
    finally:
        await session.aclose()
        await found.aclose()
