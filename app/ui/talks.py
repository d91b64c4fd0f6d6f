"""The typed talks of the web program: made with it, warmed while it begins to serve, let go when it ends."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from litestar import Litestar
from litestar.datastructures import State
from litestar.di import NamedDependency

from app.runtime import Runtime
from app.voice.text import TextCalls


@asynccontextmanager
async def typed_talks(app: Litestar, rt: Runtime) -> AsyncIterator[None]:
    """Keeps TextCalls in the application's state for Try it."""
    talks = TextCalls(rt)
    app.state.talks = talks
    warming = asyncio.create_task(talks.warm(), name="warming of typed talks")
    try:
        yield
    finally:
        warming.cancel()
        await asyncio.gather(warming, return_exceptions=True)
        await talks.close()


Talks = NamedDependency[TextCalls]


def provide_talks(state: State) -> TextCalls:
    """The program's typed talks."""
    found: TextCalls = state.talks
    return found
