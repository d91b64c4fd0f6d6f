"""Imported once in the process that all calls are forked from: what they share costs its memory and seconds once.

Nothing here may start a thread or an event loop.
"""

from __future__ import annotations

import importlib

from sqlalchemy.orm import configure_mappers

from app.db import models
from app.scenario.field_extractor import warm_up
from app.scenario.models import LANGUAGES
from app.voice import conversation, warming
from app.voice.providers.loading import HEAVY, PLUGINS
from app.voice.worker import job

__all__ = ["conversation", "job", "models", "warming"]

for name in (*HEAVY, *(f"livekit.plugins.{plugin}" for plugin in PLUGINS), "app.voice.providers.source"):
    importlib.import_module(name)
warm_up(LANGUAGES)
configure_mappers()
