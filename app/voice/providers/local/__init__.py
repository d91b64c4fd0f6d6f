"""Speech on this machine, without an account: Whisper base hears, a program of its own speaks.

Light to import: the models are loaded when they are first needed, off the event loop.
"""

from __future__ import annotations

from app.voice.providers.local.speech import LocalVoice, available, demo, local_stt, local_tts, prewarm

__all__ = ["LocalVoice", "available", "demo", "local_stt", "local_tts", "prewarm"]
