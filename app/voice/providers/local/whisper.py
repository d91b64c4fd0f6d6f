"""Whisper base: from samples to words. Slow to import and to call: only the thread of `ears.py` does either.

The encoder is given 10 s instead of its usual 30, which halves the time; longer speech is cut where it is quietest.
faster-whisper's parts are used rather than its `WhisperModel`, whose window cannot be set.
"""

from __future__ import annotations

import math
import re
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import ctranslate2
import numpy as np
import numpy.typing as npt
import tokenizers
from faster_whisper.feature_extractor import FeatureExtractor
from faster_whisper.tokenizer import Tokenizer

from app.voice.providers.local.ears import RATE, Heard, Samples

WINDOW, LONG_WINDOW = 10, 30
"""Seconds the encoder sees at once; the second, its own, for what became a loop in the first."""
_SPARE = 0.3
"""Seconds of a window that speech leaves free, so that its end is seen as an end."""
_REPEATS = 2.0
"""Compression ratio above which a text repeats itself."""
_SURE = 0.85
"""Probability of another language of the call that makes the speech be taken for it."""
_DETECTABLE = 1.0
"""Seconds of speech from which a language can be told."""

_PROMPTS = {
    "ru": "Здравствуйте, хочу записаться на приём завтра в 10:30. Меня зовут Ирина Соколова, телефон 8 905 321-76-54.",
    "en": "Hello, I would like to book a visit tomorrow at 10:30. My name is Helen Carter, my phone is 555-0172.",
}
"""What a call sounds like, with a number in it: fewer wrong words, and digits written as digits."""

_LEAST = 0.3
"""Confidence below which a text is what Whisper makes of noise; speech has 0.5 and more."""
_NEVER_SAID = re.compile(
    r"субтитр|dimatorzok|продолжение следует|спасибо за просмотр|подписывайтесь на|редактор \w\.|"
    r"thank(s| you) for watching|subtitles by|amara\.org|please subscribe",
    re.IGNORECASE,
)
"""What Whisper has learned from films and hears in noise."""


class Whisper:
    """A loaded model. Loading takes a second or two, a decode a third of a second."""

    def __init__(self, folder: Path, threads: int) -> None:
        self._model: Any = ctranslate2.models.Whisper(  # Any: a module without types
            str(folder), device="cpu", compute_type="int8", intra_threads=threads, inter_threads=1
        )
        self._words = tokenizers.Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._features = FeatureExtractor()

    def hear(self, samples: Samples, languages: Sequence[str]) -> Heard:
        """The words of one stretch of speech, in the most likely of `languages`; the first when it cannot be told."""
        pieces = split(samples)
        said = [self._hear(piece, languages) for piece in pieces]
        found = [one for one in said if one.text]
        if not found:
            return Heard("", languages[0], 0.0)
        return Heard(" ".join(one.text for one in found), found[0].language, min(one.confidence for one in found))

    def _hear(self, samples: Samples, languages: Sequence[str]) -> Heard:
        seconds = len(samples) / RATE
        features = self._features(samples)[:, :-1]
        encoded = self._encode(features, WINDOW)
        language = self._language(encoded, languages, seconds)
        heard = self._decode(encoded, language, seconds, repeats=True)
        if compression(heard.text) > _REPEATS:
            encoded = self._encode(features, LONG_WINDOW)
            heard = self._decode(encoded, language, seconds, repeats=False)
        return heard

    def _encode(self, features: npt.NDArray[np.float32], window: int) -> Any:  # Any: a module without types
        frames = window * 100
        fitted = features[:, :frames]
        fitted = np.pad(fitted, ((0, 0), (0, frames - fitted.shape[1])))
        storage = ctranslate2.StorageView.from_array(np.ascontiguousarray(fitted[None], dtype=np.float32))
        return self._model.encode(storage)

    def _language(self, encoded: Any, languages: Sequence[str], seconds: float) -> str:  # Any: as above
        if len(languages) == 1 or seconds < _DETECTABLE:
            return languages[0]
        odds = {token[2:-2]: odds for token, odds in self._model.detect_language(encoded)[0]}
        ours = {language: odds.get(language, 0.0) for language in languages}
        best = max(ours, key=lambda language: ours[language])
        return best if ours[best] >= _SURE * sum(ours.values()) else languages[0]

    def _decode(self, encoded: Any, language: str, seconds: float, *, repeats: bool) -> Heard:  # Any: as above
        words = Tokenizer(self._words, multilingual=True, task="transcribe", language=language)
        prompt = [words.sot_prev, *words.encode(" " + _PROMPTS[language])] if language in _PROMPTS else []
        prompt += [*words.sot_sequence, words.no_timestamps]
        result = self._model.generate(
            encoded,
            [prompt],
            beam_size=1,
            max_length=len(prompt) + most_tokens(seconds),
            no_repeat_ngram_size=0 if repeats else 4,
            return_scores=True,
        )[0]
        text = words.decode(result.sequences_ids[0]).strip()
        confidence = math.exp(min(0.0, result.scores[0]))
        noise = confidence < _LEAST or _NEVER_SAID.search(text)
        return Heard("" if noise else text, language, confidence)


def most_tokens(seconds: float) -> int:
    """Of an answer: nobody says more in so many seconds, a decoder that loops does."""
    return 16 + math.ceil(9 * seconds)


def compression(text: str) -> float:
    """How much shorter a text gets when it is packed; more than 2 is a loop."""
    data = text.encode()
    return len(data) / len(zlib.compress(data)) if data else 0.0


def split(samples: Samples) -> list[Samples]:
    """Pieces that each fit the window, cut where it is quietest."""
    most = round((WINDOW - _SPARE) * RATE)
    pieces = []
    while len(samples) > most:
        hop = RATE // 10
        tail = samples[most // 2 : most]
        loudness = np.abs(tail[: len(tail) // hop * hop]).reshape(-1, hop).mean(axis=1)
        cut = most // 2 + int(loudness.argmin()) * hop + hop // 2
        pieces.append(samples[:cut])
        samples = samples[cut:]
    return [*pieces, samples]
