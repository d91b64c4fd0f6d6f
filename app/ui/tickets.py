"""A ticket lets one signed-in person begin one spoken call: made by a form's request, used once, within a minute.

It goes in the first message of the socket, never in an address, which servers on the way may write down.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from dataclasses import asdict, dataclass
from uuid import UUID

from redis.asyncio import Redis

from app.tenants.actors import Actor, person
from app.tenants.models import Role

KEPT = 60
"""Seconds."""
LONGEST = 64
"""Characters of a ticket."""


@dataclass(frozen=True)
class Ticket:
    """What it is for, and whose it is. `language`: of the page, for what the person is told."""

    company_id: UUID
    bot_id: UUID
    call_id: UUID
    user_id: UUID
    role: Role
    address: str | None
    language: str

    @property
    def actor(self) -> Actor:
        return person(self.user_id, self.role, self.address)


async def issue(redis: Redis, session_id: UUID, ticket: Ticket) -> str:
    """Puts the ticket aside for this sign-in; its text is the only way to it. Raises RedisError."""
    text = secrets.token_urlsafe(24)
    await redis.set(_key(session_id, text), json.dumps(asdict(ticket), default=str), ex=KEPT)
    return text


async def redeem(redis: Redis, session_id: UUID, text: str) -> Ticket | None:
    """The ticket, the first time it is shown by the same sign-in. Raises RedisError."""
    found = await redis.getdel(_key(session_id, text)) if 0 < len(text) <= LONGEST else None
    if found is None:
        return None
    kept = json.loads(found)
    return Ticket(
        company_id=UUID(kept["company_id"]),
        bot_id=UUID(kept["bot_id"]),
        call_id=UUID(kept["call_id"]),
        user_id=UUID(kept["user_id"]),
        role=Role(kept["role"]),
        address=kept["address"],
        language=kept["language"],
    )


def _key(session_id: UUID, text: str) -> str:
    """Names the sign-in, so that nobody uses another person's ticket, or uses it up."""
    return f"otklik:talk:{session_id}:{hashlib.sha256(text.encode()).hexdigest()}"
