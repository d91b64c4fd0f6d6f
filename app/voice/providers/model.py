"""What the rooms ask of a language model; `llm.py` fulfils it. Light to import: loads no provider's library."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol


@dataclass(frozen=True)
class Message:
    """One line of a prompt."""

    role: Literal["system", "user", "assistant"]
    text: str


class ModelFailed(Exception):
    """The model gave no usable answer. `cause` is one of: unreachable, broken (the answer stopped or is
    not the protocol), timeout, rate_limited, unauthorised, refused, server_error."""

    def __init__(self, cause: str) -> None:
        super().__init__(cause)
        self.cause = cause


class Model(Protocol):
    """One configured language model."""

    @property
    def name(self) -> str:
        """The model's name as its endpoint knows it."""

    def stream(self, prompt: Sequence[Message]) -> AsyncGenerator[str, None]:
        """The answer's text in pieces as they come; what a reasoning model thinks aloud is left out.

        Raises ModelFailed, also in the middle of the answer. Close the iterator to stop the model.
        """

    async def complete(self, prompt: Sequence[Message]) -> str:
        """The whole answer, stripped; may be empty. Raises ModelFailed; TimeoutError past the total limit."""

    async def close(self) -> None:
        """Closes the connections."""
