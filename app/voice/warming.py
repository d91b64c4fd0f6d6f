"""Loading what calls need, which takes seconds, without stopping a program that already serves."""

from __future__ import annotations

import asyncio
import importlib

from app.scenario.field_extractor import warm_up
from app.scenario.models import LANGUAGES

_lock = asyncio.Lock()

_LATER = ("app.voice.conversation", "livekit.agents.llm.async_toolset")
"""What a call would otherwise import on the event loop; livekit loads the second with its first session."""


async def warm(*, model: bool) -> None:
    """Loads livekit, the grammars and dictionaries of every language, and the model's library if one is configured.

    Imports run in a thread; only a plugin's registration must be on the main one. Later calls return at once.
    """
    async with _lock:
        for name in _LATER:
            await asyncio.to_thread(importlib.import_module, name)
        await asyncio.to_thread(warm_up, LANGUAGES)
        if model:
            # The heavy part of the openai plugin, loaded ahead: what is left for the loop is short.
            await asyncio.to_thread(importlib.import_module, "livekit.agents.llm._realtime.openai_utils")
            importlib.import_module("app.voice.providers.llm")
