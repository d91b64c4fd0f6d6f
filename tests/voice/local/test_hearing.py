"""Whisper base hears real sentences, in the language they are said in, and makes no sentence of noise or of a loop."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from app.voice.providers.local.ears import RATE, Heard, Samples
from app.voice.providers.local.recogniser import samples_of
from app.voice.providers.local.whisper import LONG_WINDOW, WINDOW, Whisper, compression, most_tokens, split
from tests.support.spoken import line, names, seconds_of, speak
from tests.support.word_errors import word_error_rate

pytestmark = [pytest.mark.voice, pytest.mark.integration]

LOOP = "120 " * 40


def chosen(language: str, count: int) -> list[str]:
    """So many lines of all the language's voices."""
    known = names(language)
    return [known[number * len(known) // count] for number in range(count)]


@pytest.mark.parametrize(("language", "count"), [("ru", 12), ("en", 8)])
def test_three_words_of_four_are_heard_in_either_language(whisper: Whisper, language: str, count: int) -> None:
    lines = [line(name) for name in chosen(language, count)]
    heard = [whisper.hear(samples_of(one.pcm), ["ru", "en"]) for one in lines]
    assert [one.language for one in heard] == [language] * count
    rate = word_error_rate([(said.text, got.text) for said, got in zip(lines, heard, strict=True)], language)
    assert rate <= 0.25, [got.text for got in heard]


def test_a_long_speech_is_heard_to_its_end(whisper: Whisper) -> None:
    script: list[str | float] = ["ru_elena_00", 0.3, "ru_elena_14", 0.3, "ru_elena_25", 0.3, "ru_elena_13"]
    said = [line(part) for part in script if isinstance(part, str)]
    pcm = speak(*script)
    assert seconds_of(pcm) > WINDOW
    heard = whisper.hear(samples_of(pcm), ["ru"])
    assert word_error_rate([(" ".join(one.text for one in said), heard.text)], "ru") <= 0.25, heard.text


def test_noise_is_no_speech(whisper: Whisper) -> None:
    noise = np.random.default_rng(7).normal(0, 0.05, 2 * RATE).astype(np.float32)
    assert whisper.hear(noise, ["ru"]).text == ""


class Looping(Whisper):
    """Repeats itself until it is not allowed to."""

    def __init__(self, whisper: Whisper) -> None:
        self._features = whisper._features
        self.decodes: list[tuple[int, bool]] = []

    def _encode(self, features: Samples, window: int) -> Any:  # Any: as the class's own
        return window

    def _language(self, encoded: Any, languages: Sequence[str], seconds: float) -> str:
        return languages[0]

    def _decode(self, encoded: Any, language: str, seconds: float, *, repeats: bool) -> Heard:
        self.decodes.append((encoded, repeats))
        return Heard(LOOP if repeats else "120", language, 0.9)


def test_a_loop_is_decoded_again_without_repetitions(whisper: Whisper) -> None:
    looping = Looping(whisper)
    assert looping.hear(samples_of(line("ru_elena_05").pcm), ["ru"]).text == "120"
    assert looping.decodes == [(WINDOW, True), (LONG_WINDOW, False)]


def test_a_text_that_repeats_itself_is_told_from_speech() -> None:
    assert compression(LOOP) > 2
    assert all(compression(line(name).text) < 2 for name in [*names("ru"), *names("en")])
    assert most_tokens(2.0) < 40, "a loop of two seconds cannot go on for long"


def test_speech_is_cut_where_it_is_quiet() -> None:
    pcm = speak("ru_elena_02", 0.6, "ru_elena_03", 0.6, "ru_elena_25")
    pieces = split(samples_of(pcm))
    assert sum(len(piece) for piece in pieces) == len(pcm) // 2
    assert all(len(piece) / RATE <= WINDOW for piece in pieces)
    assert len(pieces) == 2
    assert np.abs(pieces[0][-RATE // 20 :]).max() < 0.01
