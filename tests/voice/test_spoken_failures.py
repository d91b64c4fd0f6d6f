"""Spoken calls whose providers fail, on virtual time: the caller is never left in silence, the cause is kept."""

from __future__ import annotations

import asyncio

import pytest
from livekit.agents import CloseReason
from sqlalchemy.exc import InterfaceError

from app.calls.models import CallStatus
from app.calls.recorder import Recorder
from app.calls.writing import Change
from app.voice.providers.speech import Trouble
from tests.support.scenes import Call, Stage, now

pytestmark = [pytest.mark.voice, pytest.mark.integration]

HICCUP = "Извините, небольшая заминка. Повторите, пожалуйста."
APOLOGY = "Извините, произошёл сбой. Перезвоните нам, пожалуйста."


def test_a_reply_that_could_not_be_said_is_apologised_for_and_the_call_goes_on(stage: Stage) -> None:
    async def scene(call: Call) -> None:
        await call.render_ahead()
        call.voice.broken = 1
        end = await call.says("часы")
        assert await call.hears_bot() - end < 3.0
        await call.bot_is_done()
        record = await call.record()
        (failure,) = record.event("provider_failed")
        assert (failure["kind"], failure["cause"], failure["taken_over_by"]) == ("tts", "unreachable", None)
        assert record.turns[2].heard_text == "", "the record is honest about it"
        await call.says("Ольга")
        await call.bot_is_done()
        assert (await call.record()).said[-1] == "Записываю: часы, Ольга. Всё верно?"

    stage.play(scene)


def test_a_reply_that_breaks_off_is_heard_to_there_and_apologised_for(stage: Stage) -> None:
    """The second sentence has the values, and is not rendered: "Хорошо." is heard, and then nothing."""

    async def scene(call: Call) -> None:
        await call.says("часы")
        await call.bot_is_done()
        await call.render_ahead()
        call.voice.broken = 1
        await call.says("повторите пожалуйста")
        await call.bot_is_done()
        record = await call.record()
        assert record.turns[4].text.startswith("Повторяю.")
        assert record.turns[4].heard_text == "Повторяю."
        assert await call.hears_bot() - now() < 3.0

    stage.play(scene)


def test_a_bot_without_a_voice_hangs_up_soon_and_the_call_has_failed(stage: Stage) -> None:
    async def scene(call: Call) -> None:
        call.voice.broken = 1000
        end = await call.says("часы")
        record = await call.ended()
        assert call.line.hung_up_at is not None
        assert call.line.hung_up_at - end < 3.0
        assert (record.call.status, record.call.end_reason) == (CallStatus.FAILED, "failed")
        assert record.event("provider_failed")
        assert [turn.heard_text for turn in record.turns[2:]] == ["", ""], "neither reply nor apology was heard"

    stage.play(scene)


def test_a_voice_that_is_dead_from_the_first_word_hangs_up_too(stage: Stage) -> None:
    async def scene(call: Call) -> None:
        assert (await call.ended()).call.status is CallStatus.FAILED
        assert call.line.hung_up_at is not None
        assert call.line.hung_up_at < 3.0

    stage.play(scene, rehearsed=False, broken=1000)


def test_the_third_answer_in_a_row_that_nobody_heard_ends_the_call_politely(stage: Stage) -> None:
    """What is rendered can still be said: the apologies, and the last one."""

    async def scene(call: Call) -> None:
        await call.render_ahead()
        call.voice.broken = 1000
        for words in ("часы", "Ольга", "повторите пожалуйста"):
            await call.says(words)
            await call.bot_is_done()
        record = await call.ended()
        assert record.said[-1] == APOLOGY
        assert call.heard_out
        assert (record.call.status, record.call.end_reason) == (CallStatus.FAILED, "failed")

    stage.play(scene)


def test_a_recogniser_that_is_dead_ends_the_call_with_an_apology(stage: Stage) -> None:
    async def scene(call: Call) -> None:
        end = now()
        call.ears.break_down()
        assert await call.hears_bot() - end < 3.0
        record = await call.ended()
        assert record.said[-1] == APOLOGY
        assert call.heard_out
        assert record.call.status is CallStatus.FAILED
        assert [(event["kind"], event["cause"]) for event in record.event("provider_failed")] == [
            ("stt", "unreachable")
        ]

    stage.play(scene)


def test_a_provider_that_another_took_over_from_is_kept_with_the_call(stage: Stage) -> None:
    async def scene(call: Call) -> None:
        for watcher in call.speech.watchers:
            watcher(Trouble("stt", "deepgram/nova-3", "rate_limited", "local/whisper"))
        await call.says("часы")
        record = await call.after_turns(3)
        assert record.event("provider_failed") == [
            {"kind": "stt", "provider": "deepgram/nova-3", "cause": "rate_limited", "taken_over_by": "local/whisper"}
        ]
        assert [event.seq for event in record.events] == list(range(1, len(record.events) + 1))

    stage.play(scene)


def test_a_turn_that_could_not_be_written_is_apologised_for_and_can_be_said_again(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    step, failures = Recorder.step, iter([InterfaceError("away", None, OSError())])

    async def fails_once(recorder: Recorder, change: Change) -> None:
        for failure in failures:
            raise failure
        await step(recorder, change)

    async def scene(call: Call) -> None:
        monkeypatch.setattr(Recorder, "step", fails_once)
        end = await call.says("часы")
        assert await call.hears_bot() - end < 3.0
        assert call.voice.said[-1].startswith("Повторите")
        await call.bot_is_done()
        await call.says("часы")
        assert (await call.after_turns(3)).said[1:] == ["часы", "Хорошо, часы. Как вас зовут?"]

    stage.play(scene)


def test_a_session_that_livekit_closes_ends_the_call(stage: Stage) -> None:
    async def scene(call: Call) -> None:
        call.conversation._speaking.session._close_soon(reason=CloseReason.JOB_SHUTDOWN)
        record = await call.ended()
        assert (record.call.status, record.event("line_lost")) == (CallStatus.INTERRUPTED, [{"cause": "job_shutdown"}])
        assert call.line.hung_up_at is not None

    stage.play(scene)


def test_a_caller_who_leaves_while_the_database_is_away_leaves_no_line_open(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(*_: object, **__: object) -> bool:
        raise InterfaceError("away", None, OSError())

    async def scene(call: Call) -> None:
        monkeypatch.setattr(Recorder, "end", away)
        await call.conversation.caller_gone()
        async with asyncio.timeout(60):
            await call.conversation.over_event.wait()
        assert call.line.hung_up_at is not None

    stage.play(scene)
