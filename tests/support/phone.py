"""A phone at a LiveKit server: a participant of kind SIP with the attributes of the bridge's, who hears and speaks.

What the bridge itself does (INVITE, codecs, REFER) is not covered by it.
"""

from __future__ import annotations

import array
import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from uuid import uuid4

from livekit import api, rtc

from app.telephony.rooms import ws_url
from tests.support.livekit_server import KEY, SECRET, LiveKitServer
from tests.support.spoken import RATE, frames

PATIENCE = 120.0
"""Seconds for whatever must happen."""
LOUD = 300
"""Mean amplitude of a voice; silence has less."""
PAUSE = 0.8
"""Seconds of silence after which the bot has said what it had to say."""


@dataclass
class Phone:
    """One call."""

    room: rtc.Room
    name: str
    heard: float = 0.0
    """Seconds of the bot's voice."""
    quiet: float = 0.0
    """Seconds since the bot's voice was heard."""
    left: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when the call is over for us."""
    digits: list[str] = field(default_factory=list)
    _source: rtc.AudioSource = field(default_factory=lambda: rtc.AudioSource(RATE, 1, queue_size_ms=1000))
    _answered: float = 0.0
    _news: asyncio.Event = field(default_factory=asyncio.Event)
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

    async def hears(self, seconds: float = 0.2) -> None:
        """Returns when the bot has been heard for so long since the beginning."""
        await self._until(lambda: self.heard >= seconds)

    async def heard_out_or_over(self) -> None:
        """Returns when the bot has said what it had to say since this was last asked, or when the call is over."""
        await self._until(lambda: self.left.is_set() or (self.heard > self._answered + 0.1 and self.quiet > PAUSE))
        self._answered = self.heard

    async def _until(self, holds: Callable[[], bool]) -> None:
        async with asyncio.timeout(PATIENCE):
            while not holds():
                self._news.clear()
                await self._news.wait()

    async def say(self, pcm: bytes) -> None:
        """Speaks; returns when the last sound is out."""
        for frame in frames(pcm):
            await self._source.capture_frame(frame)
        await self._source.wait_for_playout()

    async def press(self, digits: str) -> None:
        for digit in digits:
            await self.room.local_participant.publish_dtmf(code="0123456789*#".index(digit), digit=digit)

    async def status(self, status: str) -> None:
        """What the bridge says of the call: ringing, active, hangup."""
        await self.room.local_participant.set_attributes({"sip.callStatus": status})

    async def hang_up(self) -> None:
        await self.room.disconnect()

    async def is_over(self) -> None:
        """Returns when the other side has ended the call."""
        async with asyncio.timeout(PATIENCE):
            await self.left.wait()

    async def _listen(self, track: rtc.Track) -> None:
        stream = rtc.AudioStream(track, sample_rate=RATE, num_channels=1)
        async for event in stream:
            samples = array.array("h", bytes(event.frame.data))
            seconds = len(samples) / RATE
            if samples and sum(map(abs, samples)) / len(samples) > LOUD:
                self.heard += seconds
                self.quiet = 0.0
            else:
                self.quiet += seconds
            self._news.set()

    def _on_left(self, _: object) -> None:
        self.left.set()
        self._news.set()

    def _on_track(self, track: rtc.Track, *_: object) -> None:
        if track.kind == rtc.TrackKind.KIND_AUDIO:
            self._tasks.add(asyncio.create_task(self._listen(track)))


@asynccontextmanager
async def phone(
    server: LiveKitServer,
    called: str,
    *,
    caller: str = "79161234567",
    agent: str | None = "otklik",
    room: str | None = None,
) -> AsyncIterator[Phone]:
    """Dials `called` as the bridge would: the room is made by the caller's token, and an agent is asked for."""
    name = room or f"call_{caller}_{uuid4().hex[:8]}"
    made = Phone(rtc.Room(), name)
    made.room.on("track_subscribed", made._on_track)
    made.room.on("disconnected", made._on_left)
    attributes = {
        "sip.callID": f"SCL_{uuid4().hex[:12]}",
        "sip.trunkPhoneNumber": called,
        "sip.phoneNumber": caller,
        "sip.callStatus": "ringing",
    }
    agents = [api.RoomAgentDispatch(agent_name=agent)] if agent else []
    token = (
        api.AccessToken(KEY, SECRET)
        .with_identity(f"sip_{caller}")
        .with_name(f"Phone {caller}")
        .with_kind("sip")
        .with_attributes(attributes)
        .with_grants(api.VideoGrants(room_join=True, room=name, can_update_own_metadata=True))
        .with_room_config(api.RoomConfiguration(agents=agents))
    )
    await made.room.connect(ws_url(server.url), token.to_jwt())
    track = rtc.LocalAudioTrack.create_audio_track("phone", made._source)
    await made.room.local_participant.publish_track(
        track, rtc.TrackPublishOptions(source=rtc.TrackSource.SOURCE_MICROPHONE)
    )
    try:
        yield made
    finally:
        for task in made._tasks:
            task.cancel()
        await asyncio.gather(*made._tasks, return_exceptions=True)
        await made.room.disconnect()
        await made._source.aclose()
