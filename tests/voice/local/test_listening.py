"""A call's ears: what they send while somebody speaks, pauses, goes on and stops. The detector and the speech are
real; only what the model makes of them is scripted."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path

import pytest
from livekit.agents import APIConnectionError, stt

from app.errors import NoVoice
from app.settings import LocalVoiceSettings, read
from app.voice.providers.local import available, local_stt
from app.voice.providers.local.ears import RATE, Ears, Heard, Samples
from app.voice.providers.local.recogniser import LocalSTT
from tests.support.spoken import frames, line, speak
from tests.support.waiting import LONG

pytestmark = [pytest.mark.voice, pytest.mark.integration]

Kind = stt.SpeechEventType


class Scripted(Ears):
    """Hears at once how many seconds were said."""

    def __init__(self, *, busy: bool = False) -> None:
        super().__init__(Path, threads=1)
        self.heard: list[float] = []
        self._busy = busy

    @property
    def busy(self) -> bool:
        return self._busy

    async def hear(self, samples: Samples, languages: Sequence[str]) -> Heard:
        self.heard.append(len(samples) / RATE)
        return Heard(f"{len(samples) / RATE:.1f} s", languages[0], 0.9)


async def listen(ears: Ears, pcm: bytes) -> list[stt.SpeechEvent]:
    """Everything that is sent for this sound."""
    async with asyncio.timeout(LONG), LocalSTT(ears, ["ru", "en"]).stream() as stream:
        for number, frame in enumerate(frames(pcm)):
            stream.push_frame(frame)
            if number % 5 == 4:
                await asyncio.sleep(0)
        stream.end_input()
        return [event async for event in stream]


def kinds(events: Sequence[stt.SpeechEvent]) -> list[Kind]:
    """Without the words shown on the way, which depend on the machine's pace."""
    return [event.type for event in events if event.type is not Kind.INTERIM_TRANSCRIPT]


WHOLE = [
    Kind.START_OF_SPEECH,
    Kind.PREFLIGHT_TRANSCRIPT,
    Kind.FINAL_TRANSCRIPT,
    Kind.RECOGNITION_USAGE,
    Kind.END_OF_SPEECH,
]


async def test_words_are_known_in_the_pause_and_final_when_the_caller_has_stopped() -> None:
    ears = Scripted()
    events = await listen(ears, speak(0.5, "ru_elena_05", 1.5))
    assert kinds(events) == WHOLE
    final = next(event for event in events if event.type is Kind.FINAL_TRANSCRIPT)
    assert final.alternatives[0].language == "ru"
    assert final.speech_end_time is not None
    assert final.speech_end_time < final.created_at, "when it ended, not when it was understood"


async def test_two_sentences_are_two_stretches() -> None:
    assert kinds(await listen(Scripted(), speak(0.5, "ru_elena_05", 1.5, "ru_elena_29", 1.5))) == [*WHOLE, *WHOLE]


async def test_a_caller_who_goes_on_after_a_pause_is_heard_as_one() -> None:
    ears = Scripted()
    events = await listen(ears, speak(0.5, "ru_elena_01", 0.2, "ru_elena_05", 1.5))
    finals = [event for event in events if event.type is Kind.FINAL_TRANSCRIPT]
    assert len(finals) == 1
    assert finals[0].alternatives[0].text == f"{ears.heard[-1]:.1f} s"
    assert ears.heard[-1] > line("ru_elena_01").seconds + line("ru_elena_05").seconds


async def test_a_long_speech_becomes_final_in_parts() -> None:
    events = await listen(Scripted(), speak(0.5, "ru_aleksandr_02", 0.3, "ru_aleksandr_09", 0.3, "ru_elena_05", 1.5))
    assert len([event for event in events if event.type is Kind.FINAL_TRANSCRIPT]) >= 2


async def test_words_are_shown_while_the_caller_speaks() -> None:
    events = await listen(Scripted(), speak(0.5, "ru_elena_00", 1.5))
    shown = [event.alternatives[0].text for event in events if event.type is Kind.INTERIM_TRANSCRIPT]
    assert shown
    assert shown == sorted(shown)
    assert events.index(next(event for event in events if event.type is Kind.INTERIM_TRANSCRIPT)) == 1


async def test_a_recogniser_at_work_for_others_gives_signs() -> None:
    events = await listen(Scripted(busy=True), speak(0.5, "ru_elena_00", 1.5))
    signs = [event for event in events if event.type is Kind.INTERIM_TRANSCRIPT]
    assert len(signs) >= 3
    assert all(sign.alternatives[0].text == "" for sign in signs[:3])


async def test_the_last_words_before_hanging_up_are_heard() -> None:
    events = await listen(Scripted(), speak(0.5, "ru_elena_05"))
    assert [event.alternatives[0].text for event in events if event.type is Kind.FINAL_TRANSCRIPT]


async def test_real_ears_understand_a_call(settings: LocalVoiceSettings) -> None:
    ears = local_stt(["ru"], settings)
    async with asyncio.timeout(LONG), ears.stream() as stream:
        for frame in frames(speak(0.5, "ru_elena_28", 1.0), rate=48000):
            stream.push_frame(frame)
        stream.end_input()
        words = [event.alternatives[0].text async for event in stream if event.type is Kind.FINAL_TRANSCRIPT]
    assert len(words) == 1
    assert "завтра" in words[0].lower()


async def test_a_broken_model_is_said_in_words_and_not_tried_again(home: Path, tmp_path: Path) -> None:
    broken = tmp_path / "mine" / "faster-whisper-base"
    broken.mkdir(parents=True)
    for name in ("model.bin", "config.json", "tokenizer.json"):
        (broken / name).write_text("{}")
    ears = local_stt(["ru"], read(LocalVoiceSettings, models=broken.parent))
    with pytest.raises(APIConnectionError, match=str(broken)) as caught:
        await listen(ears.ears, speak(0.5, "ru_elena_05", 1.0))
    assert not caught.value.retryable
    assert "otklik voice fetch" in str(caught.value)


async def test_without_a_model_the_person_is_told_how_to_get_one(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.voice.providers.local.weights._PARTS", ("no_such_package",))
    settings = read(LocalVoiceSettings, models=home / "empty")
    local = available(settings)
    assert not local.stt
    assert "make voice" in local.missing[0].text("ru")
    assert "otklik voice fetch" in local.missing[0].text("en")
    with pytest.raises(NoVoice):
        local_stt(["ru"], settings)
