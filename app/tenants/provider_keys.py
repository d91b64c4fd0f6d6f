"""A company's own keys of speech and language providers: sealed at rest, never shown again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from app.db.base import new_id
from app.db.session import TenantDb
from app.errors import InvalidInput, NotFound
from app.security.outbound import OutboundGuard
from app.security.sealing import Sealer
from app.tenants.actors import Actor
from app.tenants.audit import audit
from app.tenants.models import ProviderKey

MAX_KEY = 500
HINT = 4
"""Last characters of a key that are shown, when it is long enough to lose nothing by it."""


@dataclass(frozen=True)
class OwnKey:
    """A key as it is used."""

    key: str = field(repr=False)
    base_url: str | None = None


@dataclass(frozen=True)
class CheckedAddress:
    """An address that may be called; only `checked_address` makes one."""

    text: str


async def checked_address(guard: OutboundGuard, url: str, *, by: Actor) -> CheckedAddress:
    """The address, looked up: up to 5 s, so before the transaction that stores it is opened.

    Nothing is looked up for somebody who may not change keys. Raises Forbidden, OutboundRefused with the reason.
    """
    by.need("providers:write")
    await guard.check(url)
    return CheckedAddress(url.rstrip("/"))


async def listed(db: TenantDb) -> list[ProviderKey]:
    """The company's keys, by provider."""
    return list(await db.scalars(select(ProviderKey).order_by(ProviderKey.provider)))


async def set_key(
    db: TenantDb,
    sealer: Sealer,
    provider: str,
    key: str,
    *,
    address: CheckedAddress | None = None,
    by: Actor,
    at: datetime,
) -> ProviderKey:
    """The company's key of a provider, in place of the one before. Raises Forbidden, InvalidInput."""
    by.need("providers:write")
    key = key.strip()
    if len(key) > MAX_KEY:
        raise InvalidInput(field="key", reason="too_long", limit=MAX_KEY)
    if not key.isprintable() or not key.isascii() or " " in key:
        raise InvalidInput(field="key", reason="provider_key")
    found = await db.scalar(select(ProviderKey).where(ProviderKey.provider == provider).with_for_update())
    before = _public(found) if found else None
    if found is None:
        found = ProviderKey(id=new_id(), company_id=db.company_id, created_at=at, provider=provider)
        db.add(found)
    found.sealed = sealer.seal(key, context=context(found.id))
    found.hint = key[-HINT:] if len(key) >= 4 * HINT else ""
    found.base_url = address.text if address else None
    found.changed_at = at
    audit(db, by, at, "provider_key.set", found.id, before=before, after=_public(found))
    await db.flush()
    return found


async def forget_key(db: TenantDb, provider: str, *, by: Actor, at: datetime) -> None:
    """From now on the platform's key is used, if it has one. Raises Forbidden, NotFound."""
    by.need("providers:write")
    found = await db.scalar(select(ProviderKey).where(ProviderKey.provider == provider).with_for_update())
    if found is None:
        raise NotFound
    audit(db, by, at, "provider_key.forgotten", found.id, before=_public(found))
    await db.delete(found)
    await db.flush()


async def opened(db: TenantDb, sealer: Sealer) -> Mapping[str, OwnKey]:
    """The company's keys by provider, to be used and not kept. Raises SealBroken: the installation's key changed."""
    rows = await listed(db)
    return {row.provider: OwnKey(sealer.open(row.sealed, context=context(row.id)), row.base_url) for row in rows}


def context(key_id: UUID) -> str:
    """What a sealed key is bound to: copied to another row it does not open."""
    return f"provider_key:{key_id}"


def _public(key: ProviderKey) -> dict[str, object]:
    return {"provider": key.provider, "hint": key.hint, "base_url": key.base_url}
