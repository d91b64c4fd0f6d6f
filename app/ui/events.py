"""Live pages: one stream of "look again" a page. What changed is never in it; the page asks for its own block."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from uuid import UUID

from litestar import Controller, get
from litestar.params import FromQuery
from litestar.response import ServerSentEvent
from litestar.response.sse import ServerSentEventMessage

from app.calls import live
from app.errors import NotFound
from app.ui.visits import ENTRY, Entry, Here

LIFE = 600.0
"""Seconds of one stream; the browser connects again, and is asked again who it is."""
HEARTBEAT = 15.0
"""Seconds without news after which a comment shows that the stream is alive."""
MAX_TOPICS = 8


class EventPages(Controller):
    """`/c/{slug}/events`."""

    path = "/c/{slug:str}/events"
    dependencies = ENTRY

    @get("/")
    async def stream(self, entry: Here, topics: FromQuery[str]) -> ServerSentEvent:
        wanted = [_topic(name) for name in topics.split(",")[:MAX_TOPICS]]
        return ServerSentEvent(_events(entry, wanted))


def _topic(name: str) -> str:
    """A topic that pages may follow. Raises NotFound for any other; rows of other companies are never read here."""
    kind, _, rest = name.partition(":")
    if kind == live.CALLS and not rest:
        return live.CALLS
    if kind == "call":
        try:
            return live.call_topic(UUID(rest))
        except ValueError as error:
            raise NotFound from error
    raise NotFound


async def _events(entry: Entry, topics: list[str]) -> AsyncIterator[ServerSentEventMessage]:
    """An event named after the kind of each topic that changed; comments while nothing does."""
    news: asyncio.Queue[str] = asyncio.Queue()
    listener = asyncio.create_task(_listen(entry, topics, news), name="live page")
    loop = asyncio.get_running_loop()
    end = loop.time() + LIFE
    try:
        while loop.time() < end and not listener.done():
            try:
                async with asyncio.timeout(HEARTBEAT):
                    topic = await news.get()
            except TimeoutError:
                yield ServerSentEventMessage(comment="alive")
                continue
            yield ServerSentEventMessage(event=topic.partition(":")[0], data="1")
    finally:
        listener.cancel()
        await asyncio.gather(listener, return_exceptions=True)


async def _listen(entry: Entry, topics: list[str], news: asyncio.Queue[str]) -> None:
    """Hands on what changed. Ends with the stream, or when Redis goes away: the browser then connects again."""
    async for topic in live.subscribe(entry.rt.redis, entry.company.id, topics):
        news.put_nowait(topic)
