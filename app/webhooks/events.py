"""The kinds of webhook messages, and the envelope each one travels in."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum


class EventType(StrEnum):
    """What a receiver can subscribe to. The value is the message's `type`; it never changes once released."""

    CALL_ENDED = "call.ended"
    """A call is over; its turns are complete, its analysis is still to come. At once after the hang-up."""

    CALL_ANALYZED = "call.analyzed"
    """A call has its outcome with evidence, collected fields and summary. The message to build on."""

    TEST_PING = "test.ping"
    """Sent by a person to try an endpoint; goes to that endpoint only, whatever it subscribes to."""

    @property
    def description_key(self) -> str:
        """Catalog key of the sentence that explains this type to a person."""
        return f"webhooks.event.{self.value.replace('.', '_')}"


SUBSCRIBABLE: tuple[EventType, ...] = (EventType.CALL_ENDED, EventType.CALL_ANALYZED)
"""The types an endpoint may choose; a test event needs no subscription."""


def envelope(kind: EventType, at: datetime, data: Mapping[str, object]) -> str:
    """The body as it is signed and sent, byte for byte on every attempt (Standard Webhooks: type, timestamp, data).

    `at` is when the event happened, aware. Raises TypeError when `data` is not JSON.
    """
    body = {"type": kind.value, "timestamp": at.isoformat(), "data": data}
    return json.dumps(body, ensure_ascii=False, separators=(",", ":"))
