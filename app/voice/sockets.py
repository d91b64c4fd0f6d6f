"""A call's sound over a WebSocket: 16-bit little-endian PCM, one channel, 16 kHz from the caller, 24 kHz to them.

Beside the sound go small JSON texts. Speech comes in numbered segments: `segment` before its first sound, `flush`
after its last, `clear` when it is cut off; the client says with `played` how much of it was heard. So what the record
keeps of an interrupted sentence is what came out of the caller's loudspeaker, not what we had sent.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress

from livekit import rtc
from livekit.agents import Agent, AgentSession
from livekit.agents.voice import AgentStateChangedEvent, UserInputTranscribedEvent, UserStateChangedEvent, io

from app.calls.models import Channel
from app.voice.wires import Closed, Gone, Wire

HEARD_RATE = 16_000
SPOKEN_RATE = 24_000
WIDTH = 2
"""Bytes of a sample."""

LEAD = 0.2
"""Seconds of speech that the client is sent ahead of what it plays."""
CHUNK = 0.04
"""Seconds of speech in one message."""
UNHEARD = 1.0
"""Seconds of speech that may be sent without the client saying that it was played; then we wait for it."""
STUCK = 15.0
"""Seconds without news of sound that the client should be playing; then it counts as not heard."""
CLEARED = 2.0
"""Seconds that the client has to say where it stopped; then its last word counts."""

BACKLOG = 2.0
"""Seconds of the caller's sound that may wait for the pipeline; the oldest go first."""

AHEAD = 10.0
"""Seconds that a client's sound may be ahead of real time: what a bad network held back comes at once."""
SPEED = 2.0
"""Times real time at which the client's sound may come in the long run."""
LEAST = 0.005
"""Seconds that any message counts as, however short it is."""
MAX_TEXT = 2048
"""Characters of a control text."""


_CAUSES = {
    1000: Gone.HUNG_UP,
    1001: Gone.HUNG_UP,  # the page was left
    1002: Gone.BAD,
    1007: Gone.BAD,
    1009: Gone.TOO_LONG,
    1012: Gone.STOPPING,
}
"""Codes with which the client or the web server closed."""


class Pace:
    """How fast a client may send: a bucket that empties at SPEED and holds AHEAD seconds."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._at = clock()
        self._level = 0.0

    def takes(self, seconds: float) -> bool:
        """Whether a message of so many seconds of sound may still come."""
        now = self._clock()
        self._level = max(0.0, self._level - (now - self._at) * SPEED) + max(seconds, LEAST)
        self._at = now
        return self._level <= AHEAD


class SocketAudioInput(io.AudioInput):
    """The caller's sound. What the pipeline does not take in time is dropped, the oldest first."""

    def __init__(self) -> None:
        super().__init__(label="socket")
        self._waiting: deque[rtc.AudioFrame] = deque()
        self._seconds = 0.0
        self._news = asyncio.Event()
        self._closed = False

    def push(self, pcm: bytes) -> None:
        """One message of the client."""
        frame = rtc.AudioFrame(pcm, HEARD_RATE, 1, len(pcm) // WIDTH)
        self._waiting.append(frame)
        self._seconds += frame.duration
        while self._seconds > BACKLOG and len(self._waiting) > 1:
            self._seconds -= self._waiting.popleft().duration
        self._news.set()

    def close(self) -> None:
        self._closed = True
        self._news.set()

    async def __anext__(self) -> rtc.AudioFrame:
        while not self._waiting:
            if self._closed:
                raise StopAsyncIteration
            self._news.clear()
            await self._news.wait()
        frame = self._waiting.popleft()
        self._seconds -= frame.duration
        return frame


class _Segment:
    """One speech on its way to the caller; lengths in samples."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.pending = bytearray()
        self.sent = 0
        self.played = 0
        self.flushed = False  # the session has no more of it
        self.flush_sent = False
        self.cleared_at: float | None = None  # by our clock
        self.done = False  # the client will play nothing more of it

    @property
    def cleared(self) -> bool:
        return self.cleared_at is not None


class SocketAudioOutput(io.AudioOutput):
    """The bot's speech, sent a little ahead of what is heard. The client's word is the truth about what was played."""

    def __init__(self, send: Callable[[bytes | str], None], clock: Callable[[], float]) -> None:
        super().__init__(label="socket", capabilities=io.AudioOutputCapabilities(pause=True), sample_rate=SPOKEN_RATE)
        self._send = send
        self._clock = clock
        self._segment: _Segment | None = None
        self._number = 0
        self._paused = False
        self._gone = False
        self._ends_at = 0.0  # by our clock: when the client will have played what it has
        self._heard_at = 0.0  # by our clock: the client's last word about what it played
        self._free = asyncio.Event()  # no segment is on its way
        self._free.set()
        self._news = asyncio.Event()
        self._pacing: asyncio.Task[None] | None = None

    # What the session does

    async def capture_frame(self, frame: rtc.AudioFrame) -> None:
        if self._segment is not None and self._segment.flushed:
            await self._free.wait()
        await super().capture_frame(frame)
        segment = self._segment or self._begin()
        if self._gone:
            segment.cleared_at = self._clock()
        elif not segment.cleared:
            segment.pending += bytes(frame.data)
            self._news.set()

    def flush(self) -> None:
        super().flush()
        if self._segment is not None:
            self._segment.flushed = True
            self._news.set()
            if self._gone:
                self._finish(self._segment)

    def clear_buffer(self) -> None:
        if self._segment is not None and not self._segment.cleared:
            self._clear(self._segment)
            self._news.set()

    def pause(self) -> None:
        super().pause()
        if not self._paused:
            self._paused = True
            self._tell("pause")

    def resume(self) -> None:
        super().resume()
        if self._paused:
            self._paused = False
            self._heard_at = now = self._clock()
            if self._segment is not None:
                self._ends_at = now + (self._segment.sent - self._segment.played) / SPOKEN_RATE
            self._tell("resume")
            self._news.set()

    # What the client says

    def played(self, number: int, samples: int, *, done: bool) -> None:
        """So many samples of this segment were heard; `done`: nothing more of it will be."""
        segment = self._segment
        if segment is None or segment.number != number:
            return
        started = segment.played > 0
        segment.played = max(segment.played, min(samples, segment.sent))
        segment.done = done and (segment.flush_sent or segment.cleared)
        self._heard_at = self._clock()
        if segment.played and not started:
            self.on_playback_started(created_at=time.time() - segment.played / SPOKEN_RATE)
        self._news.set()

    def nobody_listens(self) -> None:
        """The client is gone: what it has not played will never be."""
        self._gone = True
        if self._segment is not None and not self._segment.cleared:
            self._clear(self._segment)
        if self._segment is not None and self._segment.flushed:
            self._finish(self._segment)

    async def aclose(self) -> None:
        """Ends the sending."""
        self.nobody_listens()
        if self._pacing is not None:
            self._pacing.cancel()
            await asyncio.gather(self._pacing, return_exceptions=True)

    # On its way

    def _begin(self) -> _Segment:
        self._number += 1
        self._segment = segment = _Segment(self._number)
        self._free.clear()
        self._ends_at = self._heard_at = self._clock()
        if self._pacing is None and not self._gone:
            self._pacing = asyncio.create_task(self._pace(), name="speech to a socket")
        return segment

    async def _pace(self) -> None:
        while True:
            self._news.clear()
            try:
                async with asyncio.timeout(self._step()):
                    await self._news.wait()
            except TimeoutError:
                pass

    def _step(self) -> float | None:
        """Does what is due; returns the seconds until something may be due again, None when only news can make it."""
        segment, now = self._segment, self._clock()
        if segment is None:
            return None
        if self._stuck(segment, now) and not segment.cleared:
            self._clear(segment)
        if segment.cleared_at is None:
            self._send_due(segment, now)
        waits = segment.sent and not segment.done
        over = segment.cleared_at is not None and now >= segment.cleared_at + CLEARED
        if segment.flushed and (segment.cleared or segment.flush_sent) and (over or not waits):
            self._finish(segment)
            return None
        return self._until_due(segment, now)

    def _stuck(self, segment: _Segment, now: float) -> bool:
        """Whether the client plays nothing of what it has."""
        return not self._paused and segment.sent > segment.played and now >= self._heard_at + STUCK

    def _send_due(self, segment: _Segment, now: float) -> None:
        while segment.pending and not self._paused and self._may_send(segment, now):
            if not segment.sent:
                self._tell("segment", segment=segment.number)
            size = round(SPOKEN_RATE * CHUNK) * WIDTH
            chunk = bytes(segment.pending[:size])
            del segment.pending[:size]
            if segment.sent == segment.played:
                self._heard_at = now  # from here on there is something to play
            segment.sent += len(chunk) // WIDTH
            self._ends_at = max(self._ends_at, now) + len(chunk) / WIDTH / SPOKEN_RATE
            self._send(chunk)
        if segment.flushed and not segment.pending and not segment.flush_sent:
            segment.flush_sent = True
            if segment.sent:
                self._tell("flush", segment=segment.number)

    def _may_send(self, segment: _Segment, now: float) -> bool:
        return self._ends_at - now < LEAD and segment.sent - segment.played < UNHEARD * SPOKEN_RATE

    def _until_due(self, segment: _Segment, now: float) -> float | None:
        due = []
        if segment.cleared_at is not None:
            due = [segment.cleared_at + CLEARED] if segment.flushed else []
        elif not self._paused:
            if segment.pending and self._ends_at - now >= LEAD:
                due.append(self._ends_at - LEAD)
            if segment.sent > segment.played:
                due.append(self._heard_at + STUCK)
        return max(0.0, min(due) - now) if due else None

    def _clear(self, segment: _Segment) -> None:
        segment.cleared_at = self._clock()
        segment.pending.clear()
        if segment.sent and not self._gone:
            self._tell("clear", segment=segment.number)

    def _finish(self, segment: _Segment) -> None:
        self._segment = None
        self._free.set()
        self.on_playback_finished(playback_position=segment.played / SPOKEN_RATE, interrupted=segment.cleared)

    def _tell(self, what: str, **facts: object) -> None:
        self._send(json.dumps({"type": what, **facts}))


class SocketLine:
    """The caller's end of one call. `listen` must run as long as the call."""

    channel = Channel.WEB

    def __init__(self, wire: Wire, clock: Callable[[], float] | None = None) -> None:
        clock = clock or asyncio.get_running_loop().time
        self._wire = wire
        self._pace = Pace(clock)
        self._out: asyncio.Queue[bytes | str | None] = asyncio.Queue()
        self._writer = asyncio.create_task(self._write(), name="messages to a socket")
        self._ears = SocketAudioInput()
        self._mouth = SocketAudioOutput(self._out.put_nowait, clock)
        self._over = False

    # What the conversation does

    async def start(self, session: AgentSession[None], agent: Agent) -> None:
        """Gives the session its ears and mouth, and tells the client from now on what goes on."""
        session.input.audio = self._ears
        session.output.audio = self._mouth
        session.on("agent_state_changed", self._on_agent)
        session.on("user_state_changed", self._on_caller)
        session.on("user_input_transcribed", self._on_words)
        self.tell("started")
        await session.start(agent, record=False)

    async def hang_up(self) -> None:
        """The call is over: the client is told, then the connection is closed."""
        if self._over:
            return
        self._over = True
        self.tell("ended")
        await self._end(1000, "ended")

    # What the web program does

    def tell(self, what: str, **facts: object) -> None:
        """A control text to the client, after what is on its way already."""
        self._out.put_nowait(json.dumps({"type": what, **facts}, ensure_ascii=False))

    async def refuse(self, code: int, reason: str, text: str) -> None:
        """Tells the client in words why there is no call, or none any more, and closes the connection."""
        self._over = True
        self.tell("error", code=reason, text=text)
        await self._end(code, reason)

    async def listen(self) -> Gone:
        """Takes in what the client sends until it goes, or sends what no client of ours would."""
        try:
            while True:
                message = await self._wire.receive()
                gone = self._take(message)
                if gone is not None:
                    return gone
        except Closed as closed:
            return _CAUSES.get(closed.code, Gone.LOST)
        finally:
            self._mouth.nobody_listens()

    def _take(self, message: bytes | str) -> Gone | None:
        if isinstance(message, bytes):
            if not self._pace.takes(len(message) / WIDTH / HEARD_RATE):
                return Gone.TOO_FAST
            if not message or len(message) % WIDTH:
                return Gone.BAD
            self._ears.push(message)
            return None
        return Gone.TOO_FAST if not self._pace.takes(0) else self._obey(message)

    def _obey(self, text: str) -> Gone | None:
        try:
            said = json.loads(text) if len(text) <= MAX_TEXT else None
        except (ValueError, RecursionError):  # the latter: brackets in brackets
            said = None
        match said:
            case {"type": "played", "segment": int(number), "samples": int(samples), "done": bool(done)}:
                self._mouth.played(number, samples, done=done)
            case {"type": "hang_up"}:
                return Gone.HUNG_UP
            case _:
                return Gone.BAD
        return None

    # Messages out

    async def _write(self) -> None:
        with suppress(Closed):
            while (message := await self._out.get()) is not None:
                await self._wire.send(message)

    async def _end(self, code: int, reason: str) -> None:
        self._out.put_nowait(None)
        await self._mouth.aclose()
        self._ears.close()
        await asyncio.wait([self._writer], timeout=CLEARED)
        self._writer.cancel()
        await self._wire.close(code, reason)

    def _on_agent(self, event: AgentStateChangedEvent) -> None:
        self.tell("state", state=event.new_state)

    def _on_caller(self, event: UserStateChangedEvent) -> None:
        self.tell("caller", state=event.new_state)

    def _on_words(self, event: UserInputTranscribedEvent) -> None:
        self.tell("heard", text=event.transcript, final=event.is_final)
