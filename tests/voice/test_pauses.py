"""Pauses of a caller, on virtual time: the scenario's question decides which of them end the turn."""

from __future__ import annotations

import asyncio

import pytest

from app.voice.endpointing import SURE, UNHEARD, UNLIKELY
from tests.support.scenes import TICK, Call, Stage

pytestmark = [pytest.mark.voice, pytest.mark.integration]

PAUSE = UNLIKELY.total_seconds() - 0.1
"""Seconds of silence in which every turn is over that is not certainly unfinished."""
REPLY = 0.2
"""Seconds that the reply may take after the turn: its first sound comes 0.1 s after it was asked for."""


def test_who_has_not_finished_is_waited_for(stage: Stage) -> None:
    async def scene(call: Call) -> None:
        await call.says("у меня сломались")
        await call.says("ну")
        await asyncio.sleep(PAUSE)
        await call.says("часы")
        await call.bot_is_done()
        assert (await call.record()).said[1:] == ["у меня сломались ну часы", "Хорошо, часы. Как вас зовут?"]

    stage.play(scene)


def test_a_whole_answer_is_taken_before_other_words_are(stage: Stage) -> None:
    async def scene(call: Call) -> None:
        end = await call.says("часы")
        sure = await call.hears_bot() - end
        await call.bot_is_done()
        assert sure <= SURE.total_seconds() + TICK + REPLY
        end = await call.says("Ольга")  # of a free text nobody knows where it ends
        assert await call.hears_bot() - end >= UNHEARD.total_seconds() - TICK > sure

    stage.play(scene)
