"""Where calls get their speech and their language model from: the bot's choice, else the platform's."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import aiohttp

from app.bots.voice import BotVoice, Choice
from app.errors import NoVoice, SettingsInvalid
from app.runtime import Runtime
from app.settings import LlmSettings, ProviderSettings, read
from app.tenants import provider_keys
from app.tenants.provider_keys import OwnKey
from app.voice.providers import catalogue, language_model, plugins
from app.voice.providers.catalogue import Part
from app.voice.providers.causes import Rest
from app.voice.providers.chain import Chain, Limits, Member
from app.voice.providers.credentials import Credentials, credentials
from app.voice.providers.ears import Ears
from app.voice.providers.llm import LanguageModel
from app.voice.providers.loading import load, silero
from app.voice.providers.model import Model
from app.voice.providers.models import ModelChain
from app.voice.providers.network import openai_client, session
from app.voice.providers.plugins import Hearing
from app.voice.providers.speech import Speech
from app.voice.providers.voices import RATE, Voices


@dataclass(frozen=True)
class Chosen:
    """One provider of a chain, with what it is asked with."""

    choice: Choice
    given: Credentials
    name: str


class ConfiguredSpeech:
    """The `SpeechSource` of the settings, of companies' keys and of bots' choices."""

    def __init__(
        self, rt: Runtime, *, providers: ProviderSettings | None = None, llm: LlmSettings | None = None
    ) -> None:
        self._rt = rt
        self._providers = providers or read(ProviderSettings)
        self._llm = llm or read(LlmSettings)
        self._rest = Rest()
        self.limits = Limits(first=self._providers.speech_timeout.total_seconds())

    async def speech(
        self, company_id: UUID, voice: BotVoice, *, language: str, languages: Sequence[str], keyterms: Sequence[str]
    ) -> Speech:
        """Raises NoVoice, SettingsInvalid for a chain of the settings that cannot be read, SealBroken."""
        own = await self._own(company_id)
        hears, speaks = self.chosen("stt", voice.stt, own), self.chosen("tts", voice.tts, own)
        if not hears or not speaks:
            raise NoVoice(missing="stt" if not hears else "tts")
        await load()
        making = _Making(self._rt, session(), self.limits.last)
        try:
            ears = [await making.ear(one, Hearing(language, languages, keyterms)) for one in hears]
            mouths = [await making.mouth(one, language, voice.speed) for one in speaks]
        except BaseException:
            await making.close()
            raise
        watchers: list[Any] = []  # Any: one list that the chains and the speech share
        return OwnedSpeech(
            stt=Ears(self._chain("stt", company_id, hears, ears, watchers), self.limits),
            tts=Voices(self._chain("tts", company_id, speaks, mouths, watchers), self.limits),
            vad=await silero(),
            names={"stt": hears[0].name, "tts": speaks[0].name},
            voice_key=voice_key(speaks[0], language, voice.speed),
            watchers=watchers,
            http=making.http,
        )

    async def model(self, company_id: UUID, voice: BotVoice) -> Model | None:
        own = await self._own(company_id) if voice.llm else {}
        chosen = self.chosen("llm", voice.llm, own)
        members = [
            Member[Model](one.name, self._language_model(one), (company_id if one.given.own else None, "llm", one.name))
            for one in chosen
        ]
        if not voice.llm and (first := language_model(self._llm)) is not None:
            members.insert(0, Member(first.name, first, (None, "llm", first.name)))
        if not members:
            return None
        slow = 0.9 * self._llm.first_token_timeout.total_seconds()
        return ModelChain(Chain("llm", members, rest=self._rest), slow=slow)

    def chosen(self, part: Part, choices: Sequence[Choice], own: Mapping[str, OwnKey]) -> list[Chosen]:
        """The providers of a chain that can be asked; those without a key are left out."""
        found: list[Chosen] = []
        for choice in choices or self._of_platform(part):
            if catalogue.problem(part, choice) is not None:
                continue  # of an older catalogue
            given = credentials(self._providers, own, choice.provider)
            if given is not None:
                found.append(Chosen(choice, given, catalogue.full_name(part, choice)))
        return found

    async def _own(self, company_id: UUID) -> Mapping[str, OwnKey]:
        async with self._rt.db.tenant(company_id) as db:
            return await provider_keys.opened(db, self._rt.sealer)

    def _of_platform(self, part: Part) -> list[Choice]:
        written = {"stt": self._providers.stt, "tts": self._providers.tts, "llm": self._llm.fallback}[part]
        if not written and part != "llm":
            return _local(part)
        choices: list[Choice] = []
        for text in written:
            choice = catalogue.parse(part, text)
            if choice is None:
                name = "OTKLIK_LLM_FALLBACK" if part == "llm" else f"OTKLIK_{part.upper()}"
                raise SettingsInvalid(name=name, reason="provider", value=text)
            choices.append(choice)
        return choices

    def _language_model(self, one: Chosen) -> Model:
        seconds = self._llm.total_timeout.total_seconds()
        model = one.choice.model or catalogue.PROVIDERS[one.choice.provider].default("llm")
        settings = self._llm.model_copy(update={"base_url": one.given.url, "model": model, "api_key": None})
        return LanguageModel(settings, client=openai_client(self._rt, one.given, seconds=seconds))

    def _chain(
        self, part: Part, company_id: UUID, chosen: Sequence[Chosen], made: Sequence[Any], watchers: list[Any]
    ) -> Chain[Any]:
        members = [
            Member(one.name, plugin, (company_id if one.given.own else None, part, one.name))
            for one, plugin in zip(chosen, made, strict=True)
        ]
        return Chain(part, members, rest=self._rest, watchers=watchers)


@dataclass(frozen=True)
class OwnedSpeech(Speech):
    """Speech that also closes the sockets it was given."""

    http: aiohttp.ClientSession = field(kw_only=True)

    async def aclose(self) -> None:
        await super().aclose()
        await self.http.close()


@dataclass
class _Making:
    """Makes the plugins of one call, and takes them back when one of them cannot be made."""

    rt: Runtime
    http: aiohttp.ClientSession
    seconds: float
    made: list[Any] = field(default_factory=list)

    async def ear(self, one: Chosen, hearing: Hearing) -> Any:
        plugin = await plugins.recogniser(self.rt, self.http, one.choice, one.given, hearing, seconds=self.seconds)
        self.made.append(plugin)
        return plugin

    async def mouth(self, one: Chosen, language: str, speed: float) -> Any:
        plugin = await plugins.voice(
            self.rt, self.http, one.choice, one.given, language, speed=speed, seconds=self.seconds
        )
        self.made.append(plugin)
        return plugin

    async def close(self) -> None:
        await asyncio.gather(*(plugin.aclose() for plugin in self.made), return_exceptions=True)
        await self.http.close()


def voice_key(one: Chosen, language: str, speed: float) -> str:
    """What is rendered under the same key sounds the same."""
    return f"{one.name}:{one.choice.voice or ''}:{language}:{speed:g}:{RATE}"


def _local(part: Part) -> list[Choice]:
    try:
        from app.voice.providers.local import available  # noqa: PLC0415  # its libraries are an extra
    except ImportError:
        return []
    local = available()
    there = local.stt if part == "stt" else bool(local.voices)
    return [Choice(provider="local")] if there else []
