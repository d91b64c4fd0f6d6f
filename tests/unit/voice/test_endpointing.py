"""The waits that livekit makes of what the scenario knows."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest
from livekit.agents import llm
from livekit.agents.voice.turn import _StreamingTurnDetector

from app.scenario.state import Ask, Pending
from app.voice.endpointing import (
    ENDPOINTING,
    LIKELY,
    SURE,
    UNFINISHED,
    UNHEARD,
    UNLIKELY,
    VAD_SILENCE,
    ScenarioTurnDetector,
)
from app.voice.tone import Tone
from tests.support.conversations import clinic_with, start

pytestmark = pytest.mark.unit


class _Clock(asyncio.SelectorEventLoop):
    """A loop on which waiting takes no time."""

    def __init__(self) -> None:
        super().__init__()
        self._ahead = 0.0

    def time(self) -> float:
        return super().time() + self._ahead

    def _run_once(self) -> None:
        scheduled = self._scheduled  # type: ignore[attr-defined]
        if scheduled and not self._ready:  # type: ignore[attr-defined]
            self._ahead += max(0.0, scheduled[0].when() - self.time())
        super()._run_once()  # type: ignore[misc]


class _Voice(Tone):
    """A voice that ended so; None: nobody knows."""

    def __init__(self, *, fell: bool | None) -> None:
        super().__init__()
        self._fell = fell

    async def fell(self) -> bool | None:
        return self._fell


def predicted(
    words: str, *, earlier: str | None = None, tone: Tone | None = None, unfinished: timedelta = UNFINISHED
) -> tuple[bool, float]:
    """Whether livekit will take the turn as finished, and the seconds it waited for the answer."""
    clinic = clinic_with()
    state = replace(start(clinic).says("хочу записаться").state, pending=Pending(Ask.VALUE, "phone"))
    detector = ScenarioTurnDetector(lambda: (clinic, state), tone, unfinished=unfinished)
    context = llm.ChatContext.empty()
    if earlier is not None:
        context.add_message(role="user", content=earlier)
        context.add_message(role="assistant", content="Какой номер?")
    context.add_message(role="user", content=words)

    async def ask() -> tuple[bool, float]:
        loop = asyncio.get_running_loop()
        began = loop.time()
        probability = await detector.predict_end_of_turn(context)
        threshold = await detector.unlikely_threshold(None)
        assert threshold is not None
        return probability >= threshold, loop.time() - began

    with asyncio.Runner(loop_factory=_Clock) as runner:
        return runner.run(ask())


def waits(tone: Tone | None, words: str = "а у вас красиво", unfinished: timedelta = UNFINISHED) -> float:
    finished, waited = predicted(words, tone=tone, unfinished=unfinished)
    assert not finished
    return waited


def test_a_whole_number_ends_the_turn_after_the_shorter_wait() -> None:
    finished, _ = predicted("8 916 123 45 67", earlier="хочу записаться на", tone=_Voice(fell=False))
    assert finished


def test_half_a_number_is_waited_for_however_the_voice_went() -> None:
    expected = (UNFINISHED - VAD_SILENCE).total_seconds()
    assert waits(_Voice(fell=True), "восемь девятьсот шестнадцать") >= expected
    assert waits(None, "восемь девятьсот шестнадцать") >= expected


def test_where_the_words_do_not_decide_the_voice_does() -> None:
    assert waits(_Voice(fell=False)) >= (UNLIKELY - VAD_SILENCE).total_seconds()
    unheard = waits(_Voice(fell=None))
    assert (UNHEARD - VAD_SILENCE).total_seconds() <= unheard
    assert UNHEARD < UNLIKELY


def test_a_bots_patience_is_the_longest_wait() -> None:
    patience = timedelta(seconds=9)
    assert waits(None, "восемь девятьсот шестнадцать", patience) >= (patience - VAD_SILENCE).total_seconds()
    assert waits(_Voice(fell=False), unfinished=VAD_SILENCE) < (UNLIKELY - VAD_SILENCE).total_seconds()


def test_livekits_longer_wait_is_the_one_for_a_voice_that_fell() -> None:
    assert ENDPOINTING["min_delay"] == SURE.total_seconds()
    assert ENDPOINTING["max_delay"] == LIKELY.total_seconds()
    assert VAD_SILENCE < SURE < LIKELY < UNHEARD < UNLIKELY < UNFINISHED


def test_livekit_takes_it_for_a_detector_of_texts() -> None:
    detector = ScenarioTurnDetector(lambda: (clinic_with(), start(clinic_with()).state))
    assert not isinstance(detector, _StreamingTurnDetector)
