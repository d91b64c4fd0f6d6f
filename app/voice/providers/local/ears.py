"""The process's own recogniser: one model, loaded at its first use, one decode at a time, in a thread of its own."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import numpy as np
import numpy.typing as npt

from app.voice.providers.local.weights import WeightsBroken

if TYPE_CHECKING:
    from app.voice.providers.local.whisper import Whisper

RATE = 16000
"""Of what is heard, in Hz."""

Samples = npt.NDArray[np.float32]
"""Mono at RATE, from -1 to 1."""

T = TypeVar("T")


@dataclass(frozen=True)
class Heard:
    """What was said; an empty text when nothing was. `confidence` 0..1."""

    text: str
    language: str
    confidence: float


class Ears:
    """A model that is loaded when it is first needed. Decodes wait for each other."""

    def __init__(self, folder: Callable[[], Path], threads: int) -> None:
        """`folder` finds the model; it runs in the thread, because it may have to put the model together."""
        self._folder, self._threads = folder, threads
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="local-stt")
        self._model: Whisper | None = None
        self._lock, self._waiting = threading.Lock(), 0
        self.took = 0.0
        """Seconds of the last decode."""

    @property
    def busy(self) -> bool:
        """Whether a decode would have to wait."""
        return self._waiting > 0

    async def load(self) -> None:
        """Loads the model, so that the first caller need not wait for it."""
        await self._in_thread(self._loaded)

    async def hear(self, samples: Samples, languages: Sequence[str]) -> Heard:
        """The words of one stretch of speech, in the most likely of `languages`.

        A cancelled decode that has begun goes on in its thread, and is forgotten. Raises what loading raises.
        """
        return await self._in_thread(partial(self._hear, samples, languages))

    async def _in_thread(self, work: Callable[[], T]) -> T:
        with self._lock:
            self._waiting += 1
        future = self._thread.submit(work)
        future.add_done_callback(self._done)
        return await asyncio.wrap_future(future)

    def _done(self, _: object) -> None:
        with self._lock:
            self._waiting -= 1

    def _loaded(self) -> Whisper:
        if self._model is None:
            from app.voice.providers.local.whisper import Whisper  # noqa: PLC0415  a second of imports, off the loop

            folder = self._folder()
            try:
                self._model = Whisper(folder, self._threads)
            except Exception as error:  # a broken file: its libraries raise what they like
                raise WeightsBroken(folder) from error
        return self._model

    def _hear(self, samples: Samples, languages: Sequence[str]) -> Heard:
        model, began = self._loaded(), time.monotonic()
        heard = model.hear(samples, languages)
        self.took = time.monotonic() - began
        return heard
