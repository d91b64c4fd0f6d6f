"""A sentence in a bot's voice, to be listened to."""

from __future__ import annotations

import io
import time
import wave
from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from livekit.agents import APIError

from app.bots.voice import BotVoice
from app.errors import NoVoice
from app.voice.providers.chain import Chain, Limits, Rest
from app.voice.providers.choosing import speaking
from app.voice.providers.making import members
from app.voice.providers.probing import LIMIT
from app.voice.providers.source import RATE, ConfiguredSpeech
from app.voice.providers.speech import Trouble
from app.voice.providers.voices import Voices
from app.voice.spoken_text import speakable

PATIENT = Limits(first=LIMIT, last=LIMIT)
"""Nobody is on the phone: each provider may take its time."""


@dataclass(frozen=True)
class Sample:
    """`wav` is empty when nobody could say it; `troubles` say why."""

    wav: bytes
    served_by: str
    first_ms: int
    troubles: tuple[Trouble, ...]


async def say(source: ConfiguredSpeech, company_id: UUID, voice: BotVoice, language: str, text: str) -> Sample:
    """The sentence as it would be spoken in a call, by the first voice of the chain that can.

    Raises NoVoice, SettingsInvalid, SealBroken.
    """
    speaks = speaking(source.platform.chain("tts", voice.tts, await source.own(company_id)), language)
    if not speaks:
        raise NoVoice(missing="tts")
    troubles: list[Trouble] = []
    watchers: list[Callable[[Trouble], None]] = [troubles.append]
    making = await source.making()
    try:
        mouths = [await making.mouth(one, language, voice.speed) for one in speaks]
        chain = Chain("tts", members("tts", company_id, speaks, mouths), rest=Rest(), watchers=watchers)
        return await _said(Voices(chain, PATIENT), speakable(text, language, voice.stress), troubles)
    finally:
        await making.close()


async def _said(voices: Voices, text: str, troubles: list[Trouble]) -> Sample:
    began, first, sound = time.perf_counter(), 0, bytearray()
    stream = voices.synthesize(text)
    try:
        async with stream:
            async for audio in stream:
                first = first or max(1, round((time.perf_counter() - began) * 1000))
                sound += audio.frame.data.tobytes()
    except APIError:
        return Sample(b"", "", 0, tuple(troubles))
    return Sample(_wav(bytes(sound)), stream.served_by or "", first, tuple(troubles))


def _wav(sound: bytes) -> bytes:
    file = io.BytesIO()
    with wave.open(file, "wb") as writer:
        writer.setnchannels(1)
        writer.setsampwidth(2)
        writer.setframerate(RATE)
        writer.writeframes(sound)
    return file.getvalue()
