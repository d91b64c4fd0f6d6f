"""Which voices this machine has: the operator's command, Piper's, RHVoice, espeak-ng."""

from __future__ import annotations

import importlib.util
import shlex
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from app.settings import LocalVoiceSettings
from app.voice.providers.local.programs import OUT, CommandProgram, PiperProgram, Program
from app.voice.providers.local.weights import Shelf, shelf

LANGUAGES = ("ru", "en")
_RHVOICE = {"ru": "Elena", "en": "Slt"}
_WAV_RATE = 22050
"""Of what espeak-ng writes."""


@dataclass(frozen=True)
class Voice:
    """One voice. `name` is what a bot's choice holds; `kind` says what speaks it."""

    name: str
    language: str
    kind: Literal["command", "piper", "rhvoice", "espeak"]

    @property
    def robotic(self) -> bool:
        """Whether it can be understood only with effort."""
        return self.kind == "espeak"


def voices(settings: LocalVoiceSettings) -> list[Voice]:
    """What can speak, by language, the best first."""
    piper = list(_piper(shelf(settings))) if installed("piper") else []
    found = []
    for language in LANGUAGES:
        if command(settings, language):
            found.append(Voice(f"command-{language}", language, "command"))
        found += [voice for voice in piper if voice.language == language]
        if shutil.which("RHVoice-test"):
            found.append(Voice(_RHVOICE[language], language, "rhvoice"))
        if shutil.which("espeak-ng"):
            found.append(Voice(f"espeak-ng-{language}", language, "espeak"))
    return found


def program_of(voice: Voice, settings: LocalVoiceSettings) -> Program:
    """Raises FileNotFoundError when a Piper voice is gone."""
    match voice.kind:
        case "piper":
            path = shelf(settings).voice(voice.name)
            if path is None:
                raise FileNotFoundError(f"{voice.name}.onnx")
            return PiperProgram(path)
        case "command":
            return CommandProgram(shlex.split(command(settings, voice.language) or ""), settings.tts_rate)
        case "rhvoice":
            return CommandProgram(["RHVoice-test", "-p", voice.name, "-o", OUT], 24000)
        case "espeak":
            return CommandProgram(["espeak-ng", "-v", voice.language, "--stdin", "--stdout"], _WAV_RATE)


def command(settings: LocalVoiceSettings, language: str) -> str | None:
    """The operator's program for a language."""
    return {"ru": settings.tts_command_ru, "en": settings.tts_command_en}.get(language)


def installed(package: str) -> bool:
    """Whether a package is there; it is not imported."""
    return importlib.util.find_spec(package) is not None


def _piper(shelf: Shelf) -> Iterator[Voice]:
    for name in shelf.voices():
        language = name.split("_", 1)[0]
        if language in LANGUAGES:
            yield Voice(name, language, "piper")
