"""Fixtures of every test: real servers once a run, a migrated database, a runtime, a company."""

from __future__ import annotations

import asyncio
import atexit
import tempfile
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from pathlib import Path

import hypothesis
import pytest

from app.db.migrating import migrate
from app.embedded.postgres import Roles
from app.runtime import Runtime, build
from app.settings import CommonSettings, DatabaseSettings, FileSettings, RedisSettings, WebhookSettings, read
from tests.support import servers
from tests.support.servers import DatabaseUrls
from tests.support.world import World, new_world

# How long an example takes to be drawn or run is no matter of passing.
hypothesis.settings.register_profile(
    "otklik", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow], print_blob=True
)
hypothesis.settings.load_profile("otklik")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Browser tests come last: Playwright holds the thread's event loop until the end of the run."""
    items.sort(key=lambda item: item.get_closest_marker("e2e") is not None)


@dataclass(frozen=True)
class Servers:
    """The servers of this run, and a migrated database that others are copied from."""

    postgres: Roles
    redis_url: str
    template: DatabaseUrls


@pytest.fixture(scope="session")
def test_servers() -> Iterator[Servers]:
    """PostgreSQL and Valkey, started when the first test asks for them."""
    with (
        servers.server_home() as home,
        servers.start_postgres(home) as roles,
        servers.start_valkey(home) as redis_url,
    ):
        template = asyncio.run(_migrated(roles))
        yield Servers(roles, redis_url, template)


@pytest.fixture(scope="session")
def database(test_servers: Servers) -> DatabaseUrls:
    """The run's shared database: tests keep apart by making companies of their own."""
    return asyncio.run(servers.create_database(test_servers.postgres, template=test_servers.template.name))


@pytest.fixture
async def own_database(test_servers: Servers) -> AsyncIterator[DatabaseUrls]:
    """A migrated database for one test, for what looks across companies."""
    made = await servers.create_database(test_servers.postgres, template=test_servers.template.name)
    yield made
    await servers.drop_database(test_servers.postgres, made)


@pytest.fixture
async def fresh_database(test_servers: Servers) -> AsyncIterator[DatabaseUrls]:
    """An empty database, for migrations."""
    made = await servers.create_database(test_servers.postgres)
    yield made
    await servers.drop_database(test_servers.postgres, made)


@pytest.fixture(scope="session")
def redis_url(test_servers: Servers) -> str:
    return test_servers.redis_url


PATIENCE = timedelta(seconds=60)
"""How long the servers of the tests may take to answer: they are never away unless a test says so."""


def runtime_on(database: DatabaseUrls, redis_url: str) -> Runtime:
    """A runtime as a program builds it, on the test's servers; loopback receivers may be called."""
    return build(
        common=read(CommonSettings, secret_key="test-key-" * 5),
        database=read(DatabaseSettings, url=database.app, pool_timeout=PATIENCE),
        redis=read(RedisSettings, url=redis_url, timeout=PATIENCE),
        webhooks=read(WebhookSettings),
        files=read(FileSettings, folder=_files()),
    )


@cache
def _files() -> Path:
    """One folder for the files of this run's companies, gone with the run."""
    folder = tempfile.TemporaryDirectory(prefix="otklik-files-")
    atexit.register(folder.cleanup)
    return Path(folder.name)


@pytest.fixture
async def rt(database: DatabaseUrls, redis_url: str) -> AsyncIterator[Runtime]:
    """The runtime of a program, on the run's shared database."""
    runtime = runtime_on(database, redis_url)
    yield runtime
    await runtime.close()


@pytest.fixture
async def own_rt(own_database: DatabaseUrls, redis_url: str) -> AsyncIterator[Runtime]:
    """The same on a database of its own."""
    runtime = runtime_on(own_database, redis_url)
    yield runtime
    await runtime.close()


@pytest.fixture
async def world(rt: Runtime) -> World:
    """A company with an owner."""
    return await new_world(rt)


async def _migrated(roles: Roles) -> DatabaseUrls:
    made = await servers.create_database(roles)
    await migrate(made.owner, made.app)
    return made
