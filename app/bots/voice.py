"""What a bot hears and speaks with, as it is kept in `bot.voice`. Empty chains mean the platform's defaults."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

MAX_CHAIN = 4
MAX_WORDS = 200


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Choice(_Frozen):
    """One provider. `provider` is a key of the platform's catalogue, `model` and `voice` its own names; None: its
    default for the language. `base_url` and a company's key of the same provider win over the platform's."""

    provider: Annotated[str, Field(min_length=1, max_length=40, pattern=r"^[a-z0-9-]+$")]
    model: Annotated[str, Field(max_length=120)] | None = None
    voice: Annotated[str, Field(max_length=200)] | None = None


Chain = Annotated[tuple[Choice, ...], Field(max_length=MAX_CHAIN)]
"""Providers in the order they are tried; the next one takes over when one fails."""


class BotVoice(_Frozen):
    """Everything that is set for a bot's voice."""

    stt: Chain = ()
    tts: Chain = ()
    llm: Chain = ()
    speed: Annotated[float, Field(ge=0.6, le=1.6)] = 1.0
    """Of speech; 1 is the voice's own pace."""
    filler: Annotated[timedelta, Field(ge=timedelta(milliseconds=500), le=timedelta(seconds=5))] | None = timedelta(
        seconds=1.2
    )
    """A short word is said when the reply is this late; None: never."""
    interrupt_words: Annotated[int, Field(ge=0, le=5)] = 1
    """Words that stop the bot; back-channel words never do. 0: any sound of a voice."""
    patience: Annotated[timedelta, Field(ge=timedelta(milliseconds=500), le=timedelta(seconds=8))] = timedelta(
        seconds=2.5
    )
    """How long a caller who has not finished may pause."""
    record: bool = False
    """Record calls. The greeting must say so: see `notice`."""
    notice: Annotated[str, Field(max_length=300)] = ""
    """Spoken before the greeting when calls are recorded; empty: the usual sentence of the language."""
    voicemail: Literal["hang_up", "go_on"] = "hang_up"
    """What to do when an answering machine is at the other end."""
    stress: Annotated[dict[str, str], Field(max_length=MAX_WORDS)] = Field(default_factory=dict)
    """Word -> how it is to be spoken, for example {"Отклик": "+Отклик"}: + stands before the stressed vowel."""
