"""Running the migrations: forward to the newest, or to a named revision."""

from __future__ import annotations

from pathlib import Path

from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from alembic import command

ROOT = Path(__file__).resolve().parents[2]


def config_for(connection: Connection, app_role: str) -> Config:
    """Alembic's configuration bound to an open connection of the owner; grants go to `app_role`."""
    config = Config(ROOT / "alembic.ini")
    config.attributes["connection"] = connection
    config.attributes["app_role"] = app_role
    return config


def newest() -> str:
    """The newest revision in the code."""
    head = ScriptDirectory(str(ROOT / "alembic")).get_current_head()
    if head is None:
        raise RuntimeError("there are no migrations")
    return head


def current(connection: Connection) -> str | None:
    """The revision of the database; None when it is empty."""
    return MigrationContext.configure(connection).get_current_revision()


async def migrate(owner_url: str, app_url: str, *, to: str = "head") -> tuple[str | None, str | None]:
    """Brings the database to revision `to`, forward or back; returns the revisions before and after.

    `app_url` names the application role, which gets its rights on the tables and functions.
    """
    app_role = make_url(app_url).username
    if not app_role:
        raise ValueError("the application's database address names no role")
    engine = create_async_engine(make_url(owner_url).set(drivername="postgresql+asyncpg"), poolclass=NullPool)
    try:
        async with engine.connect() as connection:
            before = await connection.run_sync(current)
            if to == "head" and before == newest():
                return before, before
            await connection.run_sync(_run, app_role, to, before)
            await connection.commit()
            return before, await connection.run_sync(current)
    finally:
        await engine.dispose()


def _run(connection: Connection, app_role: str, to: str, before: str | None) -> None:
    config = config_for(connection, app_role)
    revisions = [script.revision for script in ScriptDirectory.from_config(config).walk_revisions()]  # newest first
    back = to == "base" or (before in revisions and to in revisions and revisions.index(to) > revisions.index(before))
    (command.downgrade if back else command.upgrade)(config, to)
