"""What a spoken call hears and speaks with, as the conversation sees it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, Protocol
from uuid import UUID

from app.bots.voice import BotVoice
from app.runtime import Runtime
from app.voice.providers.model import Model

if TYPE_CHECKING:
    from livekit.agents import stt, tts, vad


@dataclass(frozen=True)
class Trouble:
    """A provider failed in a call. `cause` is one of ModelFailed's, or `silent`: it heard a voice and gave no word."""

    part: Literal["stt", "tts", "llm"]
    provider: str
    cause: str
    taken_over_by: str | None
    """Who goes on; None: nobody is left, or the same one is tried again."""


@dataclass(frozen=True)
class Speech:
    """The ears and the mouth of one call, each a chain that goes on with the next provider when one fails.

    The streams of `tts` say in `served_by` whose voice it was in the end: another name than `names["tts"]` is not to
    be kept under `voice_key`.
    """

    stt: stt.STT[Any]  # Any: the type of events nobody listens to
    tts: tts.TTS[Any]
    vad: vad.VAD
    names: dict[str, str]
    """Provider and model by kind: {"stt": "deepgram/nova-3", ...}."""
    voice_key: str
    """Names voice, model, speed and rate: what is rendered with the same key sounds the same."""
    watchers: list[Callable[[Trouble], None]] = field(default_factory=list)
    """Told about every provider that fails while the call goes on."""

    def caller_speaks(self, speaking: bool) -> None:
        """What the VAD hears: a recogniser that gives no sign of a long speech is left for the next one."""
        if (tell := getattr(self.stt, "caller_speaks", None)) is not None:
            tell(speaking)

    async def aclose(self) -> None:
        """Gives the connections back."""
        await self.stt.aclose()
        await self.tts.aclose()


class SpeechSource(Protocol):
    """Where a call gets its speech from."""

    async def speech(
        self, company_id: UUID, voice: BotVoice, *, language: str, languages: Sequence[str], keyterms: Sequence[str]
    ) -> Speech:
        """What the bot hears and speaks with, else the platform's. Raises NoVoice."""

    async def model(self, company_id: UUID, voice: BotVoice) -> Model | None:
        """The bot's language model, else the platform's; None: the script is spoken. Close it when the call ends."""


def speech_source(rt: Runtime) -> SpeechSource:
    """The providers of the settings, of companies and of bots. Keep one for a program: it knows who is failing."""
    from app.voice.providers.source import ConfiguredSpeech  # noqa: PLC0415  # which knows this module

    return ConfiguredSpeech(rt)
