"""Loading what providers need, off the event loop, once for a process."""

from __future__ import annotations

import asyncio
import importlib
from collections.abc import Awaitable, Callable
from functools import partial
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from livekit.agents import vad

HEAVY = ("onnxruntime", "numpy", "aiohttp", "openai", "livekit.agents", "livekit.agents.llm._realtime.openai_utils")
"""What the plugins import, loaded in a thread; the plugins themselves must register on the main one."""
PLUGINS = ("silero", "deepgram", "cartesia", "openai")

SILENCE = 0.25
"""Seconds of silence after which the VAD says that somebody stopped; the end of a turn is decided above it."""
WHOLE = 0.5
"""The same for recognisers that get whole utterances: a breath must not cut one in two."""

_lock = asyncio.Lock()
_on_main_thread: list[Callable[[Callable[[], None]], Awaitable[None]]] = []
_vads: dict[float, vad.VAD] = {}


async def load() -> None:
    """Every plugin, ready to be used. Later calls return at once."""
    async with _lock:
        for name in HEAVY:
            await asyncio.to_thread(importlib.import_module, name)
        if _on_main_thread:
            await _on_main_thread[-1](_plugins)
        else:
            _plugins()


def load_with(on_main_thread: Callable[[Callable[[], None]], Awaitable[None]]) -> None:
    """For a program whose event loop does not run on its main thread: how work gets there."""
    _on_main_thread.append(on_main_thread)


def _plugins() -> None:
    for name in PLUGINS:
        importlib.import_module(f"livekit.plugins.{name}")


async def silero(silence: float = SILENCE) -> vad.VAD:
    """The voice activity detector that all calls of the process share."""
    await load()
    async with _lock:
        if silence not in _vads:
            from livekit.plugins.silero import VAD  # noqa: PLC0415  # loaded above

            _vads[silence] = await asyncio.to_thread(
                partial(VAD.load, min_silence_duration=silence, min_speech_duration=0.05, activation_threshold=0.5)
            )
        return _vads[silence]
