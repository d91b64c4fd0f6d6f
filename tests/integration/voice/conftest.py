"""A bot with the small scenario, and typed calls as one process carries them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from app.bots.models import Bot
from app.db.base import new_id
from app.runtime import Clock, system_clock
from app.settings import CallSettings, LlmSettings
from app.voice.text import TextCalls
from tests.support.talks import SCENARIO
from tests.support.world import World

Process = Callable[..., TextCalls]


@pytest.fixture
async def bot(world: World) -> Bot:
    return await world.bot(slug="workshop", source=SCENARIO)


@pytest.fixture
async def process(world: World) -> AsyncIterator[Process]:
    """Makes what one more process would be: typed calls with a holder of their own on the same servers."""
    made: list[TextCalls] = []

    def make(
        *,
        llm: LlmSettings | None = None,
        silence: float = 90.0,
        lease: float = 30.0,
        renewal: float = 10.0,
        clock: Clock = system_clock,
        max_running: int = 100,
        max_trials: int = 20,
    ) -> TextCalls:
        calls = TextCalls(
            replace(world.rt, process=new_id(), clock=clock),
            llm=llm or LlmSettings(base_url=None),
            calls=CallSettings(
                lease=timedelta(seconds=lease),
                lease_renewal=timedelta(seconds=renewal),
                text_silence=timedelta(seconds=silence),
                max_running=max_running,
                max_trials=max_trials,
            ),
        )
        made.append(calls)
        return calls

    yield make
    await asyncio.gather(*(calls.close() for calls in made))


@pytest.fixture
def calls(process: Process) -> TextCalls:
    """The typed calls of one process, without a language model."""
    return process()
