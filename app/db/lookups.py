"""The named functions of the database that may cross tenants, as typed calls. Nothing else does."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import text

from app.db.session import Job, SystemDb

T = TypeVar("T")

NOBODY = UUID(int=0)
"""Before every id."""

GIVE_UP_AFTER = 200
"""Attempts of a job that always fails, about a week of them; then it stays in the outbox and doctor counts it."""


@dataclass(frozen=True)
class Account:
    """What signing in needs of a person."""

    id: UUID
    name: str
    password_hash: str
    language: str | None
    theme: str | None


@dataclass(frozen=True)
class SessionRow:
    """A sign-in and its person."""

    id: UUID
    user_id: UUID
    name: str
    email: str
    language: str | None
    theme: str | None
    last_seen_at: datetime
    expires_at: datetime
    revoked_at: datetime | None


@dataclass(frozen=True)
class CompanyRow:
    """A company as the programs see it before they enter it."""

    id: UUID
    slug: str
    name: str
    zone: str
    language: str
    region: str


@dataclass(frozen=True)
class MembershipRow(CompanyRow):
    """A company of a person, with the person's role in it."""

    role: str


@dataclass(frozen=True)
class KeyRow:
    """What checking an API key needs."""

    company_id: UUID
    id: UUID
    secret_hash: str
    scopes: list[str]
    expires_at: datetime | None
    revoked_at: datetime | None
    last_used_at: datetime | None


@dataclass(frozen=True)
class NumberRow:
    """The bot that answers a number."""

    company_id: UUID
    bot_id: UUID
    published_version: int | None


@dataclass(frozen=True)
class Reference:
    """A row of some company."""

    company_id: UUID
    id: UUID


@dataclass(frozen=True)
class DueEndpoint:
    """A webhook endpoint and how many deliveries are due to it."""

    company_id: UUID
    endpoint_id: UUID
    due: int


async def user_for_sign_in(db: SystemDb, email: str) -> Account | None:
    """The account of a lower-case address."""
    return await _one(db, Account, "user_for_sign_in(:email)", email=email)


async def session_by_token(db: SystemDb, token_hash: str) -> SessionRow | None:
    """The sign-in with this token's hash, revoked and expired ones included."""
    return await _one(db, SessionRow, "session_by_token(:token_hash)", token_hash=token_hash)


async def companies_of_user(db: SystemDb, user_id: UUID) -> list[MembershipRow]:
    """The companies a person belongs to, oldest first."""
    return await _all(db, MembershipRow, "companies_of_user(:user_id)", user_id=user_id)


async def company_by_slug(db: SystemDb, slug: str) -> CompanyRow | None:
    """For the command line and the demo receiver, which have no person behind them."""
    return await _one(db, CompanyRow, "company_by_slug(:slug)", slug=slug)


async def api_key_by_prefix(db: SystemDb, prefix: str) -> KeyRow | None:
    """The key with this public prefix, revoked and expired ones included."""
    return await _one(db, KeyRow, "api_key_by_prefix(:prefix)", prefix=prefix)


async def bot_by_number(db: SystemDb, e164: str) -> NumberRow | None:
    """Who answers a called number."""
    return await _one(db, NumberRow, "bot_by_number(:e164)", e164=e164)


async def outbox_claim(
    db: SystemDb, *, unpublished_before: datetime, now: datetime, lease: timedelta, give_up: int, limit: int
) -> list[Job]:
    """Marks as published at `now`, and returns, jobs that a crash left unpublished (created before the first instant)
    or unfinished (published longer ago than the lease, which grows with each attempt up to 60 times). After `give_up`
    attempts a job stays where it is, to be seen. Rows that another relay holds are passed over.
    """
    return await _all(
        db,
        Job,
        "outbox_claim(:unpublished_before, :now, :lease, :give_up, :limit)",
        unpublished_before=unpublished_before,
        now=now,
        lease=lease,
        give_up=give_up,
        limit=limit,
    )


async def outbox_forget(db: SystemDb, *, done_before: datetime, limit: int) -> int:
    """Deletes jobs that were done before the instant; how many."""
    return int(await db.scalar(text("select outbox_forget(:before, :limit)"), {"before": done_before, "limit": limit}))


async def endpoints_due(
    db: SystemDb, *, now: datetime, limit: int, after: DueEndpoint | None = None
) -> list[DueEndpoint]:
    """Webhook endpoints with deliveries to attempt: due, or claimed by a worker that did not come back. Counted by
    endpoint, so that one with thousands of them hides no other behind the limit; ordered by company and endpoint,
    from the one that follows `after`.
    """
    return await _all(
        db,
        DueEndpoint,
        "endpoints_due(:now, :after_company, :after, :limit)",
        now=now,
        after_company=after.company_id if after else NOBODY,
        after=after.endpoint_id if after else NOBODY,
        limit=limit,
    )


async def calls_abandoned(db: SystemDb, *, limit: int, after: UUID | None = None) -> list[Reference]:
    """Running calls whose process has not renewed the lease, by PostgreSQL's clock, which leases are written by.
    Ordered by id, from the one that follows `after`.
    """
    return await _all(db, Reference, "calls_abandoned(:after, :limit)", after=after or NOBODY, limit=limit)


async def endpoints_with_old_secrets(db: SystemDb, *, now: datetime, limit: int) -> list[Reference]:
    """Webhook endpoints whose previous secret has outlived its rotation."""
    return await _all(db, Reference, "endpoints_with_old_secrets(:now, :limit)", now=now, limit=limit)


async def recordings_due(db: SystemDb, *, now: datetime, limit: int) -> list[Reference]:
    """Calls whose recordings have been kept long enough; `id` is the call's."""
    return await _all(db, Reference, "recordings_due(:now, :limit)", now=now, limit=limit)


async def call_by_room(db: SystemDb, room: str) -> Reference | None:
    """The call that a LiveKit room carries."""
    return await _one(db, Reference, "call_by_room(:room)", room=room)


async def _all(db: SystemDb, kind: type[T], call: str, **params: Any) -> list[T]:  # Any: what the driver binds
    columns = ", ".join(field.name for field in fields(kind))  # type: ignore[arg-type]  # every kind is a dataclass
    statement = f"select {columns} from {call}"  # noqa: S608  both are written in this file
    rows: Sequence[Any] = (await db.execute(text(statement), params)).all()
    return [kind(*row) for row in rows]


async def _one(db: SystemDb, kind: type[T], call: str, **params: Any) -> T | None:  # Any: as above
    rows = await _all(db, kind, call, **params)
    return rows[0] if rows else None
