"""What the bot says in a call, from livekit's point of view: speeches that begin, are played out, or are cut off."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import timedelta

from livekit.agents import AgentSession, SpeechCreatedEvent, llm
from livekit.agents.voice import SpeechHandle

from app.errors import CallBusy
from app.voice.played import Heard, Played

Over = Callable[[SpeechHandle, bool, Callable[[int], Heard]], None]


def longest(text: str) -> timedelta:
    """How long saying this can take, waiting for its first sound included; a slow voice needs 0.1 s a letter."""
    return timedelta(seconds=15 + 0.15 * len(text))


class Speaking:
    """Of one call. `over` is told about each speech of the record that has ended: its handle, whether it is a reply to
    the caller, and what was heard, given the number of parts that came before the reply."""

    def __init__(
        self, over: Callable[[SpeechHandle, bool, Callable[[int], Heard]], None], played: Played | None
    ) -> None:
        self._over = over
        self._played = played
        self._session: AgentSession[None] | None = None
        self._beside: dict[SpeechHandle, asyncio.Future[bool]] = {}
        """What is said outside the record, with whether it was heard."""

    @property
    def session(self) -> AgentSession[None]:
        """Raises CallBusy when there is none any more."""
        if self._session is None:
            raise CallBusy
        return self._session

    def use(self, session: AgentSession[None]) -> None:
        """Speaks in this session."""
        self._session = session
        session.on("speech_created", self._on_speech)

    def take_session(self) -> AgentSession[None] | None:
        """The session, which is used no more."""
        session, self._session = self._session, None
        return session

    def follow_line(self) -> None:
        """Listens to what the line reports about play-out."""
        if self._played is not None and self.session.output.audio is not None:
            self._played.follow(self.session.output.audio)

    async def say(self, text: str) -> None:
        """Says what the record holds already; returns when it is out, or was cut off."""
        _ = await self.session.say(text)

    async def say_beside(self, text: str) -> bool:
        """Says something that is no turn, within limits; whether any of it was heard."""
        try:
            handle = self.session.say(text, add_to_chat_ctx=False)
        except (CallBusy, RuntimeError):  # the session is closing
            return False
        told = self._beside.setdefault(handle, asyncio.get_running_loop().create_future())
        try:
            async with asyncio.timeout(longest(text).total_seconds()):
                return await told
        except TimeoutError:
            return False

    async def stop(self) -> None:
        """Stops everything that is being said."""
        try:
            await self.session.interrupt(force=True)
        except (CallBusy, RuntimeError):  # the session is closing
            return

    def _on_speech(self, event: SpeechCreatedEvent) -> None:
        reply = event.source != "say"
        event.speech_handle.add_done_callback(lambda handle: self._on_over(handle, reply))

    def _on_over(self, handle: SpeechHandle, reply: bool) -> None:
        if not handle.scheduled:
            return  # computed early and thrown away: it was never to be heard
        if (told := self._beside.pop(handle, None)) is None:
            self._over(handle, reply, lambda fillers: self._heard(handle, fillers))
        elif not told.done():
            told.set_result(self._heard(handle, 0).sounded)

    def _heard(self, handle: SpeechHandle, fillers: int) -> Heard:
        if self._played is not None:
            return self._played.take(fillers=fillers)
        items = (item for item in handle.chat_items if isinstance(item, llm.ChatMessage) and item.role == "assistant")
        return Heard(sounded=True, words="".join(item.text_content or "" for item in items))
