"""Sessions: one transaction each, with the scope that row-level security checks set for just that transaction."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import event, text
from sqlalchemy.engine import make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.ext.asyncio import (
    AsyncEngine,
    AsyncSession,
    async_sessionmaker,
    create_async_engine,
)

from app.settings import DatabaseSettings

_SCOPE = text("select set_config('otklik.company_id', :company, true), set_config('otklik.user_id', :person, true)")


@dataclass(frozen=True)
class Job:
    """An outbox row that was committed: what the publisher sends to the broker."""

    company_id: UUID
    id: UUID
    actor: str
    args: dict[str, object]


Publisher = Callable[[Sequence[Job]], Awaitable[None]]


class TenantDb(AsyncSession):
    """A session bound to one company. Verbs flush; the block that opened it commits."""

    company_id: UUID
    jobs: list[Job]


class SystemDb(AsyncSession):
    """A session bound to no company: it sees no tenant row, only what the named functions return."""


async def _nothing(jobs: Sequence[Job]) -> None:
    """Without a broker the rows wait for the relay."""


class Database:
    """Opens transactions. `publish` is called with the outbox rows of a transaction after its commit."""

    def __init__(self, engine: AsyncEngine, publish: Publisher = _nothing) -> None:
        self.engine = engine
        self.publish = publish
        self._tenant = async_sessionmaker(engine, class_=TenantDb, expire_on_commit=False, autoflush=False)
        self._system = async_sessionmaker(engine, class_=SystemDb, expire_on_commit=False, autoflush=False)

    @asynccontextmanager
    async def tenant(self, company_id: UUID, *, person: UUID | None = None) -> AsyncIterator[TenantDb]:
        """One transaction that sees `company_id` and nothing else; commits at the end, rolls back on an error."""
        async with self._tenant() as db:
            db.company_id, db.jobs = company_id, []
            async with db.begin():
                await db.execute(_SCOPE, {"company": str(company_id), "person": str(person or "")})
                yield db
        if db.jobs:
            await self.publish(db.jobs)

    @asynccontextmanager
    async def person(self, user_id: UUID) -> AsyncIterator[SystemDb]:
        """One transaction that sees the rows of one person: the account and its sign-ins."""
        async with self._system() as db, db.begin():
            await db.execute(_SCOPE, {"company": "", "person": str(user_id)})
            yield db

    @asynccontextmanager
    async def system(self) -> AsyncIterator[SystemDb]:
        """One transaction without a scope, for the named functions (`app.db.lookups`)."""
        async with self._system() as db, db.begin():
            yield db

    async def ping(self) -> None:
        """Raises when PostgreSQL does not answer."""
        async with self.engine.connect() as connection:
            await connection.execute(text("select 1"))

    async def close(self) -> None:
        await self.engine.dispose()


def engine_from(settings: DatabaseSettings, *, url: str) -> AsyncEngine:
    """The engine of a program. Statement times are bounded on the server, closed connections replaced at checkout."""
    engine = create_async_engine(
        make_url(url).set(drivername="postgresql+asyncpg"),
        pool_size=settings.pool_size,
        max_overflow=settings.max_overflow,
        hide_parameters=True,  # an error of the driver would otherwise print what callers said
        pool_timeout=settings.pool_timeout.total_seconds(),
        connect_args={
            "timeout": 10,
            "server_settings": {
                "application_name": "otklik",
                "statement_timeout": str(int(settings.statement_timeout.total_seconds() * 1000)),
                "idle_in_transaction_session_timeout": "60000",
            },
        },
    )
    event.listen(engine.sync_engine, "checkout", _refuse_closed)
    return engine


def _refuse_closed(connection: DBAPIConnection, *_: object) -> None:
    """A connection that the server has closed since its last use is replaced; asking costs no round trip."""
    if connection.driver_connection.is_closed():
        raise DisconnectionError
