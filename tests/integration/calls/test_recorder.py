"""Only the holder of a call moves it on, from the turn it knows, and a turn is in the record whole or not at all."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy.exc import IntegrityError

from app.bots import queries as bots
from app.calls import writing
from app.calls.models import Channel, Direction, TurnKind, TurnRole
from app.calls.recorder import Recorder
from app.calls.writing import Change, Hold, NewCall, Said
from app.db.base import new_id
from app.errors import CallBusy, CallEnded
from app.scenario.config_loader import load
from app.scenario.engine import ScenarioEngine
from app.scenario.state import CallStart, CallState, EndReason, Step
from app.settings import CallSettings
from tests.support.records import record_of
from tests.support.talks import SCENARIO
from tests.support.world import World

pytestmark = pytest.mark.integration

LEASE = timedelta(seconds=30)

ENGINE = ScenarioEngine(load(SCENARIO, "workshop.yaml"))


class Opened:
    """A call with its greeting, and what records it under any holder."""

    def __init__(self, world: World, call_id: UUID, holder: UUID, state: CallState) -> None:
        self.world = world
        self.call_id = call_id
        self.holder = holder
        self.state = state

    def recorder(self, holder: UUID) -> Recorder:
        rt = self.world.rt
        return Recorder(
            rt.db,
            rt.redis,
            ENGINE.scenario,
            self.world.company_id,
            self.call_id,
            holder=holder,
            settings=CallSettings(),
        )

    def turn(self, words: str, turns: Callable[[Step], list[Said]] = lambda _: []) -> Change:
        step = ENGINE.process_turn(self.state, words, self.world.rt.clock())
        return Change(self.state, step, turns(step))


@pytest.fixture
async def opened(world: World) -> Opened:
    bot = await world.bot(slug="workshop", source=SCENARIO)
    async with world.rt.db.tenant(world.company_id) as db:
        config = await bots.published_config(db, bot.id)
    at = world.rt.clock()
    step = ENGINE.start_call(CallStart(at=at))
    call = Opened(world, new_id(), new_id(), step.state)
    new = NewCall(call.call_id, bot.id, config.id, Direction.TRIAL, Channel.TEXT, None, at)
    await call.recorder(call.holder).open(new, Change(None, step))
    return call


async def test_a_process_that_does_not_hold_the_call_cannot_write_even_from_the_same_turn(opened: Opened) -> None:
    with pytest.raises(CallBusy):
        await opened.recorder(new_id()).step(opened.turn("часы"))
    await opened.recorder(opened.holder).step(opened.turn("часы"))


async def test_the_holder_cannot_write_a_turn_twice(opened: Opened) -> None:
    """As after a commit whose answer was lost with the connection."""
    change = opened.turn("часы")
    await opened.recorder(opened.holder).step(change)
    with pytest.raises(CallBusy):
        await opened.recorder(opened.holder).step(change)


async def test_a_call_that_changed_hands_belongs_to_the_new_holder(opened: Opened) -> None:
    world, taker = opened.world, new_id()
    async with world.rt.db.tenant(world.company_id) as db:
        await writing.take_over(db, opened.call_id, Hold(taker, LEASE))
        assert await writing.renew(db, [opened.call_id], Hold(opened.holder, LEASE)) == set()
        assert await writing.renew(db, [opened.call_id], Hold(taker, LEASE)) == {opened.call_id}
    with pytest.raises(CallBusy):
        await opened.recorder(opened.holder).step(opened.turn("часы"))
    await opened.recorder(taker).step(opened.turn("часы"))


async def test_a_turn_that_cannot_be_written_whole_leaves_nothing_behind(opened: Opened) -> None:
    def twice(step: Step) -> list[Said]:
        said = Said(2, TurnRole.CALLER, TurnKind.SPEECH, "часы", "ru", "order", step.state.at)
        return [said, replace(said, text="часы ещё раз")]

    before = await record_of(opened.world.rt, opened.world.company_id, opened.call_id)
    with pytest.raises(IntegrityError):
        await opened.recorder(opened.holder).step(opened.turn("часы", twice))
    after = await record_of(opened.world.rt, opened.world.company_id, opened.call_id)
    assert (len(after.turns), len(after.events)) == (len(before.turns), len(before.events))
    assert after.call.state == before.call.state
    assert after.fields["thing"].value is None


async def test_an_ended_call_takes_no_more_turns(opened: Opened) -> None:
    at, holder = opened.world.rt.clock(), opened.recorder(opened.holder)
    step = ENGINE.end_call(opened.state, EndReason.CALLER, at)
    assert await holder.end(Change(opened.state, step), EndReason.CALLER, at=at)
    assert not await holder.end(None, EndReason.CALLER, at=at)
    with pytest.raises(CallEnded):
        await holder.step(opened.turn("часы"))
    async with opened.world.rt.db.tenant(opened.world.company_id) as db:
        with pytest.raises(CallEnded):
            await writing.take_over(db, opened.call_id, Hold(new_id(), LEASE))
