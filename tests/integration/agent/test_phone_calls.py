"""Phones at a real LiveKit server, answered by a real `otklik agent`."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from app.bots import drafting
from app.calls.models import CallStatus, Channel, Direction, EndedBy, TurnKind, TurnRole
from app.telephony.rooms import Rooms
from app.tenants.models import AuditEntry
from tests.integration.agent.conftest import Clinic, Providers, give_number
from tests.support import spoken
from tests.support.agent_program import AgentProgram
from tests.support.livekit_server import LiveKitServer
from tests.support.phone import phone
from tests.support.waiting import until
from tests.support.world import World
from workers.rooms import RoomWatch

pytestmark = pytest.mark.integration


async def test_a_caller_is_heard_and_answered(
    agent: AgentProgram, server: LiveKitServer, clinic: Clinic, providers: Providers
) -> None:
    providers.ears.will_hear("Сколько стоит чистка зубов?")
    async with phone(server, clinic.number, caller="89161234567") as caller:
        await caller.status("active")
        await caller.hears()
        call = await clinic.call()
        assert (call.direction, call.channel, call.status) == (Direction.INBOUND, Channel.PHONE, CallStatus.RUNNING)
        assert (call.called_number, call.caller_number) == (f"+{clinic.number}", "+79161234567")
        assert (call.room, call.voice["stt"]) == (caller.name, "deepgram/nova-3")
        await caller.say(spoken.line("ru_elena_04").pcm + spoken.silence(3))

        async def answered() -> bool:
            turns = await clinic.turns(call.id)
            return len(turns) >= 3 and turns[-1].role is TurnRole.AGENT

        await until(answered)
        await caller.hang_up()
    ended = await clinic.ended()
    assert (ended.status, ended.ended_by) == (CallStatus.ENDED, EndedBy.CALLER)
    assert "Сколько стоит чистка зубов?" in [turn.text for turn in await clinic.turns(call.id)]
    await _gone(server, caller.name)


async def test_keys_are_taken_one_by_one_and_the_bots_goodbye_ends_the_call(
    agent: AgentProgram, server: LiveKitServer, clinic: Clinic, providers: Providers
) -> None:
    providers.ears.will_hear("Спасибо, до свидания.")
    async with phone(server, clinic.number) as caller:
        await caller.status("active")
        await caller.hears()
        call = await clinic.call()
        await caller.press("12")

        async def pressed() -> bool:
            keys = [turn.text for turn in await clinic.turns(call.id) if turn.kind is TurnKind.DTMF]
            return keys in (["1", "2"], ["12"])

        await until(pressed)
        await caller.say(spoken.line("ru_elena_29").pcm + spoken.silence(3))
        await caller.is_over()
    ended = await clinic.ended()
    assert (ended.status, ended.ended_by) == (CallStatus.ENDED, EndedBy.BOT)


async def test_a_phone_that_vanished_is_let_go_when_the_bridge_says_so(
    agent: AgentProgram, server: LiveKitServer, clinic: Clinic
) -> None:
    async with phone(server, clinic.number) as caller:
        await caller.hears()
        await caller.status("hangup")  # the bridge keeps it in the room for half a minute more
        await caller.is_over()
    assert (await clinic.ended()).ended_by is EndedBy.CALLER


async def test_a_number_that_nobody_has_hears_busy_and_stands_in_no_log(
    agent: AgentProgram, server: LiveKitServer
) -> None:
    async with phone(server, "74990000000", caller="79031112233") as caller:
        await caller.is_over()
    assert caller.heard == 0

    async def said() -> bool:
        return "a call to +7…00 was refused: UnknownNumber" in agent.log

    await until(said)
    assert "4990000000" not in agent.log
    assert "9031112233" not in agent.log


async def test_the_limit_of_a_company_holds_over_the_processes_of_its_calls(
    agent: AgentProgram, server: LiveKitServer, clinic: Clinic, providers: Providers
) -> None:
    async with phone(server, clinic.number) as first, phone(server, clinic.number) as second:
        await first.hears()
        await second.hears()
        async with phone(server, clinic.number) as third:
            await third.hears()
            await third.is_over()
        assert any("линии заняты" in words for words in providers.mouth.said)
        assert [call.status for call in await clinic.calls()] == [CallStatus.RUNNING] * 2
    async with clinic.world.rt.db.tenant(clinic.world.company_id) as db:
        refused = (await db.scalars(select(AuditEntry).where(AuditEntry.action == "call.refused"))).all()
    assert [entry.after for entry in refused] == [{"reason": "too_many_calls", "channel": "phone"}]
    await clinic.all_over()


async def test_a_bot_that_was_never_published_says_so_and_hangs_up(
    agent: AgentProgram, server: LiveKitServer, world: World
) -> None:
    async with world.rt.db.tenant(world.company_id) as db:
        bot = await drafting.create_bot(db, slug="new", name="New", by=world.owner, at=world.rt.clock())
    number = await give_number(world.rt, world.company_id, bot.id)
    async with phone(server, number) as caller:
        await caller.hears()
        await caller.is_over()
    assert await Clinic(world, bot, number).calls() == []


async def test_a_phone_without_an_agent_gets_one_or_is_hung_up(
    agent: AgentProgram, server: LiveKitServer, clinic: Clinic
) -> None:
    time = 0.0
    rooms = Rooms(server.settings)
    watch = RoomWatch(clinic.world.rt, rooms, lambda: time)
    try:
        async with phone(server, clinic.number, agent=None) as caller:  # as if all agents had been full
            await watch.find_agents()
            time = 3.0
            await watch.find_agents()
            await caller.hears()
            time = 100.0
            await watch.find_agents()  # it has its agent: nothing happens to it
            assert not caller.left.is_set()
        async with phone(server, clinic.number, agent=None) as unlucky:
            await watch.find_agents()
            time = 110.0
            await watch.find_agents()
            await unlucky.is_over()
    finally:
        await rooms.aclose()


async def test_a_room_does_not_outlive_its_call(agent: AgentProgram, server: LiveKitServer, clinic: Clinic) -> None:
    later = replace(clinic.world.rt, clock=lambda: clinic.world.rt.clock() + timedelta(minutes=1))
    rooms = Rooms(server.settings)
    watch = RoomWatch(later, rooms)
    try:
        async with phone(server, clinic.number) as caller:
            await caller.hears()
            await watch.end_finished()
            assert caller.name in await rooms.names()  # its call runs
        await clinic.ended()
        await _gone(server, caller.name)
        await rooms.create(caller.name)  # as if its agent had died at the end
        await watch.end_finished()
        assert caller.name not in await rooms.names()
    finally:
        await rooms.aclose()


async def _gone(server: LiveKitServer, name: str) -> None:
    rooms = Rooms(server.settings)

    async def gone() -> bool:
        return name not in await rooms.names()

    try:
        await until(gone)
    finally:
        await rooms.aclose()
