"""Migrations run forward and back on a filled database, the models match them, and months can become partitions."""

from __future__ import annotations

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, text
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import NullPool

from app.db import models
from app.db.migrating import migrate, newest
from app.runtime import build
from app.settings import CommonSettings, DatabaseSettings, RedisSettings, read
from tests.support.servers import DatabaseUrls
from tests.support.world import new_world

pytestmark = pytest.mark.integration


async def test_migrations_run_forward_and_back_on_a_filled_database(
    fresh_database: DatabaseUrls, redis_url: str
) -> None:
    owner, app = fresh_database.owner, fresh_database.app
    assert await migrate(owner, app) == (None, newest())
    rt = build(
        common=read(CommonSettings, secret_key="k" * 40),
        database=read(DatabaseSettings, url=app),
        redis=read(RedisSettings, url=redis_url),
    )
    world = await new_world(rt)
    await world.bot()
    await rt.close()
    assert await migrate(owner, app, to="0001") == (newest(), "0001")
    assert await migrate(owner, app) == ("0001", newest())
    engine = _owner(owner)
    async with engine.connect() as connection:
        assert await connection.scalar(text("select count(*) from bot")) == 1
        assert await connection.run_sync(_differences) == []
    await engine.dispose()
    assert await migrate(owner, app, to="base") == (newest(), None)
    assert await migrate(owner, app) == (None, newest())


async def test_calls_turns_and_events_can_be_partitioned_by_month_as_they_are(fresh_database: DatabaseUrls) -> None:
    await migrate(fresh_database.owner, fresh_database.app)
    engine = _owner(fresh_database.owner)
    async with engine.begin() as connection:
        for table, key in (("call", "id"), ("turn", "call_id"), ("call_event", "call_id")):
            # Every unique constraint of a partitioned table must contain the partition key, or this is refused.
            await connection.execute(
                text(f"create table {table}_by_month (like {table} including all) partition by range ({key})")
            )
            await connection.execute(
                text(
                    f"create table {table}_2026_11 partition of {table}_by_month for values"
                    " from ('019a3c5b-0800-7000-8000-000000000000') to ('019ad6d9-0c00-7000-8000-000000000000')"
                )
            )
    await engine.dispose()


def _owner(url: str) -> AsyncEngine:
    return create_async_engine(make_url(url).set(drivername="postgresql+asyncpg"), poolclass=NullPool)


def _differences(connection: Connection) -> list[object]:
    context = MigrationContext.configure(connection, opts={"compare_type": True})
    return list(compare_metadata(context, models.Base.metadata))
