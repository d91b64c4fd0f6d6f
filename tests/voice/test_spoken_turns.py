"""Turns of a spoken call, on virtual time: how fast the bot answers, what counts as a turn, what was heard of it.

Traps of livekit-agents 1.8.9 that have their test here: interruptions are ignored in the first three seconds of the
bot's speech; "угу" and noise interrupt; outside rooms an interrupted speech is recorded whole; a discarded early
reply has effects.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from datetime import timedelta

import pytest

from app.bots.voice import BotVoice
from app.calls.models import CallStatus, Channel
from app.voice.providers.model import Message
from tests.support.scenes import LETTER, TICK, Call, Stage
from tests.support.talks import SCENARIO

pytestmark = [pytest.mark.voice, pytest.mark.integration]

GREETING = "Мастерская, здравствуйте. Что чиним?"
CONFIRM = "Записываю: часы, Ольга. Всё верно?"


class SlowModel:
    """Says `answer` after so many seconds."""

    name = "slow"

    def __init__(self, seconds: float, answer: str) -> None:
        self.seconds, self.answer = seconds, answer

    async def stream(self, prompt: Sequence[Message]) -> AsyncGenerator[str, None]:
        del prompt
        await asyncio.sleep(self.seconds)
        yield self.answer

    async def complete(self, prompt: Sequence[Message]) -> str:
        return "".join([piece async for piece in self.stream(prompt)])

    async def close(self) -> None:
        return None


def test_a_spoken_call_has_the_record_of_a_typed_one(stage: Stage) -> None:
    async def scene(call: Call) -> None:
        for words in ("часы", "Ольга"):
            await call.says(words)
            await call.bot_is_done()
        await call.says("да")
        record = await call.ended()
        assert record.said == [
            GREETING,
            "часы",
            "Хорошо, часы. Как вас зовут?",
            "Ольга",
            CONFIRM,
            "да",
            "Спасибо, до свидания!",
        ]
        assert (record.call.status, record.call.channel) == (CallStatus.ENDED, Channel.WEB)
        assert record.call.voice == {"stt": "test/ears", "tts": "test/voice"}

    stage.play(scene)


def test_a_complete_answer_is_answered_within_350_ms_when_the_reply_is_rendered(stage: Stage) -> None:
    """The issue's figure, from the end of the caller's speech to the first sound, endpointing included."""

    async def scene(call: Call) -> None:
        for words in ("часы", "Ольга"):
            await call.says(words)
            await call.bot_is_done()
        await call.render_ahead()
        call.voice.first_byte = 60.0  # what is not rendered takes a minute
        end = await call.says("да")
        assert await call.hears_bot() - end <= 0.35 + TICK  # the voice detector looks every TICK
        assert (await call.ended()).said[-1] == "Спасибо, до свидания!"

    stage.play(scene)


def test_what_the_callers_waiting_was_made_of_is_kept_with_the_reply(stage: Stage) -> None:
    async def scene(call: Call) -> None:
        end = await call.says("часы", after=0.15)
        waited = await call.hears_bot() - end
        await call.bot_is_done()
        turns = (await call.after_turns(3)).turns
        assert turns[1].metrics["spoken"] == pytest.approx(0.8 + 0.3, abs=0.15)
        metrics = turns[2].metrics
        assert metrics["total"] == pytest.approx(waited, abs=0.06)  # the voice detector looks every 0.05 s
        assert metrics["tts_first_byte"] == pytest.approx(call.voice.first_byte, abs=0.01)
        assert metrics["transcription"] == pytest.approx(0.15, abs=0.06)
        assert metrics["end_of_turn"] < metrics["total"]

    stage.play(scene)


def test_only_a_late_answer_gets_a_filler_and_the_record_keeps_none(stage: Stage) -> None:
    async def scene(call: Call) -> None:
        end = await call.says("часы")
        assert await call.hears_bot() - end == pytest.approx(0.8 + call.voice.first_byte, abs=2 * TICK)
        await call.bot_is_done()
        await call.after_turns(3)
        await call.bot_is_done()
        assert call.voice.said[-2:] == ["Секунду.", "Часы, принято, как вас зовут?"]
        record = await call.record()
        assert record.said == [GREETING, "часы", "Часы, принято, как вас зовут?"]
        assert record.turns[2].heard_text is None

    stage.play(
        scene, model=SlowModel(1.4, "Часы, принято, как вас зовут?"), voice=BotVoice(filler=timedelta(seconds=0.8))
    )


def test_what_is_interrupted_in_the_filler_was_not_heard_at_all(stage: Stage) -> None:
    async def scene(call: Call) -> None:
        await call.says("часы")
        await call.hears_bot()
        await asyncio.sleep(0.4)
        await call.says("нет, утюг", guesses=["нет", "нет, утюг"], seconds=0.6)
        record = await call.after_turns(5)
        assert "Одну секунду, сейчас посмотрим." in call.voice.said
        assert record.turns[2].heard_text == ""

    stage.play(
        scene,
        source=SCENARIO + 'wordings: {filler: "Одну секунду, сейчас посмотрим."}\n',
        model=SlowModel(1.4, "Часы, принято, как вас зовут?"),
        voice=BotVoice(filler=timedelta(seconds=0.5)),
    )


def test_a_scripted_answer_gets_no_filler(stage: Stage) -> None:
    async def scene(call: Call) -> None:
        await call.says("часы")
        await call.bot_is_done()
        assert "Секунду." not in call.voice.said

    stage.play(scene, voice=BotVoice(filler=timedelta(milliseconds=500)))


def test_a_caller_may_interrupt_at_once_and_the_record_keeps_what_was_played(stage: Stage) -> None:
    """aec_warmup_duration would ignore callers for three seconds; and a plain output has no synchronised transcript."""

    async def scene(call: Call) -> None:
        began = await call.hears_bot()
        await asyncio.sleep(0.4)
        await call.says("часы пожалуйста", guesses=["часы"], seconds=1.0)
        record = await call.after_turns(3)
        assert record.said[1] == "часы пожалуйста"
        assert record.turns[0].heard_text == "Мастерская,", "the first 0.95 s of it, in whole words"
        assert record.event("interrupted")[0]["heard"] == "Мастерская,"
        assert call.line.speaker.first_sounds[0] == began

    stage.play(scene, rehearsed=False)


def test_a_murmur_over_the_bot_neither_interrupts_it_nor_is_a_turn(stage: Stage) -> None:
    async def scene(call: Call) -> None:
        await call.hears_bot()
        await asyncio.sleep(0.1)
        await call.says("угу", guesses=["угу"], seconds=0.6)
        await call.bot_is_done()
        await asyncio.sleep(3)
        record = await call.record()
        assert record.said == [GREETING]
        assert not record.event("interrupted")

    stage.play(scene, rehearsed=False)


def test_a_murmur_is_an_answer_when_the_bot_has_asked(stage: Stage) -> None:
    async def scene(call: Call) -> None:
        for words in ("часы", "Ольга"):
            await call.says(words)
            await call.bot_is_done()
        await call.says("угу")
        record = await call.ended()
        assert record.said[-2:] == ["угу", "Спасибо, до свидания!"]

    stage.play(scene)


def test_a_murmur_into_the_last_word_of_a_question_is_its_answer(stage: Stage) -> None:
    async def scene(call: Call) -> None:
        for words in ("часы", "Ольга"):
            await call.says(words)
            if words == "часы":
                await call.bot_is_done()
        await call.hears_bot()
        await asyncio.sleep(len(CONFIRM) * LETTER - 0.6)
        await call.says("ага", seconds=0.4)
        record = await call.ended()
        assert record.said[-2:] == ["ага", "Спасибо, до свидания!"]
        assert record.turns[4].heard_text is None, "the question was heard out"

    stage.play(scene)


def test_noise_without_words_does_not_interrupt(stage: Stage) -> None:
    async def scene(call: Call) -> None:
        began = await call.hears_bot()
        await asyncio.sleep(0.1)
        await call.makes_noise(1.2)
        await call.bot_is_done()
        assert asyncio.get_running_loop().time() - began == pytest.approx(len(GREETING) * LETTER, abs=0.3)
        assert not (await call.record()).event("interrupted")

    stage.play(scene, rehearsed=False)


def test_a_bot_that_any_sound_stops_goes_on_when_it_was_no_turn(stage: Stage) -> None:
    async def scene(call: Call) -> None:
        await call.hears_bot()
        await asyncio.sleep(0.1)
        noise = asyncio.create_task(call.makes_noise(0.6))
        await asyncio.sleep(0.5)
        assert not call.line.speaker.sounds, "it listens"
        await noise
        await call.bot_is_done()
        end, cut = call.line.speaker.ends[-1]
        assert not cut
        assert end - call.line.speaker.first_sounds[0] > len(GREETING) * LETTER + 0.6
        record = await call.record()
        assert (record.said, record.event("interrupted")) == ([GREETING], [])

    stage.play(scene, rehearsed=False, voice=BotVoice(interrupt_words=0))


def test_so_many_words_stop_the_bot_as_it_was_set_to(stage: Stage) -> None:
    async def scene(call: Call) -> None:
        await call.hears_bot()
        await asyncio.sleep(0.1)
        await call.says("часы", guesses=["часы"], seconds=0.9)
        await call.bot_is_done()
        record = await call.after_turns(3)
        assert not record.event("interrupted"), "one word of the two that are needed"
        assert record.said[1] == "часы", "but it is answered"

    stage.play(scene, rehearsed=False, voice=BotVoice(interrupt_words=2))


def test_a_goodbye_that_was_only_guessed_hangs_up_on_nobody(stage: Stage) -> None:
    """livekit computes the reply to each final transcript before the turn is over, and may throw it away."""

    async def scene(call: Call) -> None:
        for words in ("часы", "Ольга"):
            await call.says(words)
            await call.bot_is_done()
        await call.says("да", after=0.02)
        await call.says("хотя нет, телефон", after=0.02)
        await call.bot_is_done()
        record = await call.record()
        assert record.call.status is CallStatus.RUNNING
        assert record.said[5] == "да хотя нет, телефон"
        assert record.fields["thing"].value == "телефон"
        assert call.line.hung_up_at is None

    stage.play(scene)
