"""How spoken calls end, on virtual time.

Traps of livekit-agents 1.8.9 that have their test here: goodbyes are clipped by an early hang-up; the last turn is lost
when the caller hangs up; a call must be finalised once, whoever sees its end.
"""

from __future__ import annotations

import asyncio

import pytest

from app.bots.voice import BotVoice
from app.calls.models import CallStatus, Channel, TurnKind, TurnRole
from app.scenario.state import EndReason
from tests.support.scenes import Call, Stage

pytestmark = [pytest.mark.voice, pytest.mark.integration]

MACHINE = "Здравствуйте, оставьте сообщение после сигнала"


def test_the_line_is_hung_up_after_the_last_word_of_the_goodbye(stage: Stage) -> None:
    async def scene(call: Call) -> None:
        for words in ("часы", "Ольга"):
            await call.says(words)
            await call.bot_is_done()
        await call.says("да")
        record = await call.ended()
        assert record.said[-1] == call.voice.said[-1] == "Спасибо, до свидания!"
        assert len(call.line.speaker.ends) == 4, "the goodbye was the fourth thing to be played"
        assert call.heard_out
        assert [actor for actor, _ in record.jobs] == ["analyse_call", "announce_call"], "ended once"

    stage.play(scene)


def test_what_is_said_before_hanging_up_is_understood(stage: Stage) -> None:
    """The recogniser gives its last word half a second after the caller has gone."""

    async def scene(call: Call) -> None:
        await call.says("часы")
        await call.bot_is_done()
        talking = asyncio.create_task(call.says("Ольга", after=0.5))
        await asyncio.sleep(0.85)
        await call.conversation.caller_gone()
        await talking
        record = await call.ended()
        assert record.fields["name"].value == "Ольга"
        assert [(turn.text, turn.heard_text) for turn in record.turns[3:]] == [
            ("Ольга", None),
            ("Записываю: часы, Ольга. Всё верно?", ""),
        ], "the reply was never heard"
        assert (record.call.status, record.call.end_reason) == (CallStatus.ENDED, "caller")
        assert len(record.event("ended")) == 1
        assert len(record.jobs) == 2

    stage.play(scene)


def test_a_caller_who_hangs_up_in_silence_ends_the_call_at_once(stage: Stage) -> None:
    async def scene(call: Call) -> None:
        await asyncio.sleep(4)
        left = asyncio.get_running_loop().time()
        await call.conversation.caller_gone()
        record = await call.ended()
        assert asyncio.get_running_loop().time() - left < 0.5, "nobody waits for words that were not said"
        assert len(record.turns) == 1

    stage.play(scene)


def test_a_caller_who_hangs_up_in_the_middle_of_a_reply_has_heard_a_part_of_it(stage: Stage) -> None:
    async def scene(call: Call) -> None:
        await call.says("часы")
        await call.hears_bot()
        await asyncio.sleep(0.7)
        await call.conversation.caller_gone(cause="connection_lost")
        record = await call.ended()
        heard = record.turns[-1].heard_text
        assert heard
        assert record.turns[-1].text.startswith(heard)
        assert heard != record.turns[-1].text
        assert record.event("line_lost") == [{"cause": "connection_lost"}]

    stage.play(scene)


def test_a_call_that_ends_in_two_ways_at_once_ends_once(stage: Stage) -> None:
    async def scene(call: Call) -> None:
        gone = [call.conversation.caller_gone(reason) for reason in (EndReason.CALLER, EndReason.INTERRUPTED)]
        await asyncio.gather(*gone, call.conversation.close_down())
        record = await call.ended()
        assert len(record.event("ended")) == 1
        assert len(record.jobs) == 2

    stage.play(scene)


def test_a_program_that_stops_says_so_and_ends_the_call(stage: Stage) -> None:
    async def scene(call: Call) -> None:
        await call.conversation.close_down()
        record = await call.ended()
        assert record.said[-1].endswith("Всего доброго!")
        assert call.heard_out

    stage.play(scene)


def test_an_answering_machine_is_told_nothing_and_left(stage: Stage) -> None:
    async def scene(call: Call) -> None:
        await call.says(MACHINE, seconds=2)
        record = await call.ended()
        assert [(turn.role, turn.text) for turn in record.turns[1:]] == [(TurnRole.CALLER, MACHINE)]
        assert record.event("machine_met") == [{"quote": MACHINE}]
        assert (record.call.status, record.call.end_reason) == (CallStatus.ENDED, "gave_up")
        assert call.line.hung_up_at is not None

    stage.play(scene, channel=Channel.PHONE)


@pytest.mark.parametrize(
    ("channel", "voicemail"), [(Channel.WEB, "hang_up"), (Channel.PHONE, "go_on")], ids=["browser", "as it was set to"]
)
def test_a_caller_who_sounds_like_a_machine_is_answered(stage: Stage, channel: Channel, voicemail: str) -> None:
    async def scene(call: Call) -> None:
        await call.says(MACHINE, seconds=2)
        record = await call.after_turns(3)
        assert record.call.status is CallStatus.RUNNING

    stage.play(scene, channel=channel, voice=BotVoice.model_validate({"voicemail": voicemail}))


def test_keys_that_come_one_by_one_are_one_answer(stage: Stage) -> None:
    async def scene(call: Call) -> None:
        for digit in "9161234567":
            await call.conversation.press(digit)
            await asyncio.sleep(0.8)
        assert len((await call.record()).turns) == 1, "there may be more"
        record = await call.after_turns(3)
        assert (record.turns[1].kind, record.turns[1].text) == (TurnKind.DTMF, "9161234567")
        await call.conversation.press("4")
        await call.conversation.press("#")
        assert (await call.record()).turns[3].text == "4#"

    stage.play(scene, channel=Channel.PHONE)


def test_a_recorded_call_begins_with_the_notice(stage: Stage) -> None:
    async def scene(call: Call) -> None:
        record = await call.record()
        assert record.said == ["Запись идёт. Мастерская, здравствуйте. Что чиним?"]
        assert call.voice.said[0] == "Запись идёт."

    stage.play(scene, voice=BotVoice(record=True, notice="Запись идёт."))
