"""What a call over a WebSocket needs of it, and why it ends. Without livekit: the web program's routes import it."""

from __future__ import annotations

from enum import StrEnum
from typing import Protocol


class Gone(StrEnum):
    """Why a line ended on the caller's side."""

    HUNG_UP = "hung_up"
    LOST = "connection_lost"
    TOO_FAST = "too_fast"
    BAD = "bad_message"
    TOO_LONG = "message_too_long"
    STOPPING = "server_stopping"


REFUSED = {Gone.TOO_FAST: 1008, Gone.BAD: 1003}
"""What we close a connection for, and RFC 6455's code for it."""


class Wire(Protocol):
    """The WebSocket, as the line needs it."""

    async def send(self, message: bytes | str) -> None:
        """Sends one message. Raises Closed when nobody is there."""

    async def receive(self) -> bytes | str:
        """The next message. Raises Closed at the end."""

    async def close(self, code: int, reason: str) -> None:
        """Closes it; does nothing when it is closed."""


class Closed(Exception):
    """The WebSocket is closed. `code` as RFC 6455 has it."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code
