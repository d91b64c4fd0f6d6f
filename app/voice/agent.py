"""The agent that livekit's session runs: it hands each turn to the conversation and speaks what comes back."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Protocol

from livekit.agents import Agent, ModelSettings, llm


class Talk(Protocol):
    """What the agent needs of a conversation."""

    def reply_to(self, text: str) -> AsyncIterator[str]:
        """The reply to a caller's turn, in pieces, each of them in the record before it is yielded. Until the turn is
        confirmed nothing is yielded; a cancelled reply has no effect."""

    async def confirm(self, text: str) -> None:
        """The caller's turn is over, with these words."""


class ScenarioAgent(Agent):
    """Speaks for one conversation."""

    def __init__(self, talk: Talk) -> None:
        super().__init__(instructions="")
        self._talk = talk

    async def llm_node(
        self,
        chat_ctx: llm.ChatContext,
        tools: list[llm.Tool],  # noqa: ARG002  # livekit's signature
        model_settings: ModelSettings,  # noqa: ARG002
    ) -> AsyncIterator[str]:
        """The reply to the last thing the caller said. Runs before the end of the turn is certain, maybe twice."""
        async for piece in self._talk.reply_to(_last_words(chat_ctx)):
            yield piece

    async def on_user_turn_completed(
        self,
        turn_ctx: llm.ChatContext,  # noqa: ARG002  # livekit's signature
        new_message: llm.ChatMessage,
    ) -> None:
        """Speech only: typed turns are complete when they arrive."""
        await self._talk.confirm(new_message.text_content or "")


def _last_words(chat_ctx: llm.ChatContext) -> str:
    for item in reversed(chat_ctx.items):
        if isinstance(item, llm.ChatMessage) and item.role == "user":
            return item.text_content or ""
    return ""
