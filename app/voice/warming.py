"""Loading livekit, which takes seconds, without stopping a program that already serves."""

from __future__ import annotations

import asyncio
import importlib

_lock = asyncio.Lock()


async def warm(*, model: bool) -> None:
    """Makes `app.voice.conversation`, and the model's library if one is configured, ready to import at once.

    The import runs in a thread; only a plugin's registration must be on the main one. Later calls return at once.
    """
    async with _lock:
        await asyncio.to_thread(importlib.import_module, "app.voice.conversation")
        if model:
            # The heavy part of the openai plugin, loaded ahead: what is left for the loop is short.
            await asyncio.to_thread(importlib.import_module, "livekit.agents.llm._realtime.openai_utils")
            importlib.import_module("app.voice.providers.llm")
