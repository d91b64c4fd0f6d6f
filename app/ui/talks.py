"""The talks of the web program, typed and spoken: made with it, warmed while it begins to serve, let go when it
ends."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from litestar import Litestar
from litestar.datastructures import State
from litestar.di import NamedDependency

from app.runtime import Runtime
from app.voice.providers.speech import SpeechSource
from app.voice.spoken import SpokenCalls
from app.voice.text import TextCalls


@asynccontextmanager
async def talks_of(app: Litestar, rt: Runtime, speech: SpeechSource | None) -> AsyncIterator[None]:
    """Keeps TextCalls and SpokenCalls in the application's state; `speech` None: that of the settings."""
    typed, spoken = TextCalls(rt), SpokenCalls(rt, speech=speech)
    app.state.talks, app.state.spoken = typed, spoken
    warming = asyncio.create_task(typed.warm(), name="warming of talks")
    try:
        yield
    finally:
        warming.cancel()
        await asyncio.gather(warming, return_exceptions=True)
        await spoken.close()
        await typed.close()


Talks = NamedDependency[TextCalls]
Spoken = NamedDependency[SpokenCalls]


def provide_talks(state: State) -> TextCalls:
    """The program's typed talks."""
    found: TextCalls = state.talks
    return found


def provide_spoken(state: State) -> SpokenCalls:
    """The program's spoken calls."""
    found: SpokenCalls = state.spoken
    return found
