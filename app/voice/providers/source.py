"""Where calls get their speech and their language model from: the bot's choice, else the platform's. Light to import:
what is heavy is loaded off the event loop when the first call comes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING
from uuid import UUID

from app.bots.voice import BotVoice
from app.errors import NoVoice
from app.runtime import Runtime
from app.settings import LlmSettings, ProviderSettings, read
from app.tenants import provider_keys
from app.tenants.provider_keys import OwnKey
from app.voice.providers import catalogue
from app.voice.providers.chain import Chain, Limits, Member, Rest
from app.voice.providers.choosing import Chosen, Platform, speaking
from app.voice.providers.loading import load
from app.voice.providers.model import Model
from app.voice.providers.models import ModelChain
from app.voice.providers.speech import Speech

if TYPE_CHECKING:
    from app.voice.providers.making import Making

RATE = 24_000
"""Samples a second of everything that is spoken, whoever speaks."""


class ConfiguredSpeech:
    """The `SpeechSource` of the settings, of companies' keys and of bots' choices."""

    def __init__(
        self, rt: Runtime, *, providers: ProviderSettings | None = None, llm: LlmSettings | None = None
    ) -> None:
        self.rt = rt
        self.platform = Platform(providers or read(ProviderSettings), llm or read(LlmSettings))
        self._rest = Rest()
        self.limits = Limits(first=self.platform.providers.speech_timeout.total_seconds())

    async def speech(
        self, company_id: UUID, voice: BotVoice, *, language: str, languages: Sequence[str], keyterms: Sequence[str]
    ) -> Speech:
        """Raises NoVoice, SettingsInvalid for a chain of the settings that cannot be read, SealBroken."""
        own = await self.own(company_id)
        hears = self.platform.chain("stt", voice.stt, own)
        speaks = speaking(self.platform.chain("tts", voice.tts, own), language)
        if not hears or not speaks:
            raise NoVoice(missing="stt" if not hears else "tts")
        making = await self.making()
        from app.voice.providers.making import make  # noqa: PLC0415  # loaded by now
        from app.voice.providers.plugins import Hearing  # noqa: PLC0415

        return await make(
            making,
            company_id,
            hears,
            speaks,
            Hearing(language, languages, keyterms),
            speed=voice.speed,
            voice_key=voice_key(speaks[0], language, voice.speed),
            limits=self.limits,
            rest=self._rest,
        )

    async def model(self, company_id: UUID, voice: BotVoice) -> Model | None:
        chosen = self.platform.chain("llm", voice.llm, await self.own(company_id))
        if not chosen:
            return None
        await load()
        members = [
            Member[Model](one.name, self.language_model(one), (company_id if one.given.own else None, "llm", one.name))
            for one in chosen
        ]
        slow = 0.9 * self.platform.llm.first_token_timeout.total_seconds()
        return ModelChain(Chain("llm", members, rest=self._rest), slow=slow)

    async def own(self, company_id: UUID) -> Mapping[str, OwnKey]:
        """The company's keys. Raises SealBroken."""
        async with self.rt.db.tenant(company_id) as db:
            return await provider_keys.opened(db, self.rt.sealer)

    async def making(self) -> Making:
        """Makes plugins with sockets of their own; close it."""
        await load()
        from app.voice.providers.making import Making  # noqa: PLC0415  # loaded by now

        return Making(self.rt, self.limits.last)

    def language_model(self, one: Chosen) -> Model:
        """The model of a choice; close it. `load` must have run."""
        from app.voice.providers.llm import LanguageModel  # noqa: PLC0415  # loaded by now
        from app.voice.providers.network import openai_client  # noqa: PLC0415

        llm = self.platform.llm
        model = one.choice.model or catalogue.PROVIDERS[one.choice.provider].default("llm")
        settings = llm.model_copy(update={"base_url": one.given.url, "model": model, "api_key": None})
        client = openai_client(self.rt, one.given, seconds=llm.total_timeout.total_seconds())
        return LanguageModel(settings, client=client)


def voice_key(one: Chosen, language: str, speed: float) -> str:
    """What is rendered under the same key sounds the same."""
    return f"{one.name}:{one.choice.voice or ''}:{language}:{speed:g}:{RATE}"
