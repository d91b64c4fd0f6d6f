"""Signing in and out, and finding the person behind a session."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import func, update

from app.db import lookups
from app.db.base import new_id
from app.db.lookups import SessionRow
from app.db.session import Database
from app.errors import SignInFailed
from app.security.passwords import Passwords
from app.security.tokens import hash_token, new_session_token
from app.tenants.models import User, UserSession

TOUCH_EVERY = timedelta(minutes=5)
"""A session's last use is written at most this often: a row per click would be a write per click."""
LONGEST = timedelta(days=90)
"""A session ends this long after signing in, however much it is used."""


@dataclass(frozen=True)
class SignIn:
    """A new session; the token goes into the cookie and is not kept."""

    token: str
    user_id: UUID


async def sign_in(
    database: Database,
    passwords: Passwords,
    *,
    email: str,
    password: str,
    ttl: timedelta,
    at: datetime,
    ip: str | None,
    agent: str | None,
) -> SignIn:
    """Opens a session. Raises SignInFailed, after the same work, for an unknown account and for a wrong password.

    Throttling comes before it (`app.security.sign_in_limit`). The password is checked between two transactions.
    """
    async with database.system() as db:
        account = await lookups.user_for_sign_in(db, email.strip().lower())
    verdict = await passwords.verify(password, account.password_hash if account else None)
    if account is None or not verdict.ok:
        raise SignInFailed
    token = new_session_token()
    session = UserSession(
        id=new_id(),
        token_hash=hash_token(token),
        user_id=account.id,
        created_at=at,
        last_seen_at=at,
        expires_at=at + min(ttl, LONGEST),
        ip=ip,
        agent=agent[:200] if agent else None,
    )
    async with database.person(account.id) as person:
        person.add(session)
        if verdict.upgraded:
            await person.execute(update(User).where(User.id == account.id).values(password_hash=verdict.upgraded))
    return SignIn(token, account.id)


async def sign_out(database: Database, session: SessionRow, *, at: datetime) -> None:
    """Ends the session at once, wherever its cookie is."""
    async with database.person(session.user_id) as db:
        await db.execute(update(UserSession).where(UserSession.id == session.id).values(revoked_at=at))


async def end_session(database: Database, token: str, *, at: datetime) -> None:
    """Ends the session of a token that the browser gives up for another; an unknown or ended one is no error."""
    async with database.system() as db:
        session = await lookups.session_by_token(db, hash_token(token))
    if session is not None and session.revoked_at is None:
        await sign_out(database, session, at=at)


async def session_of(database: Database, token: str, *, ttl: timedelta, at: datetime) -> SessionRow | None:
    """The live session of a token; None when there is none, it expired or was revoked.

    Use prolongs it by `ttl`, up to LONGEST after signing in; then `last_seen_at` is `at`.
    """
    async with database.system() as db:
        session = await lookups.session_by_token(db, hash_token(token))
    if session is None or session.revoked_at is not None or session.expires_at <= at:
        return None
    if at - session.last_seen_at <= TOUCH_EVERY:
        return session
    async with database.person(session.user_id) as person:
        expires_at = await person.scalar(
            update(UserSession)
            .where(UserSession.id == session.id)
            .values(last_seen_at=at, expires_at=func.least(at + ttl, UserSession.created_at + LONGEST))
            .returning(UserSession.expires_at)
        )
    if expires_at is None or expires_at <= at:
        return None
    return replace(session, last_seen_at=at, expires_at=expires_at)


async def set_preferences(
    database: Database, user_id: UUID, *, language: str | None = None, theme: str | None = None, name: str | None = None
) -> None:
    """Stores what a person chose; None leaves a thing as it is."""
    values = {"language": language, "theme": theme, "name": name}
    chosen = {column: value for column, value in values.items() if value is not None}
    if chosen:
        async with database.person(user_id) as db:
            await db.execute(update(User).where(User.id == user_id).values(**chosen))
