"""Keys of the JSON API: made, checked, revoked."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import update

from app.db import lookups
from app.db.base import new_id
from app.db.session import Database, TenantDb
from app.errors import InvalidInput
from app.security.tokens import new_api_key, parse_api_key, token_matches
from app.tenants import queries
from app.tenants.actors import SCOPES, Actor
from app.tenants.audit import audit
from app.tenants.models import ActorKind, ApiKey
from app.tenants.rules import checked_name

TOUCH_EVERY = timedelta(minutes=1)
"""A key's last use is written at most this often."""


async def create_key(
    db: TenantDb, *, name: str, scopes: list[str], expires_at: datetime | None = None, by: Actor, at: datetime
) -> tuple[ApiKey, str]:
    """A new key and its text, which is shown once and not kept. Raises InvalidInput for an unknown or missing scope."""
    by.need("keys:write")
    for scope in scopes or [""]:
        if scope not in SCOPES:
            raise InvalidInput(field="scopes", reason="scope", value=scope)
    made = new_api_key()
    key = ApiKey(
        id=new_id(),
        company_id=db.company_id,
        created_at=at,
        name=checked_name(name),
        prefix=made.prefix,
        secret_hash=made.secret_hash,
        scopes=sorted(set(scopes)),
        created_by=by.id,
        expires_at=expires_at,
    )
    db.add(key)
    await db.flush()
    audit(db, by, at, "key.created", key.id, after={"name": key.name, "scopes": key.scopes})
    return key, made.text


async def revoke_key(db: TenantDb, key_id: UUID, *, by: Actor, at: datetime) -> ApiKey:
    """Ends a key at once; again is no error. Raises NotFound."""
    by.need("keys:write")
    key = await queries.locked_key(db, key_id)
    if key.revoked_at is None:
        key.revoked_at = at
        audit(db, by, at, "key.revoked", key.id, before={"name": key.name})
    await db.flush()
    return key


async def company_of_key(database: Database, text: str, *, ip: str | None, at: datetime) -> tuple[UUID, Actor] | None:
    """The company and the actor of a key; None when it is unknown, wrong, expired or revoked."""
    parsed = parse_api_key(text)
    if parsed is None:
        return None
    async with database.system() as db:
        row = await lookups.api_key_by_prefix(db, parsed.prefix)
    if row is None or not token_matches(text, row.secret_hash):
        return None
    if row.revoked_at is not None or (row.expires_at is not None and row.expires_at <= at):
        return None
    if row.last_used_at is None or at - row.last_used_at > TOUCH_EVERY:
        async with database.tenant(row.company_id) as tenant:
            await tenant.execute(update(ApiKey).where(ApiKey.id == row.id).values(last_used_at=at))
    return row.company_id, Actor(ActorKind.KEY, row.id, frozenset(row.scopes), ip)
