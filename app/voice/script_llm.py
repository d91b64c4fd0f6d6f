"""The model that livekit's session asks for. A session without one never replies; ours never needs to be asked,
because the agent's own `llm_node` gives the reply."""

from __future__ import annotations

from typing import Any

from livekit.agents import APIConnectOptions, llm
from livekit.agents.types import DEFAULT_API_CONNECT_OPTIONS, NOT_GIVEN, NotGivenOr


class ScriptLLM(llm.LLM):
    """Stands where a session wants a model."""

    def chat(
        self,
        *,
        chat_ctx: llm.ChatContext,
        tools: list[llm.Tool] | None = None,
        conn_options: APIConnectOptions = DEFAULT_API_CONNECT_OPTIONS,
        parallel_tool_calls: NotGivenOr[bool] = NOT_GIVEN,
        tool_choice: NotGivenOr[llm.ToolChoice] = NOT_GIVEN,
        extra_kwargs: NotGivenOr[dict[str, Any]] = NOT_GIVEN,  # Any: the signature of livekit
    ) -> llm.LLMStream:
        """Never called: raises RuntimeError."""
        raise RuntimeError("the scenario answers, not a model")

    @property
    def model(self) -> str:
        return "scenario"

    @property
    def provider(self) -> str:
        return "otklik"
