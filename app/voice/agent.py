"""The agent that livekit's session runs: it hands each turn to the conversation and speaks what comes back."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator
from typing import TYPE_CHECKING, Protocol

from livekit import rtc
from livekit.agents import Agent, FlushSentinel, ModelSettings, llm, stt

if TYPE_CHECKING:
    from app.voice.ears import Ears
    from app.voice.speech.mouth import Mouth


class Talk(Protocol):
    """What the agent needs of a conversation."""

    def reply_to(self, text: str) -> AsyncIterator[str | FlushSentinel]:
        """The reply to a caller's turn, in pieces, each of them in the record before it is yielded. Until the turn is
        confirmed nothing is yielded; a cancelled reply has no effect."""

    async def confirm(self, text: str, waited: llm.MetricsReport | None = None) -> None:
        """The caller's turn is over, with these words; `waited` is what livekit measured of it."""


class ScenarioAgent(Agent):
    """Speaks for one conversation. Without ears and mouth livekit's own nodes hear and speak."""

    def __init__(self, talk: Talk, *, ears: Ears | None = None, mouth: Mouth | None = None) -> None:
        super().__init__(instructions="")
        self._talk = talk
        self._ears = ears
        self._mouth = mouth

    async def llm_node(
        self,
        chat_ctx: llm.ChatContext,
        tools: list[llm.Tool],  # noqa: ARG002  # livekit's signature
        model_settings: ModelSettings,  # noqa: ARG002
    ) -> AsyncIterator[str | FlushSentinel]:
        """The reply to the last thing the caller said. Runs before the end of the turn is certain, maybe twice."""
        async for piece in self._talk.reply_to(_last_words(chat_ctx)):
            yield piece

    async def stt_node(
        self, audio: AsyncIterable[rtc.AudioFrame], model_settings: ModelSettings
    ) -> AsyncGenerator[stt.SpeechEvent, None]:
        """The recogniser's events without those that are no turn."""
        heard = Agent.default.stt_node(self, audio, model_settings)
        async for event in heard if self._ears is None else self._ears.hear(heard):
            yield event

    def tts_node(self, text: AsyncIterable[str], model_settings: ModelSettings) -> AsyncGenerator[rtc.AudioFrame, None]:
        """The sound of the reply; what was rendered before comes from the files."""
        if self._mouth is None:
            return Agent.default.tts_node(self, text, model_settings)
        return self._mouth.frames(text)

    async def on_user_turn_completed(
        self,
        turn_ctx: llm.ChatContext,  # noqa: ARG002  # livekit's signature
        new_message: llm.ChatMessage,
    ) -> None:
        """Speech only: typed turns are complete when they arrive."""
        await self._talk.confirm(new_message.text_content or "", new_message.metrics)


def _last_words(chat_ctx: llm.ChatContext) -> str:
    for item in reversed(chat_ctx.items):
        if isinstance(item, llm.ChatMessage) and item.role == "user":
            return item.text_content or ""
    return ""
