"""Creating people and companies."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from app.db.base import new_id
from app.db.session import SystemDb, TenantDb
from app.tenants.actors import Actor
from app.tenants.audit import audit
from app.tenants.models import Company, Membership, Role, User
from app.tenants.rules import checked_email, checked_name, checked_slug, checked_zone


async def create_person(
    db: SystemDb, user_id: UUID, *, email: str, name: str, password_hash: str, at: datetime
) -> User:
    """An account, in the scope of the person it is made for. Raises InvalidInput; a taken address is IntegrityError."""
    user = User(
        id=user_id, email=checked_email(email), name=checked_name(name), password_hash=password_hash, created_at=at
    )
    db.add(user)
    await db.flush()
    return user


async def create_company(
    db: TenantDb, *, slug: str, name: str, zone: str, language: str, region: str, by: Actor, at: datetime
) -> Company:
    """The company whose id the session is scoped to. Raises InvalidInput."""
    company = Company(
        id=db.company_id,
        slug=checked_slug(slug),
        name=checked_name(name),
        zone=checked_zone(zone),
        language=language,
        region=region,
        created_at=at,
    )
    db.add(company)
    await db.flush()
    audit(db, by, at, "company.created", company.id, after={"slug": slug, "name": company.name})
    return company


async def add_member(db: TenantDb, user_id: UUID, role: Role, *, by: Actor, at: datetime) -> Membership:
    """Lets a person into the company."""
    membership = Membership(id=new_id(), company_id=db.company_id, user_id=user_id, role=role, created_at=at)
    db.add(membership)
    await db.flush()
    audit(db, by, at, "member.added", membership.id, after={"user": str(user_id), "role": role.value})
    return membership
