"""What is known of a call after it, and that it is announced exactly once."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import select, update

from app.analysis import analysing
from app.analysis.models import Analysis, AnalysisStatus
from app.analysis.report import CallReport, call_report
from app.bots.models import BotConfig
from app.calls import queries as calls
from app.calls.models import Call, CallOutcome
from app.errors import NotFound
from app.voice.providers.model import Message, ModelFailed
from app.webhooks.events import EventType
from app.webhooks.models import WebhookMessage
from tests.support.held_calls import BOOKING, hold_call
from tests.support.world import World, new_world

pytestmark = pytest.mark.integration


@dataclass
class Writer:
    """A model that answers with what it is given: words, a failure, or nothing until it is cancelled."""

    answer: str | ModelFailed | None
    name: str = "test-model"
    asked: list[Sequence[Message]] = field(default_factory=list)

    async def complete(self, prompt: Sequence[Message]) -> str:
        self.asked.append(prompt)
        if self.answer is None:
            raise TimeoutError
        if isinstance(self.answer, ModelFailed):
            raise self.answer
        return self.answer

    async def stream(self, prompt: Sequence[Message]) -> AsyncGenerator[str, None]:
        yield await self.complete(prompt)

    async def close(self) -> None:
        pass


async def analyse(world: World, call_id: UUID, model: Writer | None = None) -> bool:
    return await analysing.analyse(world.rt, model, world.company_id, call_id)


async def report(world: World, call_id: UUID) -> CallReport:
    async with world.rt.db.tenant(world.company_id) as db:
        return await call_report(db, call_id)


async def announced(world: World, kind: EventType = EventType.CALL_ANALYZED) -> list[WebhookMessage]:
    async with world.rt.db.tenant(world.company_id) as db:
        return list(await db.scalars(select(WebhookMessage).where(WebhookMessage.type == kind)))


async def analyses(world: World) -> list[Analysis]:
    async with world.rt.db.tenant(world.company_id) as db:
        return list(await db.scalars(select(Analysis)))


async def test_a_booking_is_a_lead_with_the_callers_words_as_evidence(world: World) -> None:
    call_id = await hold_call(world, await world.bot())
    assert await analyse(world, call_id) is True

    found = await report(world, call_id)
    assert found.outcome is not None
    assert found.outcome.code == "LEAD"
    said = {turn.seq: turn.text for turn in found.turns if turn.role == "caller"}
    quotes = [item for item in found.outcome.evidence if item.kind == "said"]
    assert quotes
    for item in quotes:
        assert said[item.turn][item.start : item.end] == item.quote
    assert {one.name: one.value for one in found.fields if one.value}["service"] == "чистка"
    assert found.summary is not None
    assert "Марина Соколова" in found.summary
    assert found.analysed_at is not None
    (run,) = await analyses(world)
    assert (run.status, run.model, run.error, run.version) == (AnalysisStatus.DONE, None, None, 1)


async def test_the_message_is_the_report_as_the_api_shows_it(world: World) -> None:
    call_id = await hold_call(world, await world.bot())
    await analyse(world, call_id)
    (message,) = await announced(world)
    body = json.loads(message.payload)
    assert body["type"] == "call.analyzed"
    assert body["data"] == (await report(world, call_id)).to_json()
    assert body["timestamp"] == (await report(world, call_id)).analysed_at.isoformat()  # type: ignore[union-attr]
    assert CallReport.model_validate(body["data"]).id == call_id


async def test_analysing_again_or_at_once_gives_one_message(world: World) -> None:
    call_id = await hold_call(world, await world.bot())
    done = await asyncio.gather(*(analyse(world, call_id) for _ in range(5)))
    assert sorted(done) == [False, False, False, False, True]
    assert await analyse(world, call_id) is False
    assert len(await announced(world)) == 1
    assert len(await analyses(world)) == 1
    async with world.rt.db.tenant(world.company_id) as db:
        assert len((await db.scalars(select(CallOutcome))).all()) == 1


async def test_a_call_ended_is_announced_once_as_it_stands(world: World) -> None:
    call_id = await hold_call(world, await world.bot(), BOOKING[:1])
    for _ in range(2):
        async with world.rt.db.tenant(world.company_id) as db:
            await analysing.announce(db, EventType.CALL_ENDED, call_id, at=world.rt.clock())
    (message,) = await announced(world, EventType.CALL_ENDED)
    data = json.loads(message.payload)["data"]
    assert (data["status"], data["outcome"], data["analysed_at"]) == ("ended", None, None)
    assert len(data["turns"]) == 3


async def test_a_running_call_is_not_analysed(world: World) -> None:
    call_id = await hold_call(world, await world.bot(), BOOKING[:1], hang_up=False)
    with pytest.raises(analysing.StillRunning):
        await analyse(world, call_id)
    assert await announced(world) == []


async def test_a_call_without_a_word_has_an_outcome_too(world: World) -> None:
    call_id = await hold_call(world, await world.bot(), ())
    await analyse(world, call_id)
    found = await report(world, call_id)
    assert found.outcome is not None
    (proof,) = found.outcome.evidence
    assert (proof.kind, proof.about, proof.turn) == ("event", "ended", 1)
    assert (proof.quote, proof.start, proof.end) == (None, None, None)
    assert found.summary


async def test_a_model_phrases_the_summary(world: World) -> None:
    call_id = await hold_call(world, await world.bot())
    model = Writer("«Марина Соколова записалась на чистку, телефон +7 916 123-45-67.»")
    await analyse(world, call_id, model)
    assert (await report(world, call_id)).summary == "Марина Соколова записалась на чистку, телефон +7 916 123-45-67."
    (run,) = await analyses(world)
    assert (run.model, run.error) == ("test-model", None)
    (prompt,) = model.asked
    assert BOOKING[0] in prompt[-1].text


@pytest.mark.parametrize(
    ("answer", "problem"),
    [
        (None, "timeout"),
        (ModelFailed("unreachable"), "unreachable"),
        ("", "empty"),
        ("Очень. " * 500, "too_long"),
        ("Перезвонить на +7 999 000-00-00.", "invented"),
    ],
)
async def test_the_built_summary_stands_in_for_a_model_that_fails(
    world: World, answer: str | ModelFailed | None, problem: str
) -> None:
    call_id = await hold_call(world, await world.bot())
    await analyse(world, call_id, Writer(answer))
    found = await report(world, call_id)
    assert found.summary is not None
    assert "Марина Соколова" in found.summary
    (run,) = await analyses(world)
    assert (run.status, run.model, run.error) == (AnalysisStatus.DONE, None, problem)
    assert len(await announced(world)) == 1


async def test_a_model_is_asked_once_though_the_job_comes_twice(world: World) -> None:
    call_id = await hold_call(world, await world.bot())
    first_asked, go_on = asyncio.Event(), asyncio.Event()

    class Slow(Writer):
        async def complete(self, prompt: Sequence[Message]) -> str:
            self.asked.append(prompt)
            first_asked.set()
            await go_on.wait()
            return "Записана на чистку."

    model = Slow("")
    first = asyncio.create_task(analyse(world, call_id, model))
    await first_asked.wait()
    with pytest.raises(analysing.StillRunning):
        await analyse(world, call_id, model)
    go_on.set()
    assert await first is True
    assert len(model.asked) == 1
    assert len(await announced(world)) == 1


async def test_a_run_that_was_killed_is_taken_up_again(world: World) -> None:
    call_id = await hold_call(world, await world.bot())
    asked = asyncio.Event()

    class Hanging(Writer):
        async def complete(self, prompt: Sequence[Message]) -> str:
            asked.set()
            await asyncio.Event().wait()
            return ""

    dying = asyncio.create_task(analyse(world, call_id, Hanging("")))
    await asked.wait()
    dying.cancel()
    await asyncio.gather(dying, return_exceptions=True)
    async with world.rt.db.tenant(world.company_id) as db:
        old = Analysis.started_at - (analysing.MODEL_CLAIM + timedelta(seconds=1))
        await db.execute(update(Analysis).values(started_at=old))
    assert await analyse(world, call_id, Writer("Записана на чистку.")) is True
    (run,) = await analyses(world)
    assert (run.status, run.model) == (AnalysisStatus.DONE, "test-model")


async def test_a_scenario_that_no_longer_loads_still_lets_the_call_be_announced(world: World) -> None:
    call_id = await hold_call(world, await world.bot())
    async with world.rt.db.tenant(world.company_id) as db:
        await db.execute(update(BotConfig).values(source="version: 99"))
    await analyse(world, call_id)
    (run,) = await analyses(world)
    assert (run.status, run.error) == (AnalysisStatus.FAILED, "scenario_invalid")
    (message,) = await announced(world)
    assert json.loads(message.payload)["data"]["outcome"] is None


async def test_another_companys_call_is_not_found(world: World) -> None:
    call_id = await hold_call(world, await world.bot())
    stranger = await new_world(world.rt)
    with pytest.raises(NotFound):
        await analyse(stranger, call_id)
    with pytest.raises(NotFound):
        await report(stranger, call_id)


async def test_lists_show_outcome_and_summary(world: World) -> None:
    call_id = await hold_call(world, await world.bot())
    await analyse(world, call_id)
    async with world.rt.db.tenant(world.company_id) as db:
        row: Call = await calls.call(db, call_id)
    assert row.outcome_code == "LEAD"
    assert row.summary == (await report(world, call_id)).summary
