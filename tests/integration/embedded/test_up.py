"""`otklik up` as a newcomer, a script and an impatient operator meet it."""

from __future__ import annotations

import signal
import socket
import stat
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import httpx
import psutil
import pytest

from tests.support.installation import Up, installation, until

pytestmark = [pytest.mark.integration, pytest.mark.timeout(900)]


@pytest.fixture(scope="module")
def up() -> Iterator[Up]:
    """An installation whose wanted port is taken by somebody else; it runs when a test begins."""
    with installation() as made, socket.create_server(("127.0.0.1", 0)) as somebody:
        made.port = somebody.getsockname()[1]
        made.start()
        yield made


def test_a_taken_port_is_named_and_the_next_free_one_taken(up: Up) -> None:
    assert f"Port {up.port} is taken" in up.output
    assert up.status()["url"] != f"http://127.0.0.1:{up.port}"


def test_a_first_start_prints_the_address_a_sign_in_and_a_key(up: Up) -> None:
    status = up.status()
    for words in (status["url"], status["email"], _text(status["password_file"]), _text(status["api_key_file"])):
        assert words in up.output


def test_secrets_are_for_their_owner_only(up: Up) -> None:
    status = up.status()
    files = [status["password_file"], status["api_key_file"], up.home / "status.json", *(up.home / "keys").iterdir()]
    assert {stat.S_IMODE(Path(file).stat().st_mode) for file in files} == {0o600}


def test_status_for_scripts_has_the_promised_shape(up: Up) -> None:
    status = up.status()
    named = {"state", "url", "email", "password_file", "api_key_file", "version", "parts"}
    assert named == status.keys()
    assert status["parts"].keys() == {"postgres", "redis", "vectors", "web", "worker"}
    assert {part["state"] for part in status["parts"].values()} == {"ready"}
    assert up.run("status").returncode == 0


async def test_the_database_address_is_the_programs_own_role(up: Up) -> None:
    connection = await asyncpg.connect(up.status()["parts"]["postgres"]["url"])
    try:
        assert await connection.fetchval("select current_user") == "otklik_app"
    finally:
        await connection.close()


def test_the_api_key_opens_three_published_bots(up: Up) -> None:
    assert _bots(up) == {"dental", "viewings", "parcels"}


def test_a_second_start_beside_it_says_so(up: Up) -> None:
    second = up.run("up")
    assert second.returncode == 1
    assert "Already running" in second.stderr
    assert up.status()["url"] in second.stderr
    assert "Traceback" not in second.stderr
    assert up.status()["state"] == "ready"


def test_doctor_finds_nothing_to_repair(up: Up) -> None:
    examined = up.run("doctor")
    assert examined.returncode == 0, examined.stdout


def test_a_part_that_dies_comes_back_and_it_is_said(up: Up) -> None:
    web = next(child for child in up.children if "web" in child.cmdline())
    web.kill()
    until(lambda: "Dashboard is back" in up.output, why="back")
    assert _bots(up) == {"dental", "viewings", "parcels"}
    assert up.process is not None
    up.children = psutil.Process(up.process.pid).children(recursive=True)


def test_sigterm_ends_every_child_and_the_next_start_finds_the_data(up: Up) -> None:
    key = _text(up.status()["api_key_file"])
    assert up.end(signal.SIGTERM) == 0
    assert up.no_child_lives()
    assert up.status()["state"] == "stopped"
    assert up.run("status").returncode == 1
    up.start()
    assert _text(up.status()["api_key_file"]) == key
    assert _bots(up) == {"dental", "viewings", "parcels"}
    assert key not in up.output, "a secret is printed once"


def test_a_kill_leaves_no_process_and_nothing_that_stops_the_next_start(up: Up) -> None:
    up.end(signal.SIGKILL)
    until(up.no_child_lives, why="gone")
    assert "CancelledError" not in (up.home / "logs" / "web.log").read_text(encoding="utf-8"), "it ended in order"
    assert up.status()["state"] == "stopped"
    up.start()
    assert _bots(up) == {"dental", "viewings", "parcels"}


def test_ctrl_c_ends_it_too(up: Up) -> None:
    assert up.end(signal.SIGINT) == 0
    assert up.no_child_lives()
    assert "Stopped" in up.output


def _text(path: str) -> str:
    return Path(path).read_text(encoding="utf-8").strip()


def _bots(up: Up) -> set[str]:
    status = up.status()
    headers = {"Authorization": f"Bearer {_text(status['api_key_file'])}"}
    answer = httpx.get(f"{status['url']}/api/v1/bots", headers=headers, timeout=60)
    assert answer.status_code == 200, answer.text
    return {bot["slug"] for bot in answer.json()["data"]}
