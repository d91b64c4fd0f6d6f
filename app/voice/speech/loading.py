"""Loading what rendering needs. Light to import; what it loads takes seconds."""

from __future__ import annotations

import importlib

from app.voice.providers.loading import PLUGINS


def load() -> None:
    """On the program's main thread: livekit's plugins register nowhere else. Later calls return at once."""
    for name in (*(f"livekit.plugins.{plugin}" for plugin in PLUGINS), "app.voice.speech.prepare"):
        importlib.import_module(name)
