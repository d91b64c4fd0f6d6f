"""Replies that the pipeline computes before a turn is certain: only the turn that was really said leaves a trace."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from app.bots import queries as bots
from app.calls.models import CallStatus, Channel, Direction, TurnKind, TurnRole
from app.calls.recorder import Recorder
from app.calls.writing import NewCall
from app.db.base import new_id
from app.scenario.config_loader import load
from app.scenario.state import CallStart
from app.settings import CallSettings, LlmSettings
from app.voice.conversation import Conversation
from app.voice.phrasing import Phraser
from app.voice.providers import language_model
from tests.conftest import PATIENCE
from tests.support.fake_openai import NEVER, Answer, FakeOpenAI, fake_openai
from tests.support.hearing import Spoken
from tests.support.records import Record, record_of
from tests.support.talks import SCENARIO
from tests.support.waiting import until
from tests.support.world import World

pytestmark = [pytest.mark.voice, pytest.mark.integration]

GREETING = "Мастерская, здравствуйте. Что чиним?"


class SpokenCall:
    """A spoken call of the small scenario, and its record."""

    def __init__(self, world: World, conversation: Conversation, transport: Spoken) -> None:
        self.world = world
        self.conversation = conversation
        self.ears = transport.ears

    async def record(self) -> Record:
        recorder = self.conversation.recorder
        return await record_of(self.world.rt, recorder.company_id, recorder.call_id)

    async def after_turns(self, count: int) -> Record:
        """The record as soon as it has so many turns."""

        async def there() -> bool:
            return len((await self.record()).turns) >= count

        await until(there)
        return await self.record()


@pytest.fixture
async def model() -> AsyncIterator[FakeOpenAI]:
    async with fake_openai() as fake:
        fake.will(Answer("Принято, записала. Как вас зовут?"))
        yield fake


@pytest.fixture
async def call(world: World, model: FakeOpenAI) -> AsyncIterator[SpokenCall]:
    bot = await world.bot(slug="workshop", source=SCENARIO)
    async with world.rt.db.tenant(world.company_id) as db:
        config = await bots.published_config(db, bot.id)
    settings = LlmSettings(base_url=model.url, first_token_timeout=PATIENCE, total_timeout=PATIENCE)
    scenario, transport, phraser = load(SCENARIO, "x.yaml"), Spoken(), Phraser(language_model(settings), settings)
    recorder = Recorder(
        world.rt.db,
        world.rt.redis,
        scenario,
        world.company_id,
        new_id(),
        holder=world.rt.process,
        settings=CallSettings(),
    )
    conversation = Conversation(scenario, recorder, phraser, transport, world.rt.clock)
    at = world.rt.clock()
    await conversation.begin(
        NewCall(recorder.call_id, bot.id, config.id, Direction.INBOUND, Channel.WEB, None, at),
        CallStart(at=at, channel="web"),
    )
    await until(transport.greeted)
    yield SpokenCall(world, conversation, transport)
    await conversation.let_go()
    assert phraser.model is not None
    await phraser.model.close()


def asked(model: FakeOpenAI, times: int) -> Callable[[], Awaitable[bool]]:
    async def holds() -> bool:
        return len(model.requests) >= times

    return holds


async def test_a_reply_computed_early_waits_for_the_end_of_the_turn_and_is_then_used(
    call: SpokenCall, model: FakeOpenAI
) -> None:
    call.ears.begins("часы")
    await until(asked(model, 1))
    assert (await call.record()).said == [GREETING], "nothing is written before the turn is over"
    call.ears.ends("часы")
    record = await call.after_turns(3)
    assert record.said == [GREETING, "часы", "Принято, записала. Как вас зовут?"]
    assert len(model.requests) == 1, "the early answer was used, not asked for again"
    assert len(record.event("field_set")) == 1


async def test_a_guess_that_was_wrong_leaves_no_trace(call: SpokenCall, model: FakeOpenAI) -> None:
    call.ears.begins("телефон")
    await until(asked(model, 1))
    call.ears.ends("утюг")
    record = await call.after_turns(3)
    assert record.said[:2] == [GREETING, "утюг"]
    assert record.fields["thing"].value == "утюг"
    assert len(record.event("field_set")) == 1
    assert record.call.turn_count == 3


async def test_a_transfer_that_was_only_guessed_does_not_happen(call: SpokenCall, model: FakeOpenAI) -> None:
    call.ears.begins("оператора")
    call.ears.begins("часы")
    await until(asked(model, 1))
    call.ears.ends("часы")
    record = await call.after_turns(3)
    assert record.call.status is CallStatus.RUNNING
    assert record.said[1] == "часы"
    assert not record.event("stage_changed")


async def test_a_goodbye_ends_the_call_after_its_words(call: SpokenCall) -> None:
    for number, line in enumerate(("часы", "Ольга", "да"), start=1):
        call.ears.begins(line)
        call.ears.ends(line)
        await call.after_turns(1 + 2 * number)

    async def over() -> bool:
        return (await call.record()).call.status is CallStatus.ENDED

    await until(over)
    record = await call.record()
    assert record.said[-1] == "Спасибо, до свидания!"
    assert len(record.jobs) == 2
    assert call.conversation.over


async def test_a_caller_who_speaks_while_the_bot_still_thinks_has_heard_nothing_of_its_reply(
    call: SpokenCall, model: FakeOpenAI
) -> None:
    model.will(Answer(first_token=NEVER), Answer("Утюг, принято. Как вас зовут?"))
    call.ears.begins("часы")
    call.ears.ends("часы")
    await until(asked(model, 1))
    call.ears.begins("нет, утюг")
    call.ears.ends("нет, утюг")
    record = await call.after_turns(5)
    assert record.said == [GREETING, "часы", "Хорошо, часы. Как вас зовут?", "нет, утюг", record.turns[4].text]
    assert record.turns[2].heard_text == ""
    assert record.event("interrupted") == [
        {"heard": "", "question_heard": record.event("interrupted")[0]["question_heard"]}
    ]
    assert [event.seq for event in record.events] == list(range(1, len(record.events) + 1))


async def test_keys_pressed_on_the_phone_answer_what_was_asked(call: SpokenCall, model: FakeOpenAI) -> None:
    for number, line in enumerate(("часы", "Ольга"), start=1):
        call.ears.begins(line)
        call.ears.ends(line)
        await call.after_turns(1 + 2 * number)
    await call.conversation.press("0#")
    record = await call.record()
    assert (record.turns[5].text, record.turns[5].kind) == ("0#", TurnKind.DTMF)
    assert record.event("dtmf") == [{"digits": "0#"}]
    assert record.turns[6].role is TurnRole.AGENT
