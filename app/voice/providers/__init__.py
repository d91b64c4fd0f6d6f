"""What speech and language are bought from: small interfaces over livekit's plugins, chosen by settings."""

from __future__ import annotations

from app.settings import LlmSettings
from app.voice.providers.model import Model


def language_model(settings: LlmSettings) -> Model | None:
    """The configured model; None when there is none. Without one nothing of livekit is loaded."""
    if settings.base_url is None:
        return None
    from app.voice.providers.llm import LanguageModel  # noqa: PLC0415

    return LanguageModel(settings)
