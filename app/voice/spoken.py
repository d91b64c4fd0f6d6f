"""Spoken calls: what the browser's socket and the agent's jobs use. Light to import; livekit is loaded by `warm`."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID

from app.bots import queries as bots
from app.bots.voice import BotVoice
from app.calls.models import Channel, Direction
from app.calls.recorder import Recorder
from app.calls.scenarios import compiled
from app.calls.writing import NewCall
from app.db import away
from app.runtime import Runtime
from app.scenario.compiled import CompiledScenario
from app.scenario.state import CallStart, EndReason
from app.settings import CallSettings, LlmSettings, read
from app.tenants import queries as tenants
from app.tenants.actors import Actor
from app.voice.carrying import Carried
from app.voice.phrasing import Phraser
from app.voice.providers.keyterms import keyterms_of
from app.voice.providers.speech import SpeechSource, speech_source
from app.voice.speech.cache import SpeechCache
from app.voice.warming import warm

if TYPE_CHECKING:
    from app.voice.conversation import Conversation
    from app.voice.transport import AudioLine


@dataclass(frozen=True)
class Incoming:
    """What is known of a spoken call when it begins. `version` None: the published one; `by` None: no person asked."""

    company_id: UUID
    bot_id: UUID
    direction: Direction
    channel: Channel
    version: int | None = None
    caller_number: str | None = None
    called_number: str | None = None
    room: str | None = None
    by: Actor | None = None
    call_id: UUID | None = None


class SpokenCalls:
    """The spoken calls of one process: of a web program its sockets, of an agent's job its room."""

    def __init__(
        self,
        rt: Runtime,
        *,
        llm: LlmSettings | None = None,
        calls: CallSettings | None = None,
        speech: SpeechSource | None = None,
    ) -> None:
        self._rt = rt
        self._llm = llm or read(LlmSettings)
        self._calls = calls or read(CallSettings)
        self._source = speech
        self._carried = Carried(rt, self._calls)
        self._cache = SpeechCache(rt.files)

    async def warm(self) -> None:
        """Loads what the first call would wait for."""
        await warm(model=self._llm.base_url is not None)

    async def start(self, incoming: Incoming, line: AudioLine) -> Conversation:
        """Opens the call's record and begins to speak the greeting; the conversation then goes on by itself.

        Raises Forbidden, NotFound, BotNotPublished, ScenarioRejected, TooManyCalls, NoVoice, ServiceUnavailable; then
        there is no call, and the line is left as it was.
        """
        if incoming.by is not None:
            incoming.by.need("bots:try")
        began = self._rt.clock()
        company_id = incoming.company_id
        with away.told():
            async with self._rt.db.tenant(company_id) as db:
                config = await bots.config_to_try(db, incoming.bot_id, incoming.version)
                voice = BotVoice.model_validate((await bots.bot(db, incoming.bot_id)).voice)
                company = await tenants.company(db)
        scenario = await compiled(config.source)
        await self.warm()
        async with AsyncExitStack() as unused:
            talk, names = await self._conversation(unused, incoming, line, scenario=scenario, voice=voice)
            new = NewCall(
                talk.recorder.call_id,
                incoming.bot_id,
                config.id,
                incoming.direction,
                incoming.channel,
                incoming.caller_number,
                began,
                called_number=incoming.called_number,
                room=incoming.room,
                voice=names,
            )
            start = CallStart(
                at=began,
                zone=company.zone,
                region=company.region,
                caller_phone=incoming.caller_number,
                channel=incoming.channel.value,
            )
            await talk.begin(new, start)
            unused.pop_all()
        self._carried.add(talk)
        return talk

    async def _conversation(
        self,
        unused: AsyncExitStack,
        incoming: Incoming,
        line: AudioLine,
        *,
        scenario: CompiledScenario,
        voice: BotVoice,
    ) -> tuple[Conversation, dict[str, str]]:
        """The call's parts put together, and their names. `unused` takes back what only a call that begins needs."""
        from app.voice import conversation, transport  # noqa: PLC0415  # livekit, loaded by now
        from app.voice.recording import Tape  # noqa: PLC0415
        from app.voice.speech.mouth import mouth_of  # noqa: PLC0415

        if self._source is None:
            self._source = speech_source(self._rt)
        company_id = incoming.company_id
        with away.told():  # keys are in the database
            speech = await self._source.speech(
                company_id,
                voice,
                language=scenario.language,
                languages=scenario.languages,
                keyterms=keyterms_of(scenario),
            )
        unused.push_async_callback(speech.aclose)
        with away.told():
            model = await self._source.model(company_id, voice)
        if model is not None:
            unused.push_async_callback(model.close)
        call_id = incoming.call_id or self._rt.ids()
        recorder = Recorder(
            self._rt.db,
            self._rt.redis,
            scenario,
            company_id,
            call_id,
            holder=self._rt.process,
            settings=self._calls,
        )
        sound = transport.Sound(
            speech,
            mouth_of(speech, voice, self._cache, company_id, scenario),
            voice,
            Tape(self._rt.db, self._rt.files, company_id, call_id) if voice.record else None,
        )
        talk = conversation.Conversation(
            scenario,
            recorder,
            Phraser(model, self._llm),
            transport.Spoken(line, sound),
            self._rt.clock,
            on_over=self._carried.drop,
        )
        names = {**speech.names, **({} if model is None else {"llm": model.name})}
        return talk, names

    async def close(self) -> None:
        """Ends every call: nobody else can go on with its line."""
        await asyncio.gather(
            *(talk.caller_gone(EndReason.INTERRUPTED) for talk in self._carried), return_exceptions=True
        )
        await self._carried.close()
        await self._cache.close()
