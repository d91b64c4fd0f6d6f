"""What a bot says is said in its language, to its end, and by another voice when one fails."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from livekit.agents import APIError

from app.bots.voice import BotVoice, Choice
from app.voice.providers.chain import Limits
from tests.support.fake_cartesia import SECONDS_A_LETTER
from tests.support.faults import Fault
from tests.support.providers import Providers, providers, said
from tests.support.serving import nobody
from tests.support.waiting import LONG
from tests.support.world import World

pytestmark = pytest.mark.integration

NEVER = 86_400.0
TEXT = "Здравствуйте! Клиника «Улыбка», чем могу помочь?"
WHOLE: object = pytest.approx(len(TEXT) * SECONDS_A_LETTER, abs=0.2)
BOTH = "cartesia/sonic-2, openai/tts-1"


@pytest.fixture
async def fakes(world: World) -> AsyncIterator[Providers]:
    async with providers(world) as running:
        yield running


async def test_cartesia_is_asked_in_russian_with_the_bot_s_voice_and_speed(fakes: Providers) -> None:
    voice = BotVoice(tts=(Choice(provider="cartesia", model="sonic-3", voice="olga"),), speed=1.2)
    async with fakes.speech(voice=voice) as speech:
        assert await said(speech, TEXT) == (WHOLE, "cartesia/sonic-3")
        assert speech.names["tts"] == "cartesia/sonic-3"
    asked = fakes.cartesia.requests[0]
    assert (asked["language"], asked["model_id"], asked["voice"]) == ("ru", "sonic-3", {"mode": "id", "id": "olga"})
    assert asked["output_format"] == {"container": "raw", "encoding": "pcm_s16le", "sample_rate": 24_000}
    assert asked["generation_config"] == {"speed": 1.2}
    assert " ".join(fakes.cartesia.said) == TEXT
    assert fakes.cartesia.keys == ["platform-cartesia"]


async def test_each_language_has_a_voice_of_its_own_and_a_name_of_its_own_for_the_cache(fakes: Providers) -> None:
    keys = set()
    for language in ("ru", "en"):
        async with fakes.speech(languages=(language,)) as speech:
            await said(speech, "Hello there, this is the clinic.")
            keys.add(speech.voice_key)
    voices = {request["voice"]["id"] for request in fakes.cartesia.requests}
    assert {request["language"] for request in fakes.cartesia.requests} == {"ru", "en"}
    assert len(voices) == len(keys) == 2


async def test_sonic_2_knows_no_speed(fakes: Providers) -> None:
    async with fakes.speech(voice=BotVoice(speed=1.2)) as speech:
        await said(speech, TEXT)
    assert "generation_config" not in fakes.cartesia.requests[0]


async def test_any_openai_compatible_server_speaks(fakes: Providers) -> None:
    async with fakes.speech(tts="openai/kokoro:af_sky", voice=BotVoice(speed=0.9)) as speech:
        assert await said(speech, TEXT) == (WHOLE, "openai/kokoro")
    asked = fakes.openai.said[0]
    assert (asked["model"], asked["voice"], asked["speed"], asked["input"]) == ("kokoro", "af_sky", 0.9, TEXT)
    assert asked["response_format"] == "pcm"
    assert fakes.openai.keys == ["Bearer platform-openai"]


@pytest.mark.parametrize(
    ("fault", "cause"),
    [
        (Fault(status=401), "unauthorised"),
        (Fault(status=429), "rate_limited"),
        (Fault(status=503), "server_error"),
        (Fault(error=True), "broken"),
        (Fault(garbage=True), "broken"),
    ],
)
async def test_a_voice_that_fails_is_replaced_and_its_cause_told(fakes: Providers, fault: Fault, cause: str) -> None:
    fakes.cartesia.fault = fault
    async with fakes.speech(tts=BOTH) as speech:
        assert await said(speech, TEXT) == (WHOLE, "openai/tts-1")
    assert fakes.causes == [("cartesia/sonic-2", cause, "openai/tts-1")]


async def test_a_voice_that_is_away_is_replaced(fakes: Providers) -> None:
    async with fakes.speech(tts=BOTH, cartesia_url=await nobody()) as speech:
        assert await said(speech, TEXT) == (WHOLE, "openai/tts-1")
    assert fakes.causes == [("cartesia/sonic-2", "unreachable", "openai/tts-1")]


async def test_a_slow_voice_is_replaced(fakes: Providers) -> None:
    fakes.cartesia.fault = Fault(waits=NEVER)
    async with fakes.speech(tts=BOTH, limits=Limits(first=0.5, last=LONG)) as speech:
        assert await said(speech, TEXT) == (WHOLE, "openai/tts-1")
    assert fakes.causes == [("cartesia/sonic-2", "timeout", "openai/tts-1")]


@pytest.mark.parametrize("first", ["cartesia/sonic-2", "openai/tts-1"])
async def test_a_sentence_that_broke_off_is_said_again_to_its_end(fakes: Providers, first: str) -> None:
    other = "openai/tts-1" if first.startswith("cartesia") else "cartesia/sonic-2"
    fake = fakes.cartesia if first.startswith("cartesia") else fakes.openai
    fake.fault = Fault(closes_after=5)
    async with fakes.speech(tts=f"{first}, {other}") as speech:
        seconds, by = await said(speech, TEXT)
    assert by == f"{first}+{other}", "so that nobody keeps it as one voice's"
    assert seconds >= len(TEXT) * SECONDS_A_LETTER
    assert [(name, then) for name, _, then in fakes.causes] == [(first, other)]


async def test_an_end_that_comes_too_early_is_no_end(fakes: Providers) -> None:
    fakes.cartesia.cuts = 0.2
    async with fakes.speech(tts=BOTH) as speech:
        _, by = await said(speech, TEXT)
    assert by == "cartesia/sonic-2+openai/tts-1"
    assert fakes.causes == [("cartesia/sonic-2", "silent", "openai/tts-1")]


async def test_without_a_voice_left_the_call_is_told(fakes: Providers) -> None:
    fakes.cartesia.fault = fakes.openai.fault = Fault(status=500)
    async with fakes.speech(tts=BOTH) as speech:
        with pytest.raises(APIError):
            await said(speech, TEXT)
    assert fakes.causes == [
        ("cartesia/sonic-2", "server_error", "openai/tts-1"),
        ("openai/tts-1", "server_error", None),
    ]


async def test_who_failed_is_asked_last_until_it_has_rested(fakes: Providers) -> None:
    fakes.cartesia.fault = Fault(status=500)
    source = fakes.source(tts=BOTH)
    async with fakes.speech(source=source) as speech:
        await said(speech, TEXT)
        await said(speech, TEXT)
    assert len(fakes.cartesia.keys) == 1, "the second sentence goes to the one that works at once"
