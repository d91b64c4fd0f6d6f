"""The mouth of a call: sentences in order, fixed ones synthesised once, nothing of a caller's kept."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from livekit import rtc
from livekit.agents import AgentSession, APIError, FlushSentinel, TurnHandlingOptions, llm, tts

from app.db.base import new_id
from app.files import FileStore
from app.voice.agent import ScenarioAgent
from app.voice.providers.chain import Chain, Limits, Member, Rest
from app.voice.providers.voices import Voices
from app.voice.script_llm import ScriptLLM
from app.voice.speech.cache import KIND, SpeechCache
from app.voice.speech.mouth import Mouth
from tests.support.scenes import Speaker
from tests.support.speaking import FakeVoice, samples_of
from tests.support.waiting import LONG, until

pytestmark = pytest.mark.voice

GREETING = "Мастерская, здравствуйте."
QUESTION = "Как вас зовут?"
FIXED = {"ru": (GREETING, QUESTION, "Спасибо, до свидания!"), "en": ("Hello!",)}


class Phone:
    """What one call hears: a mouth with a voice of its own on the files of a company."""

    def __init__(self, files: FileStore, company_id: UUID, voice: tts.TTS[Any], *, key: str = "fake") -> None:
        self.cache = SpeechCache(files)
        self.mouth = Mouth(
            voice, self.cache, company_id=company_id, voice_key=key, language="ru", fixed=FIXED, served_by="first"
        )

    async def hears(self, *pieces: str) -> bytes:
        frames = [frame async for frame in self.mouth.frames(_stream(pieces))]
        await self.cache.close()
        return b"".join(bytes(frame.data.cast("B")) for frame in frames)


async def _stream(pieces: Sequence[str]) -> AsyncIterator[str]:
    for piece in pieces:
        yield piece


@pytest.fixture
def files(tmp_path: Path) -> FileStore:
    return FileStore(tmp_path)


@pytest.fixture
def company_id() -> UUID:
    return new_id()


def kept(files: FileStore, company_id: UUID) -> int:
    return len(files.names(company_id, KIND))


async def test_a_reply_is_spoken_in_order_and_only_once_for_what_is_fixed(files: FileStore, company_id: UUID) -> None:
    said = f"{GREETING} Вы, Ольга, записаны. {QUESTION}"
    expected = b"".join(map(samples_of, (GREETING, "Вы, Ольга, записаны.", QUESTION)))
    first = FakeVoice()
    assert await Phone(files, company_id, first).hears(said) == expected
    assert first.asked == [GREETING, "Вы, Ольга, записаны.", QUESTION]
    second = FakeVoice()
    assert await Phone(files, company_id, second).hears(*said) == expected, "letter by letter it is the same"
    assert second.asked == ["Вы, Ольга, записаны."]
    assert kept(files, company_id) == 2, "what has a caller's name in it is never kept"


async def test_another_voice_and_another_company_hear_nothing_of_it(files: FileStore, company_id: UUID) -> None:
    await Phone(files, company_id, FakeVoice()).hears(GREETING)
    other_voice, other_company, same = FakeVoice(), FakeVoice(), FakeVoice()
    await Phone(files, company_id, other_voice, key="other").hears(GREETING)
    await Phone(files, new_id(), other_company).hears(GREETING)
    await Phone(files, company_id, same).hears(GREETING)
    assert [other_voice.asked, other_company.asked, same.asked] == [[GREETING], [GREETING], []]


async def test_rendered_speech_comes_in_frames_of_20_ms(files: FileStore, company_id: UUID) -> None:
    await Phone(files, company_id, FakeVoice()).hears(GREETING)
    phone = Phone(files, company_id, FakeVoice())
    frames = [frame async for frame in phone.mouth.frames(_stream([GREETING]))]
    assert {frame.duration for frame in frames[:-1]} == {0.02}
    assert 0 < frames[-1].duration <= 0.02


async def test_the_next_sentence_is_in_the_making_and_no_more_than_that(files: FileStore, company_id: UUID) -> None:
    voice = FakeVoice()
    voice.may_speak.clear()
    phone = Phone(files, company_id, voice)
    hearing = asyncio.create_task(phone.hears("Раз. Два. Три. Четыре."))

    async def two_at_work() -> bool:
        return voice.at_work == 2

    await until(two_at_work)
    voice.may_speak.set()
    assert await hearing == b"".join(map(samples_of, ("Раз.", "Два.", "Три.", "Четыре.")))
    assert voice.most_at_work == 2


async def test_a_caller_who_speaks_over_it_stops_everything(files: FileStore, company_id: UUID) -> None:
    before = asyncio.all_tasks()
    voice = FakeVoice()
    phone = Phone(files, company_id, voice)
    frames = phone.mouth.frames(_endless())
    await anext(frames)
    voice.may_speak.clear()
    await frames.aclose()
    assert voice.at_work == 0
    assert asyncio.all_tasks() == before
    assert kept(files, company_id) == 0


async def _endless() -> AsyncIterator[str]:
    number = 0
    while True:
        number += 1
        yield f"Предложение {number}. "


async def test_cancelled_while_it_waits_it_leaves_nothing_behind(files: FileStore, company_id: UUID) -> None:
    before = asyncio.all_tasks()
    voice = FakeVoice()
    voice.may_speak.clear()
    hearing = asyncio.create_task(Phone(files, company_id, voice).hears("Раз. Два. Три."))

    async def at_work() -> bool:
        return voice.at_work == 2

    await until(at_work)
    hearing.cancel()
    await asyncio.wait([hearing])
    assert voice.at_work == 0
    assert asyncio.all_tasks() == before


class Silent:
    """A conversation in which only the bot speaks."""

    async def reply_to(self, text: str) -> AsyncIterator[str | FlushSentinel]:
        yield text

    async def confirm(self, text: str, waited: llm.MetricsReport | None = None) -> None:
        """Never called."""


async def test_in_livekits_session_it_speaks_and_is_stopped(files: FileStore, company_id: UUID) -> None:
    before = asyncio.all_tasks()
    voice, speaker = FakeVoice(), Speaker()
    phone = Phone(files, company_id, voice)
    session: AgentSession[None] = AgentSession(
        llm=ScriptLLM(), tts=voice, vad=None, turn_handling=TurnHandlingOptions(turn_detection=None)
    )
    session.output.audio = speaker
    await session.start(ScenarioAgent(Silent(), mouth=phone.mouth), record=False)
    _ = await session.say("Хорошо.")
    assert voice.asked == ["Хорошо."]
    voice.holds.add("Повторяю.")
    speech = session.say("Записываю всё это подробно. Повторяю. Верно?")

    async def the_first_sounds_and_more_is_in_the_making() -> bool:
        return speaker.sounds and voice.at_work == 1 and voice.asked[-1] == "Верно?"

    await until(the_first_sounds_and_more_is_in_the_making)
    _ = await speech.interrupt()
    assert (voice.at_work, speaker.sounds) == (0, False)
    await session.aclose()

    async def nothing_runs() -> bool:
        return asyncio.all_tasks() <= before

    await until(nothing_runs)


async def test_a_failure_is_heard_of_after_what_was_said_before_it(files: FileStore, company_id: UUID) -> None:
    voice = FakeVoice()
    voice.fails.add("Два.")
    phone = Phone(files, company_id, voice)
    heard: list[rtc.AudioFrame] = []

    async def hear() -> None:
        async for frame in phone.mouth.frames(_stream(["Раз. Два. Три."])):
            heard.append(frame)  # noqa: PERF401  # it breaks off

    with pytest.raises(APIError):
        await hear()
    assert b"".join(bytes(frame.data.cast("B")) for frame in heard) == samples_of("Раз.")


async def test_what_a_substitute_said_or_half_said_is_not_kept(files: FileStore, company_id: UUID) -> None:
    first, substitute = FakeVoice(), FakeVoice()
    first.breaks.add(GREETING)
    members: list[Member[tts.TTS[Any]]] = [
        Member("first", first, "first"),
        Member("substitute", substitute, "substitute"),
    ]
    phone = Phone(files, company_id, Voices(Chain("tts", members, rest=Rest()), Limits(first=LONG, last=LONG)))
    assert len(await phone.hears(GREETING)) > 0
    assert await phone.hears(QUESTION)
    assert substitute.asked == [GREETING, QUESTION], "the first one rests"
    assert kept(files, company_id) == 0
    first.breaks.clear()
    substitute.breaks.add(QUESTION)
    assert len(await phone.hears(QUESTION)) > 0
    assert kept(files, company_id) == 0, "its beginning is the other's"
    substitute.fails.add(QUESTION)
    substitute.breaks.clear()
    await phone.hears(QUESTION)
    assert kept(files, company_id) == 1, "of the first voice again"


async def test_a_damaged_file_is_never_played(files: FileStore, company_id: UUID) -> None:
    await Phone(files, company_id, FakeVoice()).hears(GREETING)
    (path,) = files.names(company_id, KIND)
    whole = path.read_bytes()
    for damaged in (b"", whole[:20], whole[:-2], whole[:-2] + b"xx"):
        path.write_bytes(damaged)
        voice = FakeVoice()
        assert await Phone(files, company_id, voice).hears(GREETING) == samples_of(GREETING)
        assert voice.asked == [GREETING]
        assert path.read_bytes() == whole, "rendered again, it is kept again"


async def test_without_a_disk_a_call_goes_on_and_remembers(tmp_path: Path, company_id: UUID) -> None:
    (tmp_path / "no folder").write_text("")
    voice = FakeVoice()
    phone = Phone(FileStore(tmp_path / "no folder"), company_id, voice)
    assert await phone.hears(f"{GREETING} {GREETING}") == samples_of(GREETING) * 2
    assert await phone.hears(GREETING) == samples_of(GREETING)
    assert voice.asked in ([GREETING], [GREETING] * 2)


async def test_a_process_keeps_at_hand_only_what_fits(files: FileStore, company_id: UUID) -> None:
    await Phone(files, company_id, FakeVoice()).hears(f"{GREETING} {QUESTION}")
    cache = SpeechCache(files, memory=len(samples_of(GREETING)))
    mouth = Mouth(
        FakeVoice(), cache, company_id=company_id, voice_key="fake", language="ru", fixed=FIXED, served_by="first"
    )
    greeting, question = mouth.key(GREETING, "ru"), mouth.key(QUESTION, "ru")
    for key in (greeting, question):
        assert await cache.find(company_id, key) is not None
    for path in files.names(company_id, KIND):
        path.unlink()
    assert await cache.find(company_id, greeting) is None, "the question took its place"
    assert await cache.find(company_id, question) is not None


async def test_what_was_heard_follows_from_the_seconds_that_were_played(files: FileStore, company_id: UUID) -> None:
    phone = Phone(files, company_id, FakeVoice())
    await phone.hears(f"{GREETING} {QUESTION}")
    first = len(GREETING) * 0.05
    heard = [phone.mouth.heard(seconds) for seconds in (0, first / 2, first, first + 0.5, 100)]
    assert heard == ["", "Мастерская,", GREETING, f"{GREETING} Как вас", f"{GREETING} {QUESTION}"]


async def test_words_are_kept_by_how_they_are_pronounced(files: FileStore, company_id: UUID) -> None:
    voice, cache = FakeVoice(), SpeechCache(files)
    mouth = Mouth(
        voice,
        cache,
        company_id=company_id,
        voice_key="fake",
        language="en",
        fixed=FIXED,
        spoken=lambda text, language: f"{language}: {text}",
    )
    assert [frame async for frame in mouth.frames(_stream(["Hello! 10 a.m."]))]
    assert voice.asked == ["en: Hello!", "en: 10 a.m."]
    await cache.close()
    mouth.language = "ru"
    assert [frame async for frame in mouth.frames(_stream(["Hello!"]))]
    assert voice.asked[2:] == ["ru: Hello!"], "no fixed sentence of that language"
    assert kept(files, company_id) == 1
