"""The examination behind `otklik doctor`: one small check a subject, each with what was found and what to do."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Literal

import asyncpg
import httpx
from redis.asyncio import Redis
from redis.exceptions import RedisError

from app.embedded import attach, probes
from app.embedded.home import ROOM_NEW, ROOM_OLD, free_megabytes, nearest, told, try_to_write
from app.embedded.problems import HomeUnusable, StatusDamaged
from app.errors import ServiceUnavailable, SettingsInvalid
from app.i18n import translate
from app.settings import (
    CommonSettings,
    DatabaseSettings,
    LiveKitSettings,
    LlmSettings,
    RedisSettings,
    VectorSettings,
    WebSettings,
    read,
    read_all,
)

ROOT = Path(__file__).resolve().parents[2]
State = Literal["ok", "warning", "error"]


@dataclass(frozen=True)
class Finding:
    """`check`: name of the subject; `detail` and `fix` are sentences, `fix` empty when all is well."""

    check: str
    state: State
    detail: str
    fix: str = ""


class Examination:
    """Runs the checks in one language against the settings and, where they name nothing, the running installation."""

    def __init__(self, lang: str) -> None:
        self._lang = lang
        self.findings: list[Finding] = []

    def add(self, check: str, kind: State, what: str, **facts: object) -> None:
        """Notes a finding: text `cli.doctor.<what>`, and what to do from `cli.doctor.<what>.fix` unless all is well."""
        fix = "" if kind == "ok" else translate(self._lang, f"cli.doctor.{what}.fix", **facts)
        self.findings.append(Finding(check, kind, translate(self._lang, f"cli.doctor.{what}", **facts), fix))

    async def run(self) -> list[Finding]:
        """Every check; one that needs what an earlier one missed is left out."""
        self._python()
        self._front_end()
        try:
            read_all()
        except SettingsInvalid as error:
            self.add("settings", "error", "settings_bad", sentence=error.said(self._lang))
            return self.findings
        self.add("settings", "ok", "settings_good")
        common = read(CommonSettings)
        if (common.public_url or "").startswith("https://") and not read(WebSettings).trusted_proxies:
            self.add("proxy", "warning", "proxy_unnamed", url=common.public_url)
        try:
            self._folder(common.home.absolute())
            running = attach.use_running(common.home)
        except HomeUnusable as error:
            self.add("folder", "error", "folder_unusable", **error.facts)
            return self.findings
        except StatusDamaged as error:
            self.add("running", "error", "status_damaged", **error.facts)
            return self.findings
        if not running and read(DatabaseSettings).url is None:
            self.add("running", "warning", "not_running")
            return self.findings
        self._secret_key()
        await self._postgres(common.home)
        await self._redis()
        await self._vectors()
        await self._llm()
        await self._calls()
        return self.findings

    def _python(self) -> None:
        version = ".".join(map(str, sys.version_info[:3]))
        good = (3, 11) <= sys.version_info[:2] < (3, 13)
        self.add("python", "ok" if good else "error", "python" if good else "python_wrong", version=version)

    def _front_end(self) -> None:
        good = (ROOT / "app" / "ui" / "static" / "manifest.json").exists()
        self.add("front_end", "ok" if good else "error", "front_end" if good else "front_end_missing")

    def _folder(self, home: Path) -> None:
        """What `otklik up` will need of the folder, or of the one it will be made in. Raises HomeUnusable."""
        with told(home):
            above = nearest(home)
            for folder in (above, home / "logs", home / "keys"):
                if folder.exists():
                    try_to_write(folder)
            secret = [path for path in (home / "keys").glob("*") if path.stat().st_mode & 0o077]
            free = free_megabytes(above)
        if secret:
            self.add("folder", "error", "folder_open", path=secret[0])
        else:
            self.add("folder", "ok", "folder" if above == home else "folder_new", path=home)
        good = free >= (ROOM_OLD if (home / "postgres").exists() else ROOM_NEW)
        self.add("disk", "ok" if good else "error", "disk" if good else "disk_full", free=free, path=home)

    def _secret_key(self) -> None:
        good = read(CommonSettings).secret_key is not None
        self.add("secret_key", "ok" if good else "error", "secret_key" if good else "secret_key_missing")

    async def _postgres(self, home: Path) -> None:
        settings = attach.database(home, read(DatabaseSettings))
        if settings.url is None:
            self.add("postgres", "error", "postgres_missing")
            return
        try:
            connection = await asyncpg.connect(settings.url.get_secret_value(), timeout=5)
        except (OSError, TimeoutError, ValueError, asyncpg.PostgresError) as error:
            self.add("postgres", "error", "postgres_away", reason=str(error) or type(error).__name__)
            return
        try:
            await self._role_and_tables(connection)
        finally:
            await connection.close()

    async def _role_and_tables(self, connection: asyncpg.Connection) -> None:
        version = await connection.fetchval("show server_version")
        self.add("postgres", "ok", "postgres", version=version)
        role = await connection.fetchrow(
            "select rolname, rolsuper or rolbypassrls as free, exists (select from pg_class where relowner = r.oid"
            " and relkind in ('r', 'p') and relnamespace = 'public'::regnamespace) as owns"
            " from pg_roles r where rolname = current_user"
        )
        kind: State = "error" if role["free"] or role["owns"] else "ok"
        self.add("role", kind, "role" if kind == "ok" else "role_too_strong", role=role["rolname"])
        try:
            found = await connection.fetchval("select version_num from alembic_version")
        except (asyncpg.UndefinedTableError, asyncpg.InsufficientPrivilegeError):
            found = None
        from app.db.migrating import newest  # noqa: PLC0415  alembic, for this line only

        wanted = newest()
        good = found == wanted
        what = "tables" if good else "tables_old"
        self.add("tables", "ok" if good else "error", what, found=found or "-", wanted=wanted)
        if good:
            await self._jobs(connection)

    async def _jobs(self, connection: asyncpg.Connection) -> None:
        """Jobs that failed so often that no worker tries them any more."""
        from app.db.lookups import GIVE_UP_AFTER  # noqa: PLC0415  SQLAlchemy, for this line only

        count = await connection.fetchval("select outbox_given_up($1)", GIVE_UP_AFTER)
        self.add("jobs", "warning" if count else "ok", "jobs_given_up" if count else "jobs", count=count)

    async def _redis(self) -> None:
        settings = read(RedisSettings)
        if settings.url is None:
            self.add("redis", "error", "redis_missing")
            return
        url = settings.url.get_secret_value()
        try:
            async with Redis.from_url(url, socket_timeout=3, socket_connect_timeout=3) as client:
                version = (await client.info("server"))["redis_version"]
            self.add("redis", "ok", "redis", version=version)
            alive = len(await probes.heartbeats(url))
        except (RedisError, OSError, ValueError) as error:
            self.add("redis", "error", "redis_away", reason=str(error) or type(error).__name__)
            return
        self.add("worker", "ok" if alive else "error", "worker" if alive else "worker_missing", count=alive)

    async def _vectors(self) -> None:
        settings = read(VectorSettings)
        if settings.url is not None:
            key = {"api-key": settings.api_key.get_secret_value()} if settings.api_key else {}
            good = await _answers(f"{settings.url.rstrip('/')}/collections", key, settings.timeout)
        elif settings.socket is not None:
            seconds = settings.timeout.total_seconds()
            good = await probes.unix_line(settings.socket, b'{"op":"ping"}\n', seconds=seconds) == b'{"ok": true}\n'
        else:
            self.add("vectors", "warning", "vectors_missing")
            return
        self.add("vectors", "ok" if good else "error", "vectors" if good else "vectors_away")

    async def _llm(self) -> None:
        settings = read(LlmSettings)
        if settings.base_url is None:
            self.add("llm", "ok", "llm_none")
            return
        headers = {"Authorization": f"Bearer {settings.api_key.get_secret_value()}"} if settings.api_key else {}
        body = {"model": settings.model, "max_tokens": 1, "messages": [{"role": "user", "content": "ping"}]}
        try:
            async with httpx.AsyncClient(timeout=30, trust_env=False) as client:
                url = f"{settings.base_url.rstrip('/')}/chat/completions"
                answer = await client.post(url, json=body, headers=headers)
            problem = None if answer.status_code == 200 else f"HTTP {answer.status_code}: {answer.text[:200]}"
            seconds = answer.elapsed.total_seconds()
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            problem, seconds = str(error) or type(error).__name__, 0.0
        if problem is None:
            self.add("llm", "ok", "llm", model=settings.model, seconds=f"{seconds:.1f}")
        else:
            self.add("llm", "warning", "llm_away", model=settings.model, url=settings.base_url, reason=problem)

    async def _calls(self) -> None:
        """The media server and who answers there; nothing where none is configured."""
        livekit, redis = read(LiveKitSettings), read(RedisSettings)
        if livekit.url is None:
            return
        from app.telephony.rooms import Rooms  # noqa: PLC0415  livekit, for this check only

        try:
            rooms = Rooms(livekit)
        except SettingsInvalid as error:
            self.add("livekit", "error", "settings_bad", sentence=error.said(self._lang))
            return
        try:
            await rooms.ping()
            self.add("livekit", "ok", "livekit", url=livekit.url)
        except ServiceUnavailable:
            self.add("livekit", "error", "livekit_away", url=livekit.url)
        finally:
            await rooms.aclose()
        if redis.url is not None:
            await self._agents(redis.url.get_secret_value())

    async def _agents(self, redis_url: str) -> None:
        try:
            async with Redis.from_url(redis_url, socket_timeout=3, socket_connect_timeout=3) as client:
                keys = await probes.heartbeats(redis_url, probes.AGENT_BEATS)
                told = [json.loads(value) for value in await client.mget(sorted(keys)) if value] if keys else []
        except (RedisError, OSError, ValueError):
            return  # said where Redis is looked at
        ready = [one for one in told if one["ready"]]
        calls, capacity = sum(one["calls"] for one in ready), sum(one["capacity"] for one in ready)
        what = "agent" if ready else "agent_missing"
        self.add("agent", "ok" if ready else "error", what, count=len(ready), calls=calls, capacity=capacity)


async def _answers(url: str, headers: dict[str, str], within: timedelta) -> bool:
    try:
        async with httpx.AsyncClient(timeout=within.total_seconds(), trust_env=False) as client:
            return (await client.get(url, headers=headers)).status_code == 200
    except httpx.HTTPError:
        return False


async def examine(lang: str) -> list[Finding]:
    """The findings of this machine, in `lang`."""
    return await Examination(lang).run()
