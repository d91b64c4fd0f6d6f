"""The long-lived resources, built once for every program and for the tests, each with a ping and a close."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from uuid import UUID

import httpx
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from sqlalchemy.exc import SQLAlchemyError

from app import __version__
from app.db.base import new_id
from app.db.session import Database, Publisher, engine_from
from app.errors import SettingsInvalid
from app.files import FileStore
from app.security.outbound import OutboundGuard, OutboundPolicy, guarded_client
from app.security.passwords import Passwords
from app.security.sealing import Sealer, derive_key
from app.settings import (
    CommonSettings,
    DatabaseSettings,
    FileSettings,
    RedisSettings,
    WebhookSettings,
    read,
)

Clock = Callable[[], datetime]


def system_clock() -> datetime:
    """Now, in UTC."""
    return datetime.now(UTC)


@dataclass(frozen=True)
class Runtime:
    """What a program holds as long as it runs. `process` names it as the holder of calls."""

    common: CommonSettings
    db: Database
    redis: Redis
    sealer: Sealer
    passwords: Passwords
    guard: OutboundGuard
    http: httpx.AsyncClient
    """Client for addresses that clients of ours chose; it asks the guard about each."""
    csrf_key: bytes = field(repr=False)
    files: FileStore
    clock: Clock = system_clock
    ids: Callable[[], UUID] = new_id
    process: UUID = field(default_factory=new_id)

    async def pings(self) -> dict[str, str | None]:
        """Each server's state: None when it answers, else the error's class. For readiness and doctor."""
        checks: dict[str, Callable[[], Awaitable[object]]] = {"postgres": self.db.ping, "redis": self._ping_redis}
        answers = await asyncio.gather(*(_state(check) for check in checks.values()))
        return dict(zip(checks, answers, strict=True))

    async def _ping_redis(self) -> None:
        await self.redis.ping()

    async def close(self) -> None:
        """Gives everything back; safe when a server is already gone."""
        await self.http.aclose()
        await self.redis.aclose()
        await self.db.close()
        self.passwords.close()


async def _state(check: Callable[[], Awaitable[object]]) -> str | None:
    try:
        async with asyncio.timeout(3):
            await check()
    except (SQLAlchemyError, RedisError, OSError, TimeoutError) as error:
        return type(error).__name__
    return None


def build(
    *,
    common: CommonSettings | None = None,
    database: DatabaseSettings | None = None,
    redis: RedisSettings | None = None,
    webhooks: WebhookSettings | None = None,
    files: FileSettings | None = None,
    publish: Publisher | None = None,
    clock: Clock = system_clock,
) -> Runtime:
    """The runtime of the settings given, else of the environment. Opens nothing yet: connections come with first use.

    `publish` sends committed outbox rows to the broker; without it they wait for the relay.
    Raises SettingsInvalid when an address or the installation's key is missing.
    """
    common = common or read(CommonSettings)
    database = database or read(DatabaseSettings)
    redis = redis or read(RedisSettings)
    webhooks = webhooks or read(WebhookSettings)
    files = files or read(FileSettings)
    if database.url is None:
        raise SettingsInvalid(name="OTKLIK_DATABASE_URL", reason="not_set")
    if redis.url is None:
        raise SettingsInvalid(name="OTKLIK_REDIS_URL", reason="not_set")
    if common.secret_key is None:
        raise SettingsInvalid(name="OTKLIK_SECRET_KEY", reason="not_set")
    master = common.secret_key.get_secret_value().encode()
    engine = engine_from(database, url=database.url.get_secret_value())
    seconds = redis.timeout.total_seconds()
    client = Redis.from_url(
        redis.url.get_secret_value(),
        socket_timeout=seconds,
        socket_connect_timeout=seconds,
        retry=Retry(NoBackoff(), 1),  # once more on a connection that a restart has closed, never in a loop
    )
    guard = OutboundGuard(
        OutboundPolicy.of(
            allow_http=webhooks.allow_http,
            allowed_origins=webhooks.allowed_private_origins,
            demo_origin=webhooks.demo_origin,
        )
    )
    return Runtime(
        common=common,
        db=Database(engine) if publish is None else Database(engine, publish),
        redis=client,
        sealer=Sealer({"k1": derive_key(master, "seal")}, "k1"),
        passwords=Passwords(),
        guard=guard,
        http=guarded_client(guard, timeout=webhooks.timeout, user_agent=f"Otklik/{__version__}"),
        csrf_key=derive_key(master, "csrf"),
        files=FileStore(files.folder or common.home / "files"),
        clock=clock,
    )
