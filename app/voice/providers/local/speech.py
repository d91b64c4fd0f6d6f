"""The local voice as the rest of the program asks for it: what there is, its ears, its mouth."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from app.errors import NoVoice
from app.i18n import translate
from app.settings import LocalVoiceSettings, read
from app.voice.providers.local import weights
from app.voice.providers.local.ears import Ears
from app.voice.providers.local.voices import LANGUAGES, Voice, installed, program_of, voices

if TYPE_CHECKING:
    from app.voice.providers.local.mouth import LocalTTS
    from app.voice.providers.local.programs import Program
    from app.voice.providers.local.recogniser import LocalSTT


@dataclass(frozen=True)
class Missing:
    """Something the local voice lacks. `what` is one of: recogniser, recogniser_weights, voice_ru, voice_en."""

    what: str

    def text(self, lang: str) -> str:
        """What is missing and how to get it."""
        return translate(lang, f"voice.local.missing.{self.what}")


@dataclass(frozen=True)
class LocalVoice:
    """What this machine can hear and speak with. `voices` holds languages that have one, the best voice first."""

    stt: bool
    voices: Mapping[str, tuple[Voice, ...]]
    missing: tuple[Missing, ...]


def demo(names: Mapping[str, str]) -> bool:
    """Whether a call with these providers (`Speech.names`) is on the demo voice: its words are `voice.local.demo`.

    Its recogniser drops digits of a number that is said in groups: ask for phone numbers one digit at a time.
    """
    return names.get("stt", "").split("/")[0] == "local"


_lock = threading.Lock()
_ears: dict[LocalVoiceSettings, Ears] = {}
_programs: dict[tuple[LocalVoiceSettings, Voice], Program] = {}


def available(settings: LocalVoiceSettings | None = None) -> LocalVoice:
    """Looks at packages, folders and PATH; loads nothing. Raises SettingsInvalid."""
    settings = settings or read(LocalVoiceSettings)
    missing = []
    heard = installed("faster_whisper")
    if not heard:
        missing.append(Missing("recogniser"))
    elif weights.shelf(settings).whisper() is None and not weights.carried():
        heard = False
        missing.append(Missing("recogniser_weights"))
    found = voices(settings)
    spoken = {language: tuple(voice for voice in found if voice.language == language) for language in LANGUAGES}
    missing += [Missing(f"voice_{language}") for language in LANGUAGES if not spoken[language]]
    return LocalVoice(heard, {language: some for language, some in spoken.items() if some}, tuple(missing))


def local_stt(languages: Sequence[str], settings: LocalVoiceSettings | None = None) -> LocalSTT:
    """Ears for a call in `languages`, the likeliest first. All calls of the process share one model.

    Raises NoVoice when there is no model; one that is broken is found when it is loaded, and ends the stream.
    """
    from app.voice.providers.local.recogniser import LocalSTT  # noqa: PLC0415  # livekit, when a call comes

    settings = settings or read(LocalVoiceSettings)
    if not available(settings).stt:
        raise NoVoice(missing="stt")
    return LocalSTT(_shared_ears(settings), languages)


def local_tts(
    voice: str | None, language: str, *, speed: float = 1.0, settings: LocalVoiceSettings | None = None
) -> LocalTTS:
    """A mouth: the voice of that name, else the language's best. Its process is shared, and begins to load at once.

    Raises NoVoice when nothing speaks the language.
    """
    from app.voice.providers.local.mouth import LocalTTS  # noqa: PLC0415  # livekit, when a call comes

    settings = settings or read(LocalVoiceSettings)
    known = [one for one in voices(settings) if one.language == language]
    chosen = next((one for one in known if one.name == voice), known[0] if known else None)
    if chosen is None:
        raise NoVoice(missing="tts")
    with _lock:
        program = _programs.get((settings, chosen)) or program_of(chosen, settings)
        _programs[settings, chosen] = program
    program.start()
    return LocalTTS(program, chosen.name, speed)


async def prewarm(settings: LocalVoiceSettings | None = None) -> None:
    """Loads the recogniser, so that the first caller does not wait for it. Does nothing where there is none."""
    settings = settings or read(LocalVoiceSettings)
    if available(settings).stt:
        await _shared_ears(settings).load()


def _shared_ears(settings: LocalVoiceSettings) -> Ears:
    with _lock:
        if settings not in _ears:
            _ears[settings] = Ears(lambda: _whisper(settings), settings.threads)
        return _ears[settings]


def _whisper(settings: LocalVoiceSettings) -> Path:
    shelf = weights.shelf(settings)
    return shelf.whisper() or weights.joined_whisper(shelf.own)
