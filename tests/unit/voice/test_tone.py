"""How a voice ended, heard by the real voice detector and the real model."""

from __future__ import annotations

import pytest
from livekit.agents import inference, vad

from app.voice import tone
from app.voice.tone import Tone
from tests.support import spoken

pytestmark = pytest.mark.unit

IN_THE_MIDDLE = 0.65
"""Seconds of "My name is John Peterson" in which "my name is" is said."""


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tone, "PATIENCE", 60.0)  # how long the model takes here is no matter


async def heard(sound: bytes, *, rate: int = spoken.RATE) -> tuple[Tone, list[vad.VADEventType]]:
    """A tone after the sound, and what the session was told of it."""
    listening = Tone()
    stream = listening.over(inference.VAD()).stream()
    for frame in spoken.frames(sound, rate=rate):
        stream.push_frame(frame)
    stream.end_input()
    told: list[vad.VADEventType] = [event.type async for event in stream]
    await stream.aclose()
    return listening, [kind for kind in told if kind is not vad.VADEventType.INFERENCE_DONE]


@pytest.mark.parametrize("rate", [16000, 48000])
async def test_a_voice_falls_at_the_end_and_not_in_the_middle(rate: int) -> None:
    whole = spoken.line("en_bdl_01").pcm
    middle = whole[: 2 * round(IN_THE_MIDDLE * spoken.RATE)]
    ended, told = await heard(whole + spoken.silence(0.5), rate=rate)
    assert told == [vad.VADEventType.START_OF_SPEECH, vad.VADEventType.END_OF_SPEECH]
    assert await ended.fell() is True
    paused, _ = await heard(middle + spoken.silence(0.5), rate=rate)
    assert await paused.fell() is False


async def test_while_the_caller_speaks_nothing_is_known() -> None:
    whole = spoken.line("en_bdl_01").pcm
    speaking, _ = await heard(whole + spoken.silence(0.5) + whole[: spoken.RATE])
    assert speaking.silence is None
    assert await speaking.fell() is None
    silent, _ = await heard(whole + spoken.silence(0.5))
    assert silent.silence is not None
    assert silent.silence >= tone.NOTICED
