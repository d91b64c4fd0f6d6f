"""A secret that is shown once, on the page after the one that made it: sealed in Redis for two minutes, then gone."""

from __future__ import annotations

import secrets

from app.runtime import Runtime
from app.security.sealing import SealBroken
from app.ui.visits import Entry

KEPT = 120
"""Seconds."""


async def keep(entry: Entry, secret: str) -> str:
    """Puts the secret aside for this sign-in; the answer names it in the next page's address."""
    ticket = secrets.token_urlsafe(12)
    sealed = entry.rt.sealer.seal(secret, context=_context(entry))
    await entry.rt.redis.set(_key(ticket), sealed, ex=KEPT)
    return ticket


async def take(entry: Entry, ticket: str) -> str:
    """The secret, the first time it is asked for by the same sign-in; else nothing."""
    if not ticket or len(ticket) > 32:
        return ""
    sealed = await _pop(entry.rt, ticket)
    if sealed is None:
        return ""
    try:
        return entry.rt.sealer.open(sealed.decode(), context=_context(entry))
    except SealBroken:
        return ""  # another person's ticket


async def _pop(rt: Runtime, ticket: str) -> bytes | None:
    found = await rt.redis.getdel(_key(ticket))
    return found.encode() if isinstance(found, str) else found


def _key(ticket: str) -> str:
    return f"otklik:once:{ticket}"


def _context(entry: Entry) -> str:
    return f"once:{entry.visit.session.id}"
