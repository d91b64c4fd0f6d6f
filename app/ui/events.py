"""Live pages: one stream of "look again" a page. What changed is never in it; the page asks for its own block."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from uuid import UUID

from litestar import Controller, get
from litestar.params import FromQuery
from litestar.response import ServerSentEvent
from litestar.response.sse import ServerSentEventMessage

from app.calls import live
from app.errors import NotFound, TooManyRequests
from app.ui.visits import ENTRY, Entry, Here

LIFE = 600.0
"""Seconds of one stream; the browser connects again, and is asked again who it is."""
HEARTBEAT = 15.0
"""Seconds without news after which a comment shows that the stream is alive."""
MAX_TOPICS = 8
MAX_STREAMS = 10
"""Streams of one sign-in at once in a process; a page without one asks every few seconds instead."""
STREAMS = "live_streams"
"""Where the application's state counts them: sign-in to number."""


class EventPages(Controller):
    """`/c/{slug}/events`."""

    path = "/c/{slug:str}/events"
    dependencies = ENTRY

    @get("/")
    async def stream(self, entry: Here, topics: FromQuery[str]) -> ServerSentEvent:
        wanted = [_topic(name) for name in topics.split(",")[:MAX_TOPICS]]
        if _streams(entry)[entry.visit.session.id] >= MAX_STREAMS:
            raise TooManyRequests(seconds=int(LIFE))
        return ServerSentEvent(_counted(entry, wanted))


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


def _streams(entry: Entry) -> Counter[UUID]:
    counts: Counter[UUID] = entry.request.app.state.setdefault(STREAMS, Counter())
    return counts


async def _counted(entry: Entry, topics: list[str]) -> AsyncIterator[ServerSentEventMessage]:
    """The stream while it counts; of many that were let in at the same moment those beyond the limit end at once."""
    counts, session = _streams(entry), entry.visit.session.id
    if counts[session] >= MAX_STREAMS:
        return
    counts[session] += 1
    try:
        async with aclosing(_events(entry, topics)) as events:
            async for event in events:
                yield event
    finally:
        counts[session] -= 1
        if not counts[session]:
            del counts[session]


async def _events(entry: Entry, topics: list[str]) -> AsyncGenerator[ServerSentEventMessage, None]:
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
