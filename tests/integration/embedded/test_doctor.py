"""`otklik doctor` on servers that the operator runs himself, good and bad."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from pathlib import Path

import pytest

from app.db.lookups import GIVE_UP_AFTER
from app.db.outbox import outbox
from app.runtime import Runtime
from tests.conftest import Servers
from tests.support.installation import ROOT, START, Up
from tests.support.servers import DatabaseUrls
from tests.support.world import new_world

pytestmark = [pytest.mark.integration, pytest.mark.timeout(900)]

NOBODY = "127.0.0.1:9"
KEY = "doctor-key-" * 4


def _examined(home: Path, **settings: str) -> dict[str, dict[str, str]]:
    environment = {**Up(home, 0).environment, "OTKLIK_SECRET_KEY": KEY, **settings}
    done = subprocess.run(
        [sys.executable, "-m", "app.cli", "doctor", "--json"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=START,
        check=False,
    )
    assert done.stderr == ""
    said = json.loads(done.stdout)
    assert done.returncode == (0 if said["ok"] else 1)
    return {check["check"]: check for check in said["checks"]}


def test_good_servers_pass_and_a_missing_worker_is_named(
    tmp_path: Path, database: DatabaseUrls, redis_url: str
) -> None:
    found = _examined(tmp_path, OTKLIK_DATABASE_URL=database.app, OTKLIK_REDIS_URL=redis_url)
    assert {found[part]["state"] for part in ("postgres", "role", "tables", "redis", "secret_key")} == {"ok"}
    assert "otklik worker" in found["worker"]["fix"] or found["worker"]["state"] == "ok"


async def test_jobs_that_are_tried_no_more_are_counted(
    tmp_path: Path, own_rt: Runtime, own_database: DatabaseUrls, redis_url: str
) -> None:
    world = await new_world(own_rt)
    servers = {"OTKLIK_DATABASE_URL": own_database.app, "OTKLIK_REDIS_URL": redis_url}
    assert (await asyncio.to_thread(_examined, tmp_path, **servers))["jobs"]["state"] == "ok"
    async with own_rt.db.tenant(world.company_id) as db:
        outbox(db, "analyse_call", call_id=world.company_id).attempts = GIVE_UP_AFTER
    found = (await asyncio.to_thread(_examined, tmp_path, **servers))["jobs"]
    assert found["state"] == "warning"
    assert "1" in found["detail"]


def test_servers_that_do_not_answer_are_named_with_what_to_do(tmp_path: Path) -> None:
    found = _examined(
        tmp_path,
        OTKLIK_DATABASE_URL=f"postgresql://otklik_app:x@{NOBODY}/otklik",
        OTKLIK_REDIS_URL=f"redis://{NOBODY}/0",
        OTKLIK_QDRANT_URL=f"http://{NOBODY}",
        OTKLIK_LLM_BASE_URL=f"http://{NOBODY}/v1",
    )
    assert {found[part]["state"] for part in ("postgres", "redis", "vectors")} == {"error"}
    assert found["llm"]["state"] == "warning", "calls go on without a model"
    assert all(found[part]["fix"] for part in ("postgres", "redis", "vectors", "llm"))


def test_a_role_that_passes_the_isolation_and_old_tables_are_errors(
    tmp_path: Path, test_servers: Servers, redis_url: str
) -> None:
    found = _examined(tmp_path, OTKLIK_DATABASE_URL=test_servers.postgres.admin, OTKLIK_REDIS_URL=redis_url)
    assert found["role"]["state"] == found["tables"]["state"] == "error"
    assert "otklik migrate" in found["tables"]["fix"]


def test_a_secret_that_others_can_read_is_an_error(tmp_path: Path) -> None:
    keys = tmp_path / "keys"
    keys.mkdir()
    (keys / "secret_key").write_text("x", encoding="utf-8")
    (keys / "secret_key").chmod(0o644)
    assert "chmod 600" in _examined(tmp_path)["folder"]["fix"]


def test_a_public_address_behind_a_proxy_that_is_not_named_is_a_warning(
    tmp_path: Path, database: DatabaseUrls, redis_url: str
) -> None:
    servers = {"OTKLIK_DATABASE_URL": database.app, "OTKLIK_REDIS_URL": redis_url}
    public = {**servers, "OTKLIK_PUBLIC_URL": "https://otklik.example"}
    unnamed = _examined(tmp_path, **public)["proxy"]
    assert unnamed["state"] == "warning"
    assert "OTKLIK_WEB_TRUSTED_PROXIES" in unnamed["fix"]
    assert "proxy" not in _examined(tmp_path, **public, OTKLIK_WEB_TRUSTED_PROXIES="10.0.0.5")
    assert "proxy" not in _examined(tmp_path, **servers)
