"""The talks of the web program, typed and spoken: made with it, warmed while it begins to serve, let go when it
ends."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from litestar import Litestar
from litestar.datastructures import State
from litestar.di import NamedDependency

from app.runtime import Runtime
from app.settings import LiveKitSettings, read
from app.voice.providers.speech import SpeechSource
from app.voice.spoken import SpokenCalls
from app.voice.text import TextCalls

if TYPE_CHECKING:
    from app.telephony.rooms import Rooms


@asynccontextmanager
async def talks_of(app: Litestar, rt: Runtime, speech: SpeechSource | None) -> AsyncIterator[None]:
    """Keeps TextCalls and SpokenCalls in the application's state; `speech` None: that of the settings."""
    typed, spoken, rooms = TextCalls(rt), SpokenCalls(rt, speech=speech), await _rooms(read(LiveKitSettings))
    app.state.talks, app.state.spoken, app.state.rooms = typed, spoken, rooms
    warming = asyncio.create_task(typed.warm(), name="warming of talks")
    try:
        yield
    finally:
        warming.cancel()
        await asyncio.gather(warming, return_exceptions=True)
        await spoken.close()
        await typed.close()
        if rooms is not None:
            await rooms.aclose()


async def _rooms(settings: LiveKitSettings) -> Rooms | None:
    """The rooms of the media server; None without one. Raises SettingsInvalid."""
    if settings.url is None:
        return None
    from app.telephony.rooms import Rooms  # noqa: PLC0415  # its libraries, for those who have a media server

    return Rooms(settings)


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


def rooms_of(app: Litestar) -> Rooms | None:
    """The media server's rooms, if there is one."""
    found: Rooms | None = app.state.rooms
    return found
