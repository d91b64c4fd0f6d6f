"""The room's SQL; lookups that cross tenants are in `app.db.lookups`."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import Row, Select, select

from app.db.session import TenantDb
from app.errors import NotFound
from app.tenants.models import ApiKey, Company, Membership, User


async def company(db: TenantDb) -> Company:
    """The company in scope. Raises NotFound when it was deleted."""
    found = await db.get(Company, db.company_id)
    if found is None:
        raise NotFound
    return found


async def members(db: TenantDb) -> list[Row[Membership, User]]:
    """Members with their accounts, oldest first."""
    statement = select(Membership, User).join(User, User.id == Membership.user_id).order_by(Membership.id)
    return list((await db.execute(statement)).all())


def keys() -> Select[ApiKey]:
    """The company's API keys, newest first, revoked ones included."""
    return select(ApiKey).order_by(ApiKey.id.desc())


async def locked_key(db: TenantDb, key_id: UUID) -> ApiKey:
    """The key, locked. Raises NotFound."""
    found = await db.scalar(select(ApiKey).where(ApiKey.id == key_id).with_for_update())
    if found is None:
        raise NotFound
    return found
