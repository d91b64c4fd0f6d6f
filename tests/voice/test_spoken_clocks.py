"""The clocks of a spoken call, on virtual time.

Traps of livekit-agents 1.8.9 that have their test here: the inactivity timer runs while the bot speaks; comfort noise
keeps the voice detector active for ever, and then neither silence nor a turn ends, nor may the bot begin to speak;
a turn of guesses without a last word stalls; a line that never reports the end of play-out hangs the call; a caller
is cut off at the longest duration without a word; a recogniser swallows its own failure.
"""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from app.bots.voice import BotVoice
from app.calls.models import CallStatus, TurnKind
from tests.support.scenes import NOTICED, Call, Stage, now
from tests.support.talks import SCENARIO

pytestmark = [pytest.mark.voice, pytest.mark.integration]

SILENCE = 6.0
"""Seconds of the scenario."""
GREETING = "Мастерская, здравствуйте. Что чиним?"
LONG = SCENARIO.replace('"Мастерская, здравствуйте."', f'"Мастерская, здравствуйте. {"Мы чиним всё. " * 20}"')
"""A greeting that takes longer than the silence after which the caller is prompted."""


def test_the_caller_is_not_prompted_while_the_bot_speaks(stage: Stage) -> None:
    async def scene(call: Call) -> None:
        await call.bot_is_done()
        end = now()
        assert len((await call.record()).turns) == 1
        prompted = await call.hears_bot()
        assert prompted - end == pytest.approx(SILENCE + call.voice.first_byte, abs=0.1)
        assert (await call.record()).said[-1] == "Вы на линии?"

    stage.play(scene, source=LONG, rehearsed=False)


def test_a_silent_caller_is_prompted_twice_and_then_hung_up_on(stage: Stage) -> None:
    async def scene(call: Call) -> None:
        record = await call.ended()
        assert [turn.text for turn in record.turns if turn.kind is TurnKind.SILENCE][:2] == [
            "Вы на линии?",
            "Вас не слышно.",
        ]
        assert record.call.end_reason == "silence"
        assert call.heard_out

    stage.play(scene)


def test_noise_that_never_ends_keeps_no_caller_in_silence(stage: Stage) -> None:
    """The voice detector hears a voice for ever, and livekit begins no speech meanwhile."""

    async def scene(call: Call) -> None:
        call.detector.voice.set()
        began = now()
        prompted = await call.hears_bot()
        assert prompted - began == pytest.approx(SILENCE + call.voice.first_byte, abs=0.5)
        record = await call.ended()
        assert record.call.end_reason == "silence"

    stage.play(scene)


def test_a_caller_on_a_noisy_line_is_answered(stage: Stage) -> None:
    async def scene(call: Call) -> None:
        call.detector.voice.set()
        await asyncio.sleep(1)
        await call.says("часы", seconds=0.5)
        call.detector.voice.set()
        end = now()
        answered = await call.hears_bot()
        assert answered - end < 4.0
        assert (await call.record()).said[1:] == ["часы", "Хорошо, часы. Как вас зовут?"]
        await asyncio.sleep(0.2)
        await call.says("утюг", guesses=["утюг"], seconds=1.0)
        record = await call.after_turns(5)
        assert record.turns[2].heard_text is not None, "a speech that began in noise can be interrupted"

    stage.play(scene)


def test_a_turn_of_guesses_without_a_last_word_is_answered(stage: Stage) -> None:
    async def scene(call: Call) -> None:
        end = await call.says("", guesses=["часы"], final=False)
        assert await call.hears_bot() - end < 8.0
        assert (await call.record()).said[1] == "часы"

    stage.play(scene)


def test_a_voice_that_brings_no_words_is_asked_to_repeat_within_three_seconds(stage: Stage) -> None:
    """As when the recogniser has swallowed its failure."""

    async def scene(call: Call) -> None:
        await call.makes_noise(2.0)
        end = now()
        assert await call.hears_bot() - end < 3.0
        record = await call.record()
        assert record.said[-1] == "Извините, вас плохо слышно. Повторите, пожалуйста."
        assert record.event("remark") == [{"wording": "not_heard"}]
        await call.bot_is_done()
        await call.says("часы")
        assert (await call.after_turns(4)).said[-1] == "Хорошо, часы. Как вас зовут?"

    stage.play(scene)


def test_a_cough_is_not_asked_to_repeat(stage: Stage) -> None:
    async def scene(call: Call) -> None:
        begin = now()
        await call.makes_noise(0.3)
        assert await call.hears_bot() - begin > SILENCE - NOTICED
        assert (await call.record()).said[-1] == "Вы на линии?"

    stage.play(scene)


def test_a_caller_is_warned_before_the_longest_duration_and_hears_a_goodbye_after_it(stage: Stage) -> None:
    async def scene(call: Call) -> None:
        while now() < 290:
            await call.says("минуту", seconds=0.5)
            await call.bot_is_done()
            await asyncio.sleep(4)
        record = await call.ended()
        minutes = {turn.text: (turn.at - record.call.started_at) / timedelta(minutes=1) for turn in record.turns}
        assert minutes["У нас осталось около минуты."] == pytest.approx(4, abs=0.2)
        assert record.said[-1].endswith("Всего доброго!")
        assert (record.call.status, record.call.end_reason) == (CallStatus.ENDED, "limit")
        assert call.heard_out

    stage.play(scene, source=SCENARIO.replace("duration: 10m", "duration: 5m"))


def test_a_line_that_never_reports_the_end_of_play_out_hangs_no_call(stage: Stage) -> None:
    async def scene(call: Call) -> None:
        for words in ("часы", "Ольга"):
            await call.says(words)
            await call.bot_is_done()
        call.line.speaker.stuck = True
        await call.says("да")
        record = await call.ended()
        assert record.call.end_reason == "end"
        assert call.line.hung_up_at is not None

    stage.play(scene)


def test_a_reply_whose_play_out_hangs_is_followed_by_a_prompt(stage: Stage) -> None:
    async def scene(call: Call) -> None:
        call.line.speaker.stuck = True
        await call.says("часы")
        await call.after_turns(3)
        await asyncio.sleep(25)
        call.line.speaker.stuck = False
        assert (await call.after_turns(4)).said[-1] == "Вы на линии?"

    stage.play(scene)


def test_a_caller_who_has_not_finished_is_waited_for(stage: Stage) -> None:
    async def scene(call: Call) -> None:
        await call.says("меня зовут", seconds=0.6)
        await asyncio.sleep(1.2)
        await call.says("Ольга", seconds=0.6)
        record = await call.after_turns(3)
        assert record.said[1] == "меня зовут Ольга"

    stage.play(scene, voice=BotVoice(patience=timedelta(seconds=2.5)))
