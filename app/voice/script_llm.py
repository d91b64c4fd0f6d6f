"""The model that livekit's session asks for. A session without one never replies; ours never needs to be asked,
because the agent's own `llm_node` gives the reply."""

from __future__ import annotations

from typing import Any

from livekit.agents import llm


class ScriptLLM(llm.LLM[Any]):  # Any: the type of events it never emits
    """Stands where a session wants a model."""

    def chat(self, *_: Any, **__: Any) -> llm.LLMStream:  # Any: whatever livekit passes
        """Never called: raises RuntimeError."""
        raise RuntimeError("the scenario answers, not a model")

    @property
    def model(self) -> str:
        return "scenario"

    @property
    def provider(self) -> str:
        return "otklik"
