"""A language model phrases, and a call survives every way in which it can fail."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from itertools import count

import pytest
from pydantic import SecretStr

from app.bots.models import Bot
from app.calls.models import CallStatus
from app.settings import LlmSettings
from app.voice.phrasing import FAILURES, Phraser
from app.voice.providers import language_model
from app.voice.providers.llm import LanguageModel
from app.voice.providers.model import Message, ModelFailed
from tests.integration.voice.conftest import Process
from tests.support.fake_openai import NEVER, Answer, FakeOpenAI, fake_openai
from tests.support.records import Record, record_of
from tests.support.talks import ORDER
from tests.support.world import World

pytestmark = pytest.mark.integration

SCRIPT = "Хорошо, часы. Как вас зовут?"


@pytest.fixture
async def model() -> AsyncIterator[FakeOpenAI]:
    async with fake_openai() as fake:
        yield fake


def settings(url: str, *, first: float = 30.0, total: float = 40.0) -> LlmSettings:
    """Limits that no busy machine reaches; a test about slowness chooses its own."""
    return LlmSettings(
        base_url=url,
        model="small",
        api_key=SecretStr("sk-test"),
        first_token_timeout=timedelta(seconds=first),
        total_timeout=timedelta(seconds=total),
    )


async def said_after_one_turn(world: World, bot: Bot, process: Process, llm: LlmSettings) -> Record:
    calls = process(llm=llm)
    call_id = await calls.start(world.company_id, bot.id, by=world.owner)
    await calls.say(world.company_id, call_id, "часы")
    return await record_of(world.rt, world.company_id, call_id)


async def test_the_model_phrases_and_the_script_is_kept_beside_its_words(
    world: World, bot: Bot, process: Process, model: FakeOpenAI
) -> None:
    model.will(Answer("Часы починим. Подскажите, как вас зовут?"))
    record = await said_after_one_turn(world, bot, process, settings(model.url))
    reply = record.turns[-1]
    assert reply.text == "Часы починим. Подскажите, как вас зовут?"
    assert (reply.why["said_by"], reply.why["script"], reply.why["model"]) == ("model", SCRIPT, "small")
    assert set(reply.metrics) == {"llm_first_token", "llm_total"}
    assert record.event("model_failed") == []
    asked = model.requests[-1]
    assert model.keys == ["Bearer sk-test"]
    assert asked["model"] == "small"
    assert asked["messages"][-1] == {"role": "user", "content": "часы"}
    assert "Приёмщица мастерской." in asked["messages"][0]["content"]


@pytest.mark.parametrize(
    ("answer", "cause"),
    [
        (Answer("Часы починим. Как вас зовут?", closes_after=2), "broken"),
        (Answer(malformed=True), "broken"),
        (Answer(status=429), "rate_limited"),
        (Answer(status=500), "server_error"),
        (Answer(status=401), "unauthorised"),
        (Answer(""), "empty"),
        (Answer("Часы починим. Как вас"), "unfinished"),
        (Answer("Часы починим за 500 рублей. Как вас зовут?"), "invented_number"),
        (Answer("Сделаем со скидкой. Как вас зовут?"), "promise"),
        (Answer("Certainly! May I have your name?"), "other_language"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
async def test_the_script_is_spoken_and_the_cause_recorded_when_the_model(
    answer: Answer, cause: str, *, world: World, bot: Bot, process: Process, model: FakeOpenAI
) -> None:
    model.will(answer)
    record = await said_after_one_turn(world, bot, process, settings(model.url))
    the_script_was_said(record, cause)


async def test_the_script_is_spoken_when_the_model_does_not_begin_in_time(
    world: World, bot: Bot, process: Process, model: FakeOpenAI
) -> None:
    model.will(Answer("Часы починим. Как вас зовут?", first_token=NEVER))
    the_script_was_said(await said_after_one_turn(world, bot, process, settings(model.url, first=0.1)), "slow_start")


async def test_the_script_is_spoken_when_the_model_begins_and_does_not_finish_in_time(
    world: World, bot: Bot, process: Process, model: FakeOpenAI
) -> None:
    model.will(Answer("Часы починим. Как вас зовут?", between=NEVER))
    llm = settings(model.url, total=60)
    calls = process(llm=llm)
    # A minute passes from each reading of the clock to the next: with its first token the model has used up its time.
    calls._phraser = Phraser(language_model(llm), llm, monotonic=count(step=60.0).__next__)
    call_id = await calls.start(world.company_id, bot.id, by=world.owner)
    await calls.say(world.company_id, call_id, "часы")
    the_script_was_said(await record_of(world.rt, world.company_id, call_id), "too_slow")


def the_script_was_said(record: Record, cause: str) -> None:
    """The turn went by the script, and the cause is told."""
    assert record.turns[-1].text == SCRIPT
    assert record.event("model_failed") == [{"cause": cause, "model": "small"}]
    assert record.events[-1].turn_seq == record.turns[-1].seq
    assert record.turns[-1].why["refused"] == cause
    assert record.call.status is CallStatus.RUNNING


async def test_a_model_that_is_down_costs_nothing_and_the_call_comes_to_its_end(
    world: World, bot: Bot, process: Process
) -> None:
    calls = process(llm=settings("http://127.0.0.1:9/v1"))
    call_id = await calls.start(world.company_id, bot.id, by=world.owner)
    for line in ORDER:
        await calls.say(world.company_id, call_id, line)
    record = await record_of(world.rt, world.company_id, call_id)
    assert record.call.end_reason == "end"
    assert {str(event["cause"]) for event in record.event("model_failed")} == {"unreachable"}
    assert record.call.event_count == len(record.events), "the engine goes on counting after our notes"


async def test_values_read_back_must_survive_the_model(
    world: World, bot: Bot, process: Process, model: FakeOpenAI
) -> None:
    calls = process(llm=settings(model.url))
    call_id = await calls.start(world.company_id, bot.id, by=world.owner)
    model.will(Answer("Часы, понятно. Как вас зовут?"), Answer("Всё записала, верно?"))
    for line in ("часы", "Ольга"):
        await calls.say(world.company_id, call_id, line)
    record = await record_of(world.rt, world.company_id, call_id)
    assert record.said[-3:] == ["Часы, понятно. Как вас зовут?", "Ольга", "Записываю: часы, Ольга. Всё верно?"]
    assert record.event("model_failed") == [{"cause": "value_missing", "model": "small"}]


async def test_after_failures_in_a_row_the_model_is_left_alone(
    world: World, bot: Bot, process: Process, model: FakeOpenAI
) -> None:
    model.will(Answer(status=500))
    calls = process(llm=settings(model.url))
    call_id = await calls.start(world.company_id, bot.id, by=world.owner)
    for _ in range(FAILURES + 2):
        other = await calls.start(world.company_id, bot.id, by=world.owner)
        await calls.say(world.company_id, other, "часы")
    await calls.say(world.company_id, call_id, "часы")
    assert len(model.requests) == FAILURES
    record = await record_of(world.rt, world.company_id, call_id)
    assert record.event("model_failed") == [{"cause": "paused", "model": "small"}]


async def test_work_after_the_call_gets_a_whole_answer_or_the_cause(model: FakeOpenAI) -> None:
    language_model = LanguageModel(settings(model.url))
    model.will(Answer(" Готово. ", thinks="что бы сказать"), Answer(status=429))
    assert await language_model.complete([Message("user", "Итог?")]) == "Готово."
    with pytest.raises(ModelFailed, match="rate_limited"):
        await language_model.complete([Message("user", "Итог?")])
    await language_model.close()
