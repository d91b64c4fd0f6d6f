"""Whose key a provider is asked with, and through which way."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import pytest
from livekit.agents import APIError
from sqlalchemy import select

from app.bots.voice import BotVoice, Choice
from app.errors import Forbidden, NoVoice, OutboundRefused, SettingsInvalid
from app.runtime import Runtime
from app.security.outbound import OutboundGuard, OutboundPolicy, guarded_client
from app.security.sealing import SealBroken
from app.settings import LlmSettings, ProviderSettings
from app.tenants import provider_keys
from app.tenants.models import ProviderKey, Role
from app.tenants.provider_keys import CheckedAddress
from app.voice.providers import keys
from app.voice.providers.model import Message, ModelFailed
from app.voice.providers.source import ConfiguredSpeech
from tests.support.fake_openai import Answer, fake_openai
from tests.support.providers import Providers, listening, providers, said
from tests.support.serving import nobody
from tests.support.spoken import frames, speak
from tests.support.world import World, new_world

pytestmark = pytest.mark.integration

TEXT = "Здравствуйте, слушаю вас."


@pytest.fixture
async def fakes(world: World) -> AsyncIterator[Providers]:
    async with providers(world) as running:
        yield running


async def give(world: World, provider: str, key: str, address: str | None = None) -> None:
    """The company's own key; `address` as it stands, unchecked."""
    async with world.rt.db.tenant(world.company_id) as db:
        await provider_keys.set_key(
            db,
            world.rt.sealer,
            provider,
            key,
            address=CheckedAddress(address) if address else None,
            by=world.owner,
            at=world.rt.clock(),
        )


async def test_a_company_s_key_wins_and_is_nobody_else_s(rt: Runtime, world: World, fakes: Providers) -> None:
    await give(world, "cartesia", "company-key-one")
    other = await new_world(rt)
    source = fakes.source()
    for company in (world, other):
        speech = await source.speech(company.company_id, BotVoice(), language="ru", languages=["ru"], keyterms=[])
        await said(speech, TEXT)
        await speech.aclose()
    assert fakes.cartesia.keys == ["company-key-one", "platform-cartesia"]


async def test_a_sealed_key_opens_in_no_other_row(rt: Runtime, world: World) -> None:
    await give(world, "cartesia", "company-key-one")
    other = await new_world(rt)
    await give(other, "cartesia", "another-key-two")
    async with rt.db.tenant(world.company_id) as db:
        stolen = (await db.scalars(select(ProviderKey))).one().sealed
    async with rt.db.tenant(other.company_id) as db:
        (await db.scalars(select(ProviderKey))).one().sealed = stolen
    async with rt.db.tenant(other.company_id) as db:
        with pytest.raises(SealBroken):
            await provider_keys.opened(db, rt.sealer)


async def test_without_a_key_there_is_no_voice(fakes: Providers) -> None:
    with pytest.raises(NoVoice) as missing:
        async with fakes.speech(stt="groq/whisper-large-v3"):
            pass
    assert missing.value.facts == {"missing": "stt"}


async def test_a_chain_of_the_settings_that_means_nothing_is_named(fakes: Providers) -> None:
    with pytest.raises(SettingsInvalid) as refused:
        async with fakes.speech(tts="cartesia/sonic-2, polly/anna"):
            pass
    for lang in ("ru", "en"):
        assert "OTKLIK_TTS" in refused.value.text(lang)
        assert "polly/anna" in refused.value.text(lang)


async def test_only_an_owner_changes_keys_and_looks_addresses_up(world: World) -> None:
    editor = await world.member(Role.EDITOR)
    with pytest.raises(Forbidden):
        await keys.checked(world.rt, "openai", "", "https://localhost/v1", by=editor)
    async with world.rt.db.tenant(world.company_id) as db:
        with pytest.raises(Forbidden):
            await provider_keys.set_key(db, world.rt.sealer, "openai", "x", by=editor, at=world.rt.clock())
        with pytest.raises(Forbidden):
            await provider_keys.forget_key(db, "openai", by=editor, at=world.rt.clock())


@pytest.mark.parametrize("address", ["http://example.com/v1", "https://127.0.0.1/v1", "https://169.254.169.254/v1"])
async def test_an_address_inside_is_refused(world: World, address: str) -> None:
    with pytest.raises(OutboundRefused):
        await keys.checked(world.rt, "openai", "key", address, by=world.owner)


async def test_a_company_s_address_is_reached_through_the_guard_alone(world: World, fakes: Providers) -> None:
    """A name that led outside when it was entered, and leads inside now."""
    await give(world, "openai", "company-key-one", fakes.openai.url)
    async with fakes.speech(tts="openai/tts-1") as speech:
        with pytest.raises(APIError):
            await said(speech, TEXT)
    assert fakes.openai.said == []
    assert fakes.causes == [("openai/tts-1", "unreachable", None)]


async def test_a_company_s_own_server_gets_the_company_s_key_and_never_the_platform_s(
    world: World, fakes: Providers
) -> None:
    async with fake_openai() as own:
        await give(world, "openai", "", own.url)
        fakes.world = replace(world, rt=letting(world.rt, own.url.removesuffix("/v1")))
        async with fakes.speech(tts="openai/tts-1", stt="openai/whisper-1") as speech:
            await said(speech, TEXT)
        own.will(Answer("Хорошо, записал."))
        source = fakes.source()
        model = await source.model(world.company_id, BotVoice(llm=(Choice(provider="openai", model="m"),)))
        assert model is not None
        assert await model.complete([Message("user", "привет")]) == "Хорошо, записал."
        await model.close()
    assert own.keys == ["Bearer none", "Bearer none"]
    assert fakes.openai.keys == []


async def test_the_next_language_model_answers_when_one_fails(fakes: Providers) -> None:
    fakes.openai.will(Answer("Хорошо, записал."))
    llm = LlmSettings.model_validate(
        {"base_url": await nobody(), "model": "away", "fallback": "openai/gpt-4o-mini", "total_timeout": 60}
    )
    source = ConfiguredSpeech(fakes.world.rt, providers=fakes.source().platform.providers, llm=llm)
    model = await source.model(fakes.world.company_id, BotVoice())
    assert model is not None
    assert model.name == "away"
    words = [piece async for piece in model.stream([Message("user", "привет")])]
    assert "".join(words) == "Хорошо, записал."
    assert model.name == "openai/gpt-4o-mini", "the one that works is asked first from now on"
    assert fakes.openai.keys == ["Bearer platform-openai"]
    await model.close()


async def test_a_model_that_began_to_answer_is_not_replaced(fakes: Providers) -> None:
    fakes.openai.will(Answer("Хорошо, записал вас.", closes_after=2))
    llm = LlmSettings.model_validate(
        {"base_url": fakes.openai.url, "model": "m", "fallback": "openai/gpt-4o-mini", "total_timeout": 60}
    )
    source = ConfiguredSpeech(fakes.world.rt, providers=ProviderSettings(openai_url=fakes.openai.url), llm=llm)
    model = await source.model(fakes.world.company_id, BotVoice())
    assert model is not None
    with pytest.raises(ModelFailed):
        async for _ in model.stream([Message("user", "привет")]):
            pass
    assert len(fakes.openai.requests) == 1
    await model.close()


def letting(rt: Runtime, origin: str) -> Runtime:
    """The runtime of an operator who lets companies reach `origin`."""
    guard = OutboundGuard(OutboundPolicy.of(allow_http=True, allowed_origins=[origin]))
    return replace(rt, guard=guard, http=guarded_client(guard, timeout=timedelta(seconds=60)))


async def test_with_nothing_set_this_machine_hears_and_speaks(fakes: Providers) -> None:
    async with fakes.speech(stt=(), tts=(), languages=("en",)) as speech:
        assert speech.names["stt"] == "local"
        assert speech.names["tts"].startswith("local/")
        assert speech.names["tts"] in speech.voice_key
        seconds, by = await said(speech, "Hello, this is the clinic.")
        assert seconds > 0.5
        assert by == speech.names["tts"]
        async with listening(speech) as ears:
            ears.play([*frames(speak("en_bdl_01", 1.5))])
            assert "john" in (await ears.until_heard(1))[0].lower()
    assert fakes.causes == []
