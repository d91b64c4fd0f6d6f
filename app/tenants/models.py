"""Companies, people and what lets them in. Rows only."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ForeignKey, Index, UniqueConstraint, func
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base, Json, TenantBase, enum, new_id


class Role(StrEnum):
    """What a member may do: owners everything, editors bots and webhooks, viewers read."""

    OWNER = "owner"
    EDITOR = "editor"
    VIEWER = "viewer"


class ActorKind(StrEnum):
    """Who made a change."""

    PERSON = "person"
    KEY = "key"
    SYSTEM = "system"


class Company(Base):
    """A tenant. Row-level security compares its own id."""

    __tablename__ = "company"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    slug: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    zone: Mapped[str] = mapped_column(server_default="Europe/Moscow")
    """IANA time zone in which people of the company read times and callers say them."""
    language: Mapped[str] = mapped_column(server_default="ru")
    region: Mapped[str] = mapped_column(server_default="RU")
    """ISO 3166 country of phone numbers said without a country code."""
    recording_days: Mapped[int] = mapped_column(server_default="30")
    """Days that recordings of calls are kept."""
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class User(Base):
    """A person's account. Visible to the person and to members of the person's companies."""

    __tablename__ = "user_account"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    email: Mapped[str] = mapped_column(unique=True)
    """Lower case."""
    name: Mapped[str]
    password_hash: Mapped[str]
    language: Mapped[str | None]
    theme: Mapped[str | None]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class UserSession(Base):
    """A sign-in. Only the hash of its token is kept."""

    __tablename__ = "user_session"
    __table_args__ = (Index(None, "user_id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    token_hash: Mapped[str] = mapped_column(unique=True)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("user_account.id", ondelete="CASCADE"))
    created_at: Mapped[datetime]
    last_seen_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    ip: Mapped[str | None]
    agent: Mapped[str | None]


class Membership(TenantBase):
    """A person's place in a company."""

    __tablename__ = "membership"
    __table_args__ = (UniqueConstraint("company_id", "user_id"), Index(None, "user_id"))

    user_id: Mapped[UUID] = mapped_column(ForeignKey("user_account.id", ondelete="CASCADE"))
    role: Mapped[Role] = mapped_column(enum(Role))


class ApiKey(TenantBase):
    """A key of the JSON API. The secret's hash is kept, the secret was shown once."""

    __tablename__ = "api_key"

    name: Mapped[str]
    prefix: Mapped[str] = mapped_column(unique=True)
    secret_hash: Mapped[str]
    scopes: Mapped[list[str]]
    created_by: Mapped[UUID | None]
    expires_at: Mapped[datetime | None]
    last_used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]


class AuditEntry(TenantBase):
    """One change by a person, a key or the system: who, what, before and after, from where."""

    __tablename__ = "audit_log"
    __table_args__ = (Index(None, "company_id", "at"),)

    at: Mapped[datetime]
    actor_kind: Mapped[ActorKind] = mapped_column(enum(ActorKind))
    actor_id: Mapped[UUID | None]
    action: Mapped[str]
    subject_id: Mapped[UUID | None]
    before: Mapped[Json | None]
    after: Mapped[Json | None]
    ip: Mapped[str | None]


class ProviderKey(TenantBase):
    """A company's own key of a speech or language provider."""

    __tablename__ = "provider_key"
    __table_args__ = (UniqueConstraint("company_id", "provider"),)

    provider: Mapped[str]
    sealed: Mapped[str]
    """The key, sealed by `app.security.sealing`; never shown again."""
    hint: Mapped[str]
    """Its last four characters."""
    base_url: Mapped[str | None]
    """The provider's address, when it is not the usual one."""
    changed_at: Mapped[datetime]
