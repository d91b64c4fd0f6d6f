"""Making the speech of one call out of what was chosen for it. Heavy to import: livekit and its plugins."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import aiohttp

from app.runtime import Runtime
from app.voice.providers import plugins
from app.voice.providers.catalogue import Part
from app.voice.providers.chain import Chain, Limits, Member, Rest
from app.voice.providers.choosing import Chosen
from app.voice.providers.ears import Ears
from app.voice.providers.loading import silero
from app.voice.providers.network import session
from app.voice.providers.plugins import Ear, Hearing, Mouth
from app.voice.providers.speech import Speech, Trouble
from app.voice.providers.voices import Voices


@dataclass(frozen=True)
class OwnedSpeech(Speech):
    """Speech that also closes the sockets it was given."""

    http: aiohttp.ClientSession = field(kw_only=True)

    async def aclose(self) -> None:
        await super().aclose()
        await self.http.close()


@dataclass
class Making:
    """Makes plugins that share their sockets; `close` takes back what became nobody's."""

    rt: Runtime
    seconds: float
    http: aiohttp.ClientSession = field(default_factory=session)
    made: list[Ear | Mouth] = field(default_factory=list)

    async def ear(self, one: Chosen, hearing: Hearing) -> Ear:
        plugin = await plugins.recogniser(self.rt, self.http, one.choice, one.given, hearing, seconds=self.seconds)
        self.made.append(plugin)
        return plugin

    async def mouth(self, one: Chosen, language: str, speed: float) -> Mouth:
        plugin = await plugins.voice(
            self.rt, self.http, one.choice, one.given, language, speed=speed, seconds=self.seconds
        )
        self.made.append(plugin)
        return plugin

    async def close(self) -> None:
        await asyncio.gather(*(plugin.aclose() for plugin in self.made), return_exceptions=True)
        await self.http.close()


async def make(
    making: Making,
    company_id: UUID,
    hears: Sequence[Chosen],
    speaks: Sequence[Chosen],
    hearing: Hearing,
    *,
    speed: float,
    voice_key: str,
    limits: Limits,
    rest: Rest,
) -> Speech:
    """The call's speech; nothing stays open when a plugin cannot be made."""
    watchers: list[Callable[[Trouble], None]] = []
    try:
        ears = [await making.ear(one, hearing) for one in hears]
        mouths = [await making.mouth(one, hearing.language, speed) for one in speaks]
    except BaseException:
        await making.close()
        raise
    return OwnedSpeech(
        stt=Ears(Chain("stt", members("stt", company_id, hears, ears), rest=rest, watchers=watchers), limits),
        tts=Voices(Chain("tts", members("tts", company_id, speaks, mouths), rest=rest, watchers=watchers), limits),
        vad=await silero(),
        names={"stt": hears[0].name, "tts": speaks[0].name},
        voice_key=voice_key,
        watchers=watchers,
        http=making.http,
    )


def members(
    part: Part, company_id: UUID, chosen: Sequence[Chosen], made: Sequence[Any]
) -> list[Member[Any]]:  # Any: ears or mouths
    """The members of a chain. A company's own key rests apart: another's may be fine."""
    return [
        Member(one.name, plugin, (company_id if one.given.own else None, part, one.name))
        for one, plugin in zip(chosen, made, strict=True)
    ]
