"""What callers say reaches the recogniser in their language, and another one when it fails."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
from livekit.agents import APIConnectionError, stt

from app.bots.voice import BotVoice, Choice
from app.calls.scenarios import compiled
from app.voice.providers.chain import Limits
from app.voice.providers.keyterms import keyterms_of, tokens_of
from tests.support.faults import Fault
from tests.support.providers import UTTERANCE, Providers, listening, providers, sound
from tests.support.serving import nobody
from tests.support.spoken import frames, speak
from tests.support.waiting import LONG, until
from tests.support.world import EXAMPLES, World

pytestmark = pytest.mark.integration

NEVER = 86_400.0


@pytest.fixture
async def fakes(world: World) -> AsyncIterator[Providers]:
    async with providers(world) as running:
        yield running


async def test_nova_is_asked_for_russian_with_numerals_and_the_scenario_s_words(fakes: Providers) -> None:
    scenario = await compiled((EXAMPLES / "dental.yaml").read_text(encoding="utf-8"))
    fakes.deepgram.will_hear("запишите меня на чистку")
    async with fakes.speech(keyterms=keyterms_of(scenario)) as speech, listening(speech) as ears:
        ears.play(UTTERANCE)
        assert await ears.until_heard(1) == ["запишите меня на чистку"]
    asked = fakes.deepgram.connections[0]
    expected = {
        "model": "nova-3",
        "language": "ru",
        "numerals": "true",
        "interim_results": "true",
        "punctuate": "true",
        "encoding": "linear16",
        "mip_opt_out": "true",
    }
    assert {name: value for name, value in asked.query if name in expected} == expected
    assert {"Анна", "Улыбка", "чистка", "отбеливание"} <= set(asked.option("keyterm"))
    assert asked.key == "Token platform-deepgram"
    assert any(event.type is stt.SpeechEventType.INTERIM_TRANSCRIPT for event in ears.events)


@pytest.mark.parametrize(
    ("model", "languages", "query"),
    [
        ("nova-3", ("ru", "en"), {"language": ["multi"], "keyterm": ["Улыбка"]}),
        ("nova-2", ("ru", "en"), {"language": ["ru"], "keywords": ["Улыбка:1.5"], "numerals": ["true"]}),
        ("nova-2", ("en",), {"language": ["en"]}),
        (
            "flux-general-multi",
            ("ru", "en"),
            {"language_hint": ["ru", "en"], "keyterm": ["Улыбка"], "numerals": ["true"], "language": []},
        ),
    ],
)
async def test_each_model_is_told_the_bot_s_languages_its_own_way(
    fakes: Providers, model: str, languages: tuple[str, ...], query: dict[str, list[str]]
) -> None:
    fakes.deepgram.will_hear("да")
    voice = BotVoice(stt=(Choice(provider="deepgram", model=model),))
    async with fakes.speech(voice=voice, languages=languages, keyterms=["Улыбка"]) as speech:
        assert speech.names["stt"] == f"deepgram/{model}"
        async with listening(speech) as ears:
            ears.play(UTTERANCE)
            assert await ears.until_heard(1) == ["да"]
    assert {name: fakes.deepgram.connections[0].option(name) for name in query} == query


async def test_no_more_terms_are_sent_than_deepgram_takes(fakes: Providers) -> None:
    scenario = await compiled((EXAMPLES / "dental.yaml").read_text(encoding="utf-8"))
    terms = keyterms_of(scenario)
    assert sum(tokens_of(term) for term in terms) <= 450
    assert len(terms) == len({term.casefold() for term in terms})


async def test_any_openai_compatible_server_hears_whole_utterances(fakes: Providers) -> None:
    fakes.openai.texts = ["Здравствуйте"]
    async with fakes.speech(stt="openai/whisper-1") as speech, listening(speech) as ears:
        ears.play([*frames(speak("ru_elena_00", 2.0))])
        assert await ears.until_heard(1) == ["Здравствуйте"]
    upload = fakes.openai.uploads[0]
    assert b"whisper-1" in upload
    assert b'name="language"\r\n\r\nru' in upload
    assert fakes.openai.keys == ["Bearer platform-openai"]


@pytest.mark.parametrize(
    ("status", "cause"), [(401, "unauthorised"), (429, "rate_limited"), (500, "server_error"), (400, "refused")]
)
async def test_a_refused_recogniser_is_replaced_and_its_cause_told(fakes: Providers, status: int, cause: str) -> None:
    async with fakes.speech(stt="deepgram/nova-3, deepgram/flux-general-multi") as speech:
        fakes.deepgram.faults = {"/v1/listen": Fault(status=status)}
        fakes.deepgram.will_hear("алло")
        async with listening(speech) as ears:
            ears.play(UTTERANCE)
            assert await ears.until_heard(1) == ["алло"]
    assert fakes.causes == [("deepgram/nova-3", cause, "deepgram/flux-general-multi")]


async def test_a_recogniser_that_is_away_is_replaced(fakes: Providers) -> None:
    fakes.openai.texts = ["Здравствуйте"]
    async with (
        fakes.speech(deepgram_url=await nobody(), stt="deepgram/nova-3, openai/whisper-1") as speech,
        listening(speech) as ears,
    ):
        ears.play([*frames(speak("ru_elena_00", 2.0))])
        assert await ears.until_heard(1) == ["Здравствуйте"]
    assert fakes.causes == [("deepgram/nova-3", "unreachable", "openai/whisper-1")]


async def test_a_recogniser_that_does_not_answer_in_time_is_replaced(fakes: Providers) -> None:
    fakes.deepgram.faults = {"/v1/listen": Fault(waits=NEVER)}
    fakes.deepgram.will_hear("алло")
    limits = Limits(first=0.5, last=LONG, deaf=LONG)
    async with (
        fakes.speech(limits=limits, stt="deepgram/nova-3, deepgram/flux-general-multi") as speech,
        listening(speech) as ears,
    ):
        ears.play(UTTERANCE)
        assert await ears.until_heard(1) == ["алло"]
    assert fakes.causes == [("deepgram/nova-3", "timeout", "deepgram/flux-general-multi")]


async def test_what_was_said_when_the_connection_broke_is_heard_by_the_next(fakes: Providers) -> None:
    fakes.deepgram.will_hear("восемь девятьсот шестнадцать")
    fakes.deepgram.faults = {"/v1/listen": Fault(closes_after=1)}
    async with (
        fakes.speech(stt="deepgram/nova-3, deepgram/flux-general-multi") as speech,
        listening(speech) as ears,
    ):
        ears.play(sound(1.5, loud=True))
        await until_failed(fakes)
        ears.play(sound(0.4, loud=False))
        assert await ears.until_heard(1) == ["восемь девятьсот шестнадцать"]
    assert fakes.deepgram.connections[1].voice >= 1.4, "the next one was given the words from their beginning"
    assert fakes.causes == [("deepgram/nova-3", "broken", "deepgram/flux-general-multi")]


async def test_what_was_understood_is_not_heard_twice(fakes: Providers) -> None:
    fakes.deepgram.will_hear("первое", "второе")
    async with (
        fakes.speech(stt="deepgram/nova-3, deepgram/flux-general-multi") as speech,
        listening(speech) as ears,
    ):
        ears.play(UTTERANCE)
        await ears.until_heard(1)
        await fakes.deepgram.cut()
        await until_failed(fakes)
        ears.play(UTTERANCE)
        assert await ears.until_heard(2) == ["первое", "второе"]
    assert fakes.deepgram.connections[1].voice < 1, "only the second was played to the second recogniser"


async def test_a_recogniser_that_hangs_is_left_when_the_caller_speaks(fakes: Providers) -> None:
    fakes.deepgram.faults = {"/v2/listen": Fault(deaf=True)}
    fakes.deepgram.will_hear("вы меня слышите")
    limits = Limits(first=LONG, last=LONG, deaf=0.5)
    async with (
        fakes.speech(limits=limits, stt="deepgram/flux-general-multi, deepgram/nova-3") as speech,
        listening(speech) as ears,
    ):
        speech.caller_speaks(True)
        ears.play(sound(1.0, loud=True))
        await until_failed(fakes)
        ears.play(sound(0.4, loud=False))
        assert await ears.until_heard(1) == ["вы меня слышите"]
    assert fakes.causes == [("deepgram/flux-general-multi", "silent", "deepgram/nova-3")]


async def test_flux_that_reports_an_error_is_left_at_once(fakes: Providers) -> None:
    fakes.deepgram.faults = {"/v2/listen": Fault(error=True)}
    fakes.deepgram.will_hear("да")
    async with (
        fakes.speech(stt="deepgram/flux-general-multi, deepgram/nova-3") as speech,
        listening(speech) as ears,
    ):
        ears.play(UTTERANCE)
        assert await ears.until_heard(1) == ["да"], "however short it was"
    assert fakes.causes == [("deepgram/flux-general-multi", "broken", "deepgram/nova-3")]


async def test_a_cough_is_no_reason_to_leave_a_recogniser(fakes: Providers) -> None:
    fakes.deepgram.will_hear("да")
    limits = Limits(first=LONG, last=LONG, deaf=0.3)
    async with fakes.speech(limits=limits) as speech, listening(speech) as ears:
        ears.play(sound(0.2, loud=False))
        await until_listening(fakes)
        speech.caller_speaks(True)
        speech.caller_speaks(False)
        await asyncio.sleep(0.5)  # past the limit: there is nothing to wait for when nothing may happen
        ears.play(UTTERANCE)
        assert await ears.until_heard(1) == ["да"]
    assert fakes.causes == []


async def test_a_single_recogniser_is_connected_again(fakes: Providers) -> None:
    fakes.deepgram.will_hear("первое", "второе")
    async with fakes.speech() as speech, listening(speech) as ears:
        ears.play(UTTERANCE)
        await ears.until_heard(1)
        await fakes.deepgram.cut()
        await until_failed(fakes)
        ears.play(UTTERANCE)
        assert await ears.until_heard(2) == ["первое", "второе"]
    assert fakes.causes == [("deepgram/nova-3", "broken", None)]


async def test_a_wrong_key_alone_ends_the_listening_at_once(fakes: Providers) -> None:
    fakes.deepgram.fault = Fault(status=401)
    async with fakes.speech() as speech, listening(speech) as ears:
        with pytest.raises(APIConnectionError):
            await ears.until_over()
    assert fakes.causes == [("deepgram/nova-3", "unauthorised", None)]
    assert len(fakes.deepgram.connections) == 1


async def test_who_failed_is_asked_last_by_the_next_call(fakes: Providers) -> None:
    fakes.deepgram.faults = {"/v1/listen": Fault(status=500)}
    source = fakes.source(stt="deepgram/nova-3, deepgram/flux-general-multi")
    for _ in range(2):
        async with fakes.speech(source=source) as speech, listening(speech) as ears:
            ears.play(UTTERANCE)
            await ears.until_heard(1)
    assert [one.path for one in fakes.deepgram.connections] == ["/v1/listen", "/v2/listen", "/v2/listen"]


async def until_listening(fakes: Providers) -> None:
    async def listens() -> bool:
        return any(one.seconds for one in fakes.deepgram.connections)

    await until(listens)


async def until_failed(fakes: Providers) -> None:
    async def failed() -> bool:
        return bool(fakes.troubles)

    await until(failed)
