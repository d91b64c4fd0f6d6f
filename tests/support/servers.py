"""Real servers for tests: one PostgreSQL and one Valkey a test run, in a folder of their own, gone with the run."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

from sqlalchemy import text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.ext.asyncio import create_async_engine

from app.embedded.postgres import Postgres, Roles
from app.embedded.valkey import Valkey


@dataclass(frozen=True)
class DatabaseUrls:
    """One database of the run: the role that migrates and the role of the programs."""

    owner: str
    app: str
    name: str


@contextmanager
def server_home() -> Iterator[Path]:
    """A short-lived installation folder that an unprivileged account can reach, unlike pytest's own."""
    home = Path(tempfile.mkdtemp(prefix="otklik-"))
    home.chmod(0o711)
    (home / "logs").mkdir()
    try:
        yield home
    finally:
        shutil.rmtree(home, ignore_errors=True)


@contextmanager
def start_postgres(home: Path) -> Iterator[Roles]:
    """A PostgreSQL without fsync; yields its addresses. To be called from the main thread."""
    server = Postgres(home, durable=False)
    asyncio.run(_settled(server))
    try:
        yield server.roles
    finally:
        asyncio.run(server.stop())


async def _settled(server: Postgres) -> None:
    await server.settle()
    await server.start()


@contextmanager
def start_valkey(home: Path) -> Iterator[str]:
    """A Valkey without a file; yields its address."""
    server = Valkey(home, durable=False)
    asyncio.run(server.start())
    try:
        yield server.url
    finally:
        asyncio.run(server.stop())


async def create_database(roles: Roles, *, template: str | None = None) -> DatabaseUrls:
    """A database of its own, owned by the owner role; a copy of `template` (to which nobody is connected) if given."""
    name = f"test_{uuid4().hex[:12]}"
    copy = f' template "{template}"' if template else ""
    await _as_admin(roles, f'create database "{name}" owner otklik_owner{copy}')
    return DatabaseUrls(owner=_named(roles.owner, name), app=_named(roles.app, name), name=name)


async def drop_database(roles: Roles, database: DatabaseUrls) -> None:
    """Drops it, whoever is still connected."""
    await _as_admin(roles, f'drop database if exists "{database.name}" with (force)')


async def _as_admin(roles: Roles, statement: str) -> None:
    url: URL = make_url(roles.admin).set(drivername="postgresql+asyncpg")
    engine = create_async_engine(url, isolation_level="AUTOCOMMIT")
    try:
        async with engine.connect() as connection:
            await connection.execute(text(statement))
    finally:
        await engine.dispose()


def _named(url: str, name: str) -> str:
    return make_url(url).set(database=name).render_as_string(hide_password=False)
