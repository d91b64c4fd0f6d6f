"""Typed calls through the real session, engine and database."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from itertools import count

import pytest
from sqlalchemy import text

from app.bots.models import Bot
from app.calls.models import CallStatus, EndedBy, FieldStatus, TurnKind, TurnRole
from app.db.base import new_id
from app.errors import BotNotPublished, CallEnded, Forbidden, NotFound
from app.runtime import system_clock
from app.scenario.config_loader import load
from app.scenario.engine import ScenarioEngine
from app.scenario.state import CallStart, CallState
from app.settings import LlmSettings
from app.tenants.models import Role
from app.voice.text import TextCalls
from tests.integration.voice.conftest import Process
from tests.support.records import record_of
from tests.support.replaying import replay
from tests.support.talks import ORDER, SCENARIO
from tests.support.waiting import until
from tests.support.world import World, new_world

pytestmark = pytest.mark.integration


async def test_a_whole_call_is_in_the_record_with_fields_and_its_follow_up_work(
    world: World, bot: Bot, calls: TextCalls
) -> None:
    call_id = await calls.start(world.company_id, bot.id, by=world.owner)
    for line in ORDER:
        await calls.say(world.company_id, call_id, line)
    record = await record_of(world.rt, world.company_id, call_id)
    assert record.said == [
        "Мастерская, здравствуйте. Что чиним?",
        "часы",
        "Хорошо, часы. Как вас зовут?",
        "Ольга",
        "Записываю: часы, Ольга. Всё верно?",
        "да",
        "Спасибо, до свидания!",
    ]
    assert [turn.role for turn in record.turns] == [TurnRole.AGENT, *[TurnRole.CALLER, TurnRole.AGENT] * 3]
    assert (record.call.status, record.call.ended_by, record.call.end_reason) == (CallStatus.ENDED, EndedBy.BOT, "end")
    assert record.call.ended_at is not None
    assert (record.call.turn_count, record.call.stage, record.call.holder) == (7, "done", None)
    assert [event.seq for event in record.events] == list(range(1, len(record.events) + 1))
    thing = record.fields["thing"]
    assert (thing.status, thing.value, thing.raw, thing.turn_seq) == (FieldStatus.SET, "часы", "часы", 2)
    assert record.jobs == [
        ("analyse_call", {"call_id": str(call_id)}),
        ("announce_call", {"call_id": str(call_id), "type": "call.ended"}),
    ]


async def test_the_reply_is_committed_before_say_returns_and_fields_not_yet_given_are_missing(
    world: World, bot: Bot, calls: TextCalls
) -> None:
    call_id = await calls.start(world.company_id, bot.id, by=world.owner)
    record = await record_of(world.rt, world.company_id, call_id)
    assert record.said == ["Мастерская, здравствуйте. Что чиним?"]
    assert {name: field.status for name, field in record.fields.items()} == {
        "thing": FieldStatus.MISSING,
        "name": FieldStatus.MISSING,
    }
    assert (record.call.status, record.call.holder is not None) == (CallStatus.RUNNING, True)
    await calls.say(world.company_id, call_id, "часы")
    record = await record_of(world.rt, world.company_id, call_id)
    assert record.said[-1] == "Хорошо, часы. Как вас зовут?"
    assert CallState.from_json(record.call.state).fields["thing"].value == "часы"


@pytest.mark.parametrize("model", [None, "http://127.0.0.1:9/v1"], ids=["script", "a model that is down"])
async def test_replaying_what_was_said_gives_the_stored_state_and_events(
    model: str | None, world: World, bot: Bot, process: Process
) -> None:
    calls = process(llm=LlmSettings(base_url=model))
    call_id = await calls.start(world.company_id, bot.id, by=world.owner)
    for line in ("телефон", "нет, утюг", "", "Ольга", "нет"):
        await calls.say(world.company_id, call_id, line)
    record = await record_of(world.rt, world.company_id, call_id)
    engine = ScenarioEngine(load(SCENARIO, "workshop.yaml"))
    state, events = replay(engine, record, CallStart(at=record.call.started_at, channel="text"))
    assert state.to_json() == record.call.state
    assert [(e.seq, e.type, e.turn, e.at, e.data) for e in events] == [
        (e.seq, e.type, e.turn_seq, e.at, e.data) for e in record.events
    ]
    assert bool(record.event("model_failed")) is (model is not None)


async def test_two_turns_said_at_once_are_answered_one_after_the_other(
    world: World, bot: Bot, calls: TextCalls
) -> None:
    call_id = await calls.start(world.company_id, bot.id, by=world.owner)
    await asyncio.gather(calls.say(world.company_id, call_id, "часы"), calls.say(world.company_id, call_id, "Ольга"))
    record = await record_of(world.rt, world.company_id, call_id)
    assert record.said[1:] == ["часы", "Хорошо, часы. Как вас зовут?", "Ольга", "Записываю: часы, Ольга. Всё верно?"]


async def test_a_turn_goes_on_when_the_request_that_brought_it_is_cancelled(
    world: World, bot: Bot, calls: TextCalls
) -> None:
    call_id = await calls.start(world.company_id, bot.id, by=world.owner)
    request = asyncio.ensure_future(calls.say(world.company_id, call_id, "часы"))
    await asyncio.sleep(0)
    request.cancel()
    await calls.say(world.company_id, call_id, "Ольга")
    assert (await record_of(world.rt, world.company_id, call_id)).said[-1] == "Записываю: часы, Ольга. Всё верно?"


async def test_ten_thousand_characters_and_bytes_the_database_refuses_are_a_turn_like_any_other(
    world: World, bot: Bot, calls: TextCalls
) -> None:
    call_id = await calls.start(world.company_id, bot.id, by=world.owner)
    await calls.say(world.company_id, call_id, "б" * 12_000)
    await calls.say(world.company_id, call_id, "ча\x00сы \ud83d")
    record = await record_of(world.rt, world.company_id, call_id)
    assert record.turns[1].text == "б" * 10_000
    assert record.turns[3].text == "часы ?"
    assert record.fields["thing"].value == "часы"


async def test_what_is_quoted_of_a_cleaned_turn_stands_in_it_word_for_word(
    world: World, bot: Bot, calls: TextCalls
) -> None:
    call_id = await calls.start(world.company_id, bot.id, by=world.owner)
    await calls.say(world.company_id, call_id, " \x00мне бы ча\x00сы\udcff, " + "б" * 12_000)
    await calls.say(world.company_id, call_id, "\ud83d\x00меня зо\x00вут Оль\x00га\udc00\x00 ")
    record = await record_of(world.rt, world.company_id, call_id)
    said = {turn.seq: turn.text for turn in record.turns if turn.role is TurnRole.CALLER}
    assert said[2].startswith("мне бы часы?, ббб")
    assert len(said[2]) <= 10_000
    assert said[4] == "?меня зовут Ольга?"
    assert {name: (field.value, field.turn_seq) for name, field in record.fields.items()} == {
        "thing": ("часы", 2),
        "name": ("?меня зовут Ольга?", 4),
    }
    for field in record.fields.values():
        assert field.raw
        assert field.turn_seq
        assert field.raw in said[field.turn_seq]
    quoted = [event for event in record.events if isinstance(event.data.get("raw"), str)]
    assert quoted
    for event in quoted:
        raw, start = event.data["raw"], event.data["start"]
        assert said[event.turn_seq][start : start + len(raw)] == raw


async def test_a_caller_who_says_nothing_is_prompted_and_then_the_call_ends(
    world: World, bot: Bot, process: Process
) -> None:
    calls = process(silence=0.05)
    call_id = await calls.start(world.company_id, bot.id, by=world.owner)

    async def over() -> bool:
        return (await record_of(world.rt, world.company_id, call_id)).call.status is CallStatus.ENDED

    await until(over)
    record = await record_of(world.rt, world.company_id, call_id)
    assert record.said[1:3] == ["Вы на линии?", "Вас не слышно."]
    assert [turn.kind for turn in record.turns[1:]] == [TurnKind.SILENCE] * 3
    assert (record.call.end_reason, record.call.ended_by) == ("silence", EndedBy.BOT)
    assert len(record.jobs) == 2


async def test_a_call_that_is_too_long_ends_by_itself(world: World, bot: Bot, process: Process) -> None:
    readings = count()

    def clock() -> datetime:
        """Ten minutes pass while the greeting is spoken."""
        return system_clock() + (timedelta(minutes=10) if next(readings) else timedelta())

    calls = process(clock=clock)
    call_id = await calls.start(world.company_id, bot.id, by=world.owner)

    async def over() -> bool:
        return (await record_of(world.rt, world.company_id, call_id)).call.status is CallStatus.ENDED

    await until(over)
    record = await record_of(world.rt, world.company_id, call_id)
    assert (record.call.end_reason, record.call.ended_by) == ("limit", EndedBy.BOT)
    assert record.turns[-1].role is TurnRole.AGENT
    assert len(record.turns) == 2, "the caller is told before the line is cut"


async def test_a_transfer_in_a_typed_call_says_its_words_and_ends(world: World, bot: Bot, calls: TextCalls) -> None:
    call_id = await calls.start(world.company_id, bot.id, by=world.owner)
    await calls.say(world.company_id, call_id, "позовите оператора")
    record = await record_of(world.rt, world.company_id, call_id)
    assert record.said[-1] == "Соединяю."
    assert (record.call.status, record.call.end_reason) == (CallStatus.ENDED, "transfer")


async def test_hanging_up_ends_the_call_once_and_nothing_can_be_said_after(
    world: World, bot: Bot, calls: TextCalls
) -> None:
    call_id = await calls.start(world.company_id, bot.id, by=world.owner)
    await asyncio.gather(*(calls.hang_up(world.company_id, call_id) for _ in range(3)))
    with pytest.raises(CallEnded):
        await calls.say(world.company_id, call_id, "часы")
    record = await record_of(world.rt, world.company_id, call_id)
    assert (record.call.ended_by, record.call.end_reason) == (EndedBy.CALLER, "caller")
    assert len(record.jobs) == 2
    assert len(record.event("ended")) == 1


async def test_only_those_who_may_try_a_bot_start_a_call_and_only_in_their_company(
    world: World, bot: Bot, calls: TextCalls
) -> None:
    with pytest.raises(Forbidden):
        await calls.start(world.company_id, bot.id, by=await world.member(Role.VIEWER))
    other = await new_world(world.rt)
    with pytest.raises(NotFound):
        await calls.start(other.company_id, bot.id, by=other.owner)
    call_id = await calls.start(world.company_id, bot.id, by=world.owner)
    for attempt in (calls.say(other.company_id, call_id, "часы"), calls.hang_up(other.company_id, call_id)):
        with pytest.raises(NotFound):
            await attempt
    with pytest.raises(NotFound):
        await calls.say(world.company_id, new_id(), "часы")


async def test_a_bot_without_a_published_version_takes_no_call_but_its_draft_can_be_tried(
    world: World, bot: Bot, calls: TextCalls
) -> None:
    async with world.rt.db.tenant(world.company_id) as db:
        await db.execute(text("update bot_config set status = 'draft'"))
    with pytest.raises(BotNotPublished):
        await calls.start(world.company_id, bot.id, by=world.owner)
    call_id = await calls.start(world.company_id, bot.id, by=world.owner, version=1)
    assert (await record_of(world.rt, world.company_id, call_id)).call.status is CallStatus.RUNNING
