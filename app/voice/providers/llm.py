"""The language model: any OpenAI-compatible endpoint or Ollama, through livekit's openai plugin."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing

import openai as openai_client
from livekit.agents import APIConnectionError, APIConnectOptions, APIStatusError, APITimeoutError, llm
from livekit.plugins import openai

from app.settings import LlmSettings
from app.voice.providers.model import Message, ModelFailed

NO_KEY = "none"
"""Sent to endpoints that need no key: the client insists on one."""


class LanguageModel:
    """A `Model` of the settings. Never retries: a conversation has its script, later work its schedule."""

    def __init__(
        self, settings: LlmSettings, *, max_tokens: int = 300, client: openai_client.AsyncClient | None = None
    ) -> None:
        """`client` is closed with the model."""
        if settings.base_url is None:
            raise ValueError("no language model is configured")
        self._seconds = settings.total_timeout.total_seconds()
        self._max_tokens = max_tokens
        self._llm = openai.LLM(
            model=settings.model,
            base_url=settings.base_url,
            api_key=settings.api_key.get_secret_value() if settings.api_key else NO_KEY,
            temperature=0.3,
            max_retries=0,
            client=client,
        )
        self._client = client

    @property
    def name(self) -> str:
        return self._llm.model

    async def stream(self, prompt: Sequence[Message]) -> AsyncGenerator[str, None]:
        context = llm.ChatContext.empty()
        for message in prompt:
            context.add_message(role=message.role, content=message.text)
        # `max_tokens`, the older name, is what Ollama and most compatible servers know.
        answer = self._llm.chat(
            chat_ctx=context,
            conn_options=APIConnectOptions(max_retry=0, timeout=self._seconds),
            extra_kwargs={"max_tokens": self._max_tokens},
        )
        started = False
        try:
            async with answer:
                async for chunk in answer:
                    if chunk.delta is not None and chunk.delta.content:
                        started = True
                        yield chunk.delta.content
        except (APIStatusError, APIConnectionError) as error:
            raise ModelFailed("broken" if started else _cause(error)) from error

    async def complete(self, prompt: Sequence[Message]) -> str:
        async with asyncio.timeout(self._seconds), aclosing(self.stream(prompt)) as pieces:
            return "".join([piece async for piece in pieces]).strip()

    async def close(self) -> None:
        await self._llm.aclose()
        if self._client is not None:
            await self._client.close()


def _cause(error: Exception) -> str:
    if isinstance(error, APITimeoutError):
        return "timeout"
    if not isinstance(error, APIStatusError):
        return "unreachable" if isinstance(error.__cause__, openai_client.APIConnectionError) else "broken"
    if error.status_code == 429:
        return "rate_limited"
    if error.status_code in (401, 403):
        return "unauthorised"
    return "server_error" if error.status_code >= 500 else "refused"
