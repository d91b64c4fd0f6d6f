"""A secret that is shown once, on the page after the one that made it: sealed in Redis for two minutes, then gone.

It is put aside inside the transaction that makes it: with Redis away nothing is made whose secret nobody saw.
"""

from __future__ import annotations

import secrets

from app.security.sealing import SealBroken
from app.ui.visits import Entry

KEPT = 120
"""Seconds."""


async def keep(entry: Entry, secret: str) -> str:
    """Puts the secret aside for this sign-in; the answer names it in the next page's address.

    Raises RedisError: the caller's transaction must not be committed then.
    """
    ticket = secrets.token_urlsafe(12)
    sealed = entry.rt.sealer.seal(secret, context=_context(entry))
    await entry.rt.redis.set(_key(entry, ticket), sealed, ex=KEPT)
    return ticket


async def take(entry: Entry, ticket: str) -> str:
    """The secret, the first time it is asked for by the same sign-in; else nothing."""
    if not ticket or len(ticket) > 32:
        return ""
    sealed = await _pop(entry, ticket)
    if sealed is None:
        return ""
    try:
        return entry.rt.sealer.open(sealed.decode(), context=_context(entry))
    except SealBroken:
        return ""  # sealed with a key that this installation no longer has


async def _pop(entry: Entry, ticket: str) -> bytes | None:
    found = await entry.rt.redis.getdel(_key(entry, ticket))
    return found.encode() if isinstance(found, str) else found


def _key(entry: Entry, ticket: str) -> str:
    """Names the sign-in, so that nobody finds another person's ticket, to read or to remove it."""
    return f"otklik:once:{entry.visit.session.id}:{ticket}"


def _context(entry: Entry) -> str:
    return f"once:{entry.visit.session.id}"
