"""The bot's speech on its way to a browser, on a clock of the test's own: what is sent, and what counts as heard."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from livekit import rtc
from livekit.agents.voice.io import PlaybackFinishedEvent

from app.voice.sockets import LEAD, SPOKEN_RATE, STUCK, SocketAudioOutput
from tests.support.waiting import until

pytestmark = [pytest.mark.unit, pytest.mark.voice]


class Ear:
    """A client that has been sent something, and a clock."""

    def __init__(self) -> None:
        self.now = 100.0
        self.told: list[str] = []
        self.sent = 0
        self.output = SocketAudioOutput(self._take, lambda: self.now)
        self.ends: list[PlaybackFinishedEvent] = []
        self.output.on("playback_finished", self.ends.append)

    def _take(self, message: bytes | str) -> None:
        if isinstance(message, bytes):
            self.sent += len(message) // 2
        else:
            self.told.append(json.loads(message)["type"])

    async def speak(self, seconds: float) -> None:
        samples = round(SPOKEN_RATE * seconds)
        await self.output.capture_frame(rtc.AudioFrame(bytes(2 * samples), SPOKEN_RATE, 1, samples))

    async def until(self, holds: Callable[[], bool]) -> None:
        async def there() -> bool:
            return holds()

        await until(there)


async def test_speech_goes_out_a_little_ahead_and_what_was_played_is_what_counts() -> None:
    ear = Ear()
    await ear.speak(10)
    await ear.until(lambda: ear.sent > 0)
    assert LEAD <= ear.sent / SPOKEN_RATE < LEAD + 0.05
    ear.now += 1
    ear.output.played(1, 2_000, done=False)
    await ear.until(lambda: ear.sent / SPOKEN_RATE > LEAD + 0.05)
    ear.output.flush()
    ear.output.clear_buffer()
    assert ear.told[-1] == "clear"
    assert not ear.ends, "the client has not said yet where it stopped"
    ear.output.played(1, 3_000, done=True)
    await ear.until(lambda: bool(ear.ends))
    assert (ear.ends[0].playback_position, ear.ends[0].interrupted) == (3_000 / SPOKEN_RATE, True)
    await ear.output.aclose()


async def test_a_client_that_plays_nothing_holds_no_call_up() -> None:
    ear = Ear()
    await ear.speak(1)
    ear.output.flush()
    await ear.until(lambda: ear.sent > 0)
    ear.now += STUCK
    await ear.until(lambda: "clear" in ear.told)
    ear.now += STUCK
    await ear.until(lambda: bool(ear.ends))
    assert (ear.ends[0].playback_position, ear.ends[0].interrupted) == (0, True)
    await ear.output.aclose()


async def test_what_comes_after_the_caller_is_gone_ends_at_once() -> None:
    ear = Ear()
    ear.output.nobody_listens()
    await ear.speak(3)
    ear.output.flush()
    assert ear.sent == 0
    assert ear.ends[0].playback_position == 0
