"""Making livekit's plugins: every option that matters is set here, because their defaults are English."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import aiohttp
from livekit.agents import APIConnectOptions, stt, tts
from livekit.agents.types import DEFAULT_API_CONNECT_OPTIONS, NOT_GIVEN, NotGivenOr
from livekit.plugins import cartesia, deepgram, openai
from livekit.plugins.deepgram.stt_v2 import SpeechStreamv2

from app.bots.voice import Choice
from app.runtime import Runtime
from app.voice.providers.catalogue import PROVIDERS
from app.voice.providers.credentials import Credentials
from app.voice.providers.loading import WHOLE, silero
from app.voice.providers.network import openai_client

FLUX = "flux"
KEYWORDS = 100
"""Words that nova-2 is told to expect."""

Ear = stt.STT[Any]  # Any: the type of events nobody listens to
Mouth = tts.TTS[Any]


@dataclass(frozen=True)
class Hearing:
    """What is to be understood: the language of most of the call, every language of the bot, and its words."""

    language: str
    languages: Sequence[str]
    keyterms: Sequence[str] = ()


async def recogniser(
    rt: Runtime, http: aiohttp.ClientSession, choice: Choice, given: Credentials, hearing: Hearing, *, seconds: float
) -> Ear:
    """The recogniser of a choice. ValueError from the plugin means that we set what it does not take."""
    model = choice.model or PROVIDERS[choice.provider].default("stt")
    if choice.provider == "deepgram":
        return _flux(http, model, given, hearing) if model.startswith(FLUX) else _nova(http, model, given, hearing)
    if choice.provider == "local":
        from app.voice.providers.local import local_stt  # noqa: PLC0415  # its libraries are an extra

        return await asyncio.to_thread(local_stt, hearing.languages)
    several = len(hearing.languages) > 1
    whole = WholeUtterances(
        model=model,
        language=hearing.language,
        detect_language=several,
        prompt=", ".join(hearing.keyterms[:KEYWORDS]) or "",
        client=openai_client(rt, given, seconds=seconds),
        use_realtime=False,
    )
    return stt.StreamAdapter(stt=whole, vad=await silero(WHOLE))


async def voice(
    rt: Runtime,
    http: aiohttp.ClientSession,
    choice: Choice,
    given: Credentials,
    language: str,
    *,
    speed: float,
    seconds: float,
) -> Mouth:
    """The voice of a choice."""
    provider = PROVIDERS[choice.provider]
    model = choice.model or provider.default("tts")
    name = choice.voice or provider.voices.get(language)
    if choice.provider == "cartesia":
        return cartesia.TTS(
            api_key=given.key,
            base_url=given.url,
            model=model,
            language=language,
            voice=name or provider.voices["en"],
            speed=speed if speed != 1.0 and model.startswith("sonic-3") else None,
            sample_rate=24_000,
            word_timestamps=False,
            http_session=http,
        )
    if choice.provider == "local":
        from app.voice.providers.local import local_tts  # noqa: PLC0415  # its libraries are an extra

        return await asyncio.to_thread(partial(local_tts, choice.voice, language, speed=speed))
    return OwnedVoice(
        model=model,
        voice=name or "nova",
        speed=speed,
        response_format="pcm",
        client=openai_client(rt, given, seconds=seconds),
    )


def _nova(http: aiohttp.ClientSession, model: str, given: Credentials, hearing: Hearing) -> Ear:
    """nova-3 hears Russian and English at once; nova-2 does not, so it is told the language of most of the call."""
    terms: dict[str, Any] = {}  # Any: the plugin's options
    language = hearing.language
    if model.startswith("nova-3"):
        language = "multi" if len(hearing.languages) > 1 else language
        if hearing.keyterms:
            terms["keyterm"] = list(hearing.keyterms)
    else:
        words = [(term, 1.5) for term in hearing.keyterms if " " not in term][:KEYWORDS]
        if words:
            terms["keywords"] = words
    return deepgram.STT(
        api_key=given.key,
        base_url=f"{given.url}/v1/listen",
        model=model,
        language=language,
        interim_results=True,
        numerals=True,
        punctuate=True,
        smart_format=False,
        filler_words=True,
        mip_opt_out=True,
        http_session=http,
        **terms,
    )


def _flux(http: aiohttp.ClientSession, model: str, given: Credentials, hearing: Hearing) -> Ear:
    options: dict[str, Any] = {}  # Any: the plugin's options
    if hearing.keyterms:
        options["keyterm"] = list(hearing.keyterms)
    return Flux(
        api_key=given.key,
        base_url=f"{given.url}/v2/listen",
        model=model,
        language_hint=list(hearing.languages),
        numerals=True,
        mip_opt_out=True,
        http_session=http,
        **options,
    )


class Flux(deepgram.STTv2):
    """Flux says `Error` and no word more; the plugin logs it and waits for ever. Ours closes the socket, which is a
    failure like any other."""

    def stream(
        self,
        *,
        language: NotGivenOr[str] = NOT_GIVEN,  # noqa: ARG002  # hints are options
        conn_options: APIConnectOptions = DEFAULT_API_CONNECT_OPTIONS,
    ) -> FluxStream:
        stream = FluxStream(
            stt=self,
            conn_options=conn_options,
            opts=self._opts,
            api_key=self._api_key,
            http_session=self._ensure_session(),
            base_url=self._opts.endpoint_url,
        )
        self._streams.add(stream)
        return stream


class FluxStream(SpeechStreamv2):
    """One listening of Flux."""

    _closing: asyncio.Task[bool] | None = None

    def _process_stream_event(self, data: dict[str, Any]) -> None:  # Any: the JSON of the protocol
        if data.get("type") == "Error" and self._ws is not None:
            self._closing = asyncio.create_task(self._ws.close())
        else:
            super()._process_stream_event(data)


class WholeUtterances(openai.STT):
    """Closes the client it was given: the plugin leaves that to whoever made it."""

    async def aclose(self) -> None:
        await super().aclose()
        await self._client.close()


class OwnedVoice(openai.TTS):
    """The same for the voice."""

    async def aclose(self) -> None:
        await super().aclose()
        await self._client.close()
