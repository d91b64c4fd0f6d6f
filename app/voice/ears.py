"""What of the recogniser's words reaches the conversation: a murmur while the bot speaks is no turn.

"Угу" over the bot's sentence shows that the caller listens. When the sentence ends right after it, and with a question,
the murmur may have been the answer: then it is let through late.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterable, Callable

from livekit.agents import stt
from livekit.agents.utils import aio

from app.voice.backchannel import only_backchannel

TAIL = 1.0
"""Seconds before the end of the bot's words in which a murmur counts as an answer to them."""

_WORDS = frozenset(
    {
        stt.SpeechEventType.INTERIM_TRANSCRIPT,
        stt.SpeechEventType.PREFLIGHT_TRANSCRIPT,
        stt.SpeechEventType.FINAL_TRANSCRIPT,
    }
)


class Ears:
    """The filter of one call. `language` gives the call's language, `floor` says whether the bot speaks or is about
    to, `asked` whether what it last said can be answered with a murmur."""

    def __init__(self, *, language: Callable[[], str], floor: Callable[[], bool], asked: Callable[[], bool]) -> None:
        self._language = language
        self._floor = floor
        self._asked = asked
        self._out: aio.Chan[stt.SpeechEvent] | None = None
        self._held: tuple[float, stt.SpeechEvent] | None = None

    async def hear(self, events: AsyncIterable[stt.SpeechEvent]) -> AsyncGenerator[stt.SpeechEvent, None]:
        """The events that count."""
        self._out = out = aio.Chan[stt.SpeechEvent]()
        taking = asyncio.create_task(self._take(events, out), name="what the caller says")
        taking.add_done_callback(lambda _: out.close())
        try:
            async for event in out:
                yield event
            await taking
        finally:
            taking.cancel()
            await asyncio.gather(taking, return_exceptions=True)

    def floor_is_free(self) -> None:
        """The bot has said all it had to say."""
        held, self._held = self._held, None
        if held is None or self._out is None or self._out.closed:
            return
        at, event = held
        if self._asked() and asyncio.get_running_loop().time() - at <= TAIL:
            self._out.send_nowait(event)

    async def _take(self, events: AsyncIterable[stt.SpeechEvent], out: aio.Chan[stt.SpeechEvent]) -> None:
        async for event in events:
            if self._is_murmur(event):
                if event.type is stt.SpeechEventType.FINAL_TRANSCRIPT:
                    self._held = (asyncio.get_running_loop().time(), event)
            else:
                out.send_nowait(event)

    def _is_murmur(self, event: stt.SpeechEvent) -> bool:
        if event.type not in _WORDS or not event.alternatives or not self._floor():
            return False
        return only_backchannel(event.alternatives[0].text, self._language())
