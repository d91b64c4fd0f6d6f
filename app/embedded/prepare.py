"""Brings the database to what the programs expect: `python -m app.embedded.prepare FOLDER LOCAL_URL`.

Migrates and makes the demo company, then writes `access.json`. When nothing has changed since it last did so, which one
question to the database shows, it ends without importing half of the house. Its own process: the owner role's
password and the migrations' memory go with it.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

import asyncpg
import click

from app.embedded import parent
from app.embedded.home import told
from app.embedded.installation import ACCESS, Access
from app.embedded.problems import DatabaseRefused
from app.embedded.program import TOLD
from app.errors import OtklikError, SettingsInvalid
from app.i18n import cli_language
from app.settings import DatabaseSettings, read

ROOT = Path(__file__).resolve().parents[2]


def fingerprint(local_url: str) -> str:
    """Changes with the migrations, the demo's sources and the address they are made for."""
    mark = hashlib.sha256(local_url.encode())
    for pattern in ("alembic/versions/*.py", "examples/*.yaml", "app/embedded/demo.py"):
        for path in sorted(ROOT.glob(pattern)):
            mark.update(path.name.encode() + path.read_bytes())
    return mark.hexdigest()


async def revision(url: str) -> str | None:
    """The database's revision; None when it has no tables. Raises OSError or asyncpg's errors."""
    connection = await asyncpg.connect(url, timeout=10)
    try:
        found = await connection.fetchval("select version_num from alembic_version")
    except asyncpg.UndefinedTableError:
        return None
    else:
        return None if found is None else str(found)
    finally:
        await connection.close()


async def _reached(url: str) -> str | None:
    try:
        return await revision(url)
    except (OSError, TimeoutError, asyncpg.PostgresError) as error:
        raise DatabaseRefused(reason=str(error) or type(error).__name__) from error


async def prepare(home: Path, local_url: str, settings: DatabaseSettings) -> None:
    """Raises SettingsInvalid without an owner's address, DatabaseRefused, OSError, and what the migrations raise."""
    if settings.url is None or settings.owner_url is None:
        raise SettingsInvalid(name="OTKLIK_DATABASE_OWNER_URL", reason="not_set")
    owner, app = settings.owner_url.get_secret_value(), settings.url.get_secret_value()
    wanted = fingerprint(local_url)
    known = _known(home)
    if await _reached(owner) == known.get("revision") and known.get("fingerprint") == wanted:
        _remember(home, {**known, "access": {**known["access"], "created": False}})
        return
    from app.db.migrating import migrate  # noqa: PLC0415  seconds of imports that most starts do without
    from app.embedded.demo import seed  # noqa: PLC0415
    from app.runtime import build  # noqa: PLC0415

    _, now_at = await migrate(owner, app)
    runtime = build()
    try:
        demo = await seed(runtime, home, local_url)
    finally:
        await runtime.close()
    access = Access(demo.email, str(demo.password_file), str(demo.api_key_file), demo.created)
    _remember(home, {"fingerprint": wanted, "revision": now_at, "access": asdict(access)})


def _import_all() -> None:
    from app.db import migrating  # noqa: F401, PLC0415
    from app.embedded import demo  # noqa: F401, PLC0415


def _known(home: Path) -> dict[str, Any]:  # Any: JSON
    try:
        known: dict[str, Any] = json.loads((home / ACCESS).read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return {}
    return known


def _remember(home: Path, known: object) -> None:
    half = home / f"{ACCESS}.new"
    half.write_text(json.dumps(known, ensure_ascii=False), encoding="utf-8")
    half.replace(home / ACCESS)


def main() -> None:
    """Exit code TOLD after one sentence on standard error when it cannot be done."""
    home, local_url = Path(sys.argv[1]), sys.argv[2]
    if not (home / ACCESS).exists():
        _import_all()  # there is work to do, and until the word comes there is time
    parent.wait_for_go()
    try:
        with told(home):
            asyncio.run(prepare(home, local_url, read(DatabaseSettings)))
    except OtklikError as error:
        click.echo(error.text(cli_language()), err=True)
        sys.exit(TOLD)


if __name__ == "__main__":
    main()
