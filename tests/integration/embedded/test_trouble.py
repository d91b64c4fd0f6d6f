"""What goes wrong before anything runs, each in one sentence that says what to do."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.installation import ROOT, START, Up, installation

pytestmark = [pytest.mark.integration, pytest.mark.timeout(900)]


@pytest.fixture
def up() -> Iterator[Up]:
    with installation() as made:
        yield made


def _started(up: Up, *, cwd: Path = ROOT, **settings: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "app.cli", "up"],
        cwd=cwd,
        env={**up.environment, "PYTHONPATH": str(ROOT), **settings},
        capture_output=True,
        text=True,
        timeout=START,
        check=False,
    )


def _is_one_sentence(done: subprocess.CompletedProcess[str], words: str) -> None:
    assert done.returncode == 1
    assert words in done.stderr
    assert "Traceback" not in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


def test_a_broken_env_file_is_told_by_the_name_of_the_setting(up: Up, tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("OTKLIK_DATABASE_POOL_SIZE=many\n", encoding="utf-8")
    _is_one_sentence(_started(up, cwd=tmp_path), "OTKLIK_DATABASE_POOL_SIZE")


def test_an_env_file_that_is_no_text_is_told(up: Up, tmp_path: Path) -> None:
    (tmp_path / ".env").write_bytes(b"\xff\xfe\x00\x01")
    _is_one_sentence(_started(up, cwd=tmp_path), ".env")


def test_a_folder_that_cannot_be_one_is_told(up: Up, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    _is_one_sentence(_started(up, OTKLIK_HOME=str(tmp_path / "file" / "home")), "OTKLIK_HOME")


def test_an_address_that_is_not_of_this_machine_is_told_without_a_word_of_folders(up: Up) -> None:
    done = _started(up, OTKLIK_WEB_HOST="192.0.2.1")
    _is_one_sentence(done, "192.0.2.1")
    assert "folder" not in done.stderr


def test_a_disk_without_room_is_told(up: Up) -> None:
    code = "import app.embedded.home as home, app.cli as cli; home.ROOM_NEW = 10**12; cli.main()"
    done = subprocess.run(
        [sys.executable, "-c", code, "up"],
        cwd=ROOT,
        env=up.environment,
        capture_output=True,
        text=True,
        timeout=START,
        check=False,
    )
    _is_one_sentence(done, "Free some space")


def test_a_database_that_does_not_answer_is_told_with_the_reason(up: Up) -> None:
    nobody = "postgresql://otklik_app:x@127.0.0.1:9/otklik"
    done = _started(up, OTKLIK_DATABASE_URL=nobody, OTKLIK_DATABASE_OWNER_URL=nobody)
    _is_one_sentence(done, "PostgreSQL refused")


def test_doctor_names_the_broken_setting_and_fails(up: Up) -> None:
    up_environment = {**up.environment, "OTKLIK_SECRET_KEY": "short"}
    done = subprocess.run(
        [sys.executable, "-m", "app.cli", "doctor"],
        cwd=ROOT,
        env=up_environment,
        capture_output=True,
        text=True,
        timeout=START,
        check=False,
    )
    assert done.returncode == 1
    assert "OTKLIK_SECRET_KEY" in done.stdout


def test_a_python_that_does_not_fit_is_told_by_the_finder(tmp_path: Path) -> None:
    old = tmp_path / "python-old"
    old.write_text('#!/bin/sh\ncase "$2" in *platform*) echo 3.9.1;; *) exit 1;; esac\n', encoding="utf-8")
    old.chmod(0o755)
    done = subprocess.run(
        ["sh", ROOT / "scripts" / "find-python"],
        env={"PYTHON": str(old), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "3.9.1" in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
