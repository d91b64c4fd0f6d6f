"""Typed calls: what the dashboard and the command line use. Light to import; livekit is loaded at the first call.

A call lives in the process that answered its last turn. Another process that gets the next turn takes the call over
under the lock of its row and goes on from the stored state; the one before finds out and lets go.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING
from uuid import UUID

from app.bots import queries as bots
from app.calls import queries, writing
from app.calls.models import CallStatus, Channel, Direction, Turn, TurnRole
from app.calls.recorder import Recorder
from app.calls.rules import clean_utterance
from app.calls.scenarios import compiled
from app.calls.writing import Hold, NewCall
from app.db import away
from app.db.session import TenantDb
from app.errors import CallBusy, CallEnded, NotFound
from app.runtime import Runtime
from app.scenario.compiled import CompiledScenario
from app.scenario.state import CallStart, CallState
from app.settings import CallSettings, LlmSettings, read
from app.tenants import queries as tenants
from app.tenants.actors import Actor
from app.voice.carrying import Carried
from app.voice.phrasing import REMEMBERED, Line, Phraser
from app.voice.providers import language_model
from app.voice.warming import warm

if TYPE_CHECKING:
    from app.voice.conversation import Conversation

TAKE_OVERS = 5
"""Times one utterance follows a call that other processes keep taking."""


class TextCalls:
    """The typed calls of one process. Close it with the program: running calls stay open for another process."""

    def __init__(self, rt: Runtime, *, llm: LlmSettings | None = None, calls: CallSettings | None = None) -> None:
        self._rt = rt
        self._llm = llm or read(LlmSettings)
        self._calls = calls or read(CallSettings)
        self._hold = Hold(rt.process, self._calls.lease)
        self._phraser: Phraser | None = None
        self._carried = Carried(rt, self._calls)
        self._taking = asyncio.Lock()

    async def warm(self) -> None:
        """Loads what the first call would wait for; call it once the program serves."""
        await warm(model=self._llm.base_url is not None)

    async def start(
        self,
        company_id: UUID,
        bot_id: UUID,
        *,
        by: Actor | None,
        version: int | None = None,
        caller_number: str | None = None,
    ) -> UUID:
        """A trial call of the bot's published version, or of `version`; returns when the greeting is in the record.

        Raises Forbidden, NotFound, BotNotPublished, ScenarioRejected, TooManyCalls, ServiceUnavailable.
        """
        if by is not None:
            by.need("bots:try")
        began = self._rt.clock()
        with away.told():
            async with self._rt.db.tenant(company_id) as db:
                config = await bots.config_to_try(db, bot_id, version)
                company = await tenants.company(db)
            scenario = await compiled(config.source)
            call_id = self._rt.ids()
            conversation = await self._conversation(scenario, company_id, call_id)
            start = CallStart(
                at=began,
                zone=company.zone,
                region=company.region,
                caller_phone=caller_number,
                channel=Channel.TEXT.value,
            )
            new = NewCall(call_id, bot_id, config.id, Direction.TRIAL, Channel.TEXT, caller_number, began)
            await conversation.begin(new, start)
        self._carried.add(conversation)
        return call_id

    async def say(self, company_id: UUID, call_id: UUID, text: str) -> None:
        """One utterance of the caller; empty text is a silence. Returns when the reply is in the record.

        Raises NotFound, CallEnded, CallBusy, ServiceUnavailable (nothing was written: say it again).
        """
        with away.told():
            for _ in range(TAKE_OVERS):
                conversation = await self._carried_or_taken(company_id, call_id)
                try:
                    await conversation.hear(text)
                except CallBusy:
                    await conversation.let_go()
                    if await self._has(company_id, call_id, conversation.unsure, text):
                        return await self._go_on(company_id, call_id)
                except CallEnded:
                    await conversation.let_go()
                    raise
                else:
                    return None
            raise CallBusy

    async def hang_up(self, company_id: UUID, call_id: UUID) -> None:
        """The caller ends the call. Does nothing when it has ended. Raises NotFound, CallBusy, ServiceUnavailable."""
        with away.told():
            for _ in range(TAKE_OVERS):
                try:
                    conversation = await self._carried_or_taken(company_id, call_id)
                except CallEnded:
                    return
                try:
                    await conversation.hang_up()
                except CallBusy:
                    await conversation.let_go()
                except CallEnded:
                    await conversation.let_go()
                    return
                else:
                    return
            raise CallBusy

    async def close(self) -> None:
        """Lets every call go; their leases run out unless another process takes them over."""
        await self._carried.close()
        if self._phraser is not None and self._phraser.model is not None:
            await self._phraser.model.close()

    async def _conversation(self, scenario: CompiledScenario, company_id: UUID, call_id: UUID) -> Conversation:
        await self.warm()
        from app.voice import conversation, transport  # noqa: PLC0415  # livekit, loaded by now

        recorder = Recorder(
            self._rt.db,
            self._rt.redis,
            scenario,
            company_id,
            call_id,
            holder=self._rt.process,
            settings=self._calls,
        )
        return conversation.Conversation(
            scenario,
            recorder,
            self._phraser_of_settings(),
            transport.Typed(self._calls.text_silence),
            self._rt.clock,
            on_over=self._carried.drop,
        )

    def _phraser_of_settings(self) -> Phraser:
        if self._phraser is None:
            self._phraser = Phraser(language_model(self._llm), self._llm)
        return self._phraser

    async def _carried_or_taken(self, company_id: UUID, call_id: UUID) -> Conversation:
        """The conversation of a running call, taken over when this process does not carry it."""
        return self._carried.find(company_id, call_id) or await self._take_once(company_id, call_id)

    async def _has(self, company_id: UUID, call_id: UUID, unsure: tuple[int, str] | None, text: str) -> bool:
        """Whether these words are in the record already: their commit came through, its answer was lost, and the
        caller, told that nothing was written, said them again."""
        if unsure is None or unsure[1] != clean_utterance(text):
            return False
        seq, words = unsure
        async with self._rt.db.tenant(company_id) as db:
            turn = await db.scalar(queries.turns_of(call_id).where(Turn.seq == seq))
        return turn is not None and (turn.role, turn.text) == (TurnRole.CALLER, words)

    async def _go_on(self, company_id: UUID, call_id: UUID) -> None:
        with suppress(CallEnded):
            await self._carried_or_taken(company_id, call_id)

    async def _take_once(self, company_id: UUID, call_id: UUID) -> Conversation:
        """Two turns of one call that arrive together take it over once."""
        async with self._taking:
            return self._carried.find(company_id, call_id) or await self._take_over(company_id, call_id)

    async def _take_over(self, company_id: UUID, call_id: UUID) -> Conversation:
        async with self._rt.db.tenant(company_id) as db:
            call = await queries.call(db, call_id)
            if call.channel is not Channel.TEXT:
                raise NotFound  # nobody types into a spoken call
            if call.status is not CallStatus.RUNNING:
                raise CallEnded
            source = (await bots.config_by_id(db, call.config_id)).source
        scenario = await compiled(source)
        conversation = await self._conversation(scenario, company_id, call_id)
        async with self._rt.db.tenant(company_id) as db:
            call = await writing.take_over(db, call_id, self._hold)
            state = CallState.from_json(call.state)
            talk = await _talk(db, call_id)
        await conversation.resume(state, talk)
        self._carried.add(conversation)
        return conversation


async def _talk(db: TenantDb, call_id: UUID) -> list[Line]:
    turns = reversed((await db.scalars(queries.latest_turns(call_id, REMEMBERED))).all())
    return [Line("agent" if turn.role is TurnRole.AGENT else "caller", turn.text) for turn in turns]
