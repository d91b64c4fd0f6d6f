"""What a killed installation leaves: only what is provably ours is ended."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from app.embedded import account, children, keys, probes
from app.embedded.account import Account
from tests.support.waiting import LONG
from workers import heartbeat

pytestmark = pytest.mark.unit


async def test_a_reused_process_number_is_left_alone(tmp_path: Path) -> None:
    other = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    try:
        assert not await children.end_leftover(other.pid, program="postgres", marker=str(tmp_path))
        assert other.poll() is None
    finally:
        other.communicate(b"\n")


async def test_a_process_of_another_folder_is_left_alone(tmp_path: Path) -> None:
    other = subprocess.Popen([sys.executable, "-c", "input()", "elsewhere"], stdin=subprocess.PIPE)
    try:
        program = Path(sys.executable).resolve().name
        assert not await children.end_leftover(other.pid, program=program, marker=str(tmp_path))
        assert other.poll() is None
    finally:
        other.communicate(b"\n")


async def test_our_own_leftover_is_ended(tmp_path: Path) -> None:
    ours = subprocess.Popen([sys.executable, "-c", "input()", str(tmp_path)], stdin=subprocess.PIPE)
    program = Path(sys.executable).resolve().name
    assert await children.end_leftover(ours.pid, program=program, marker=str(tmp_path), seconds=LONG)
    assert ours.wait(timeout=LONG) != 0


def test_a_log_is_bounded_while_its_writer_goes_on(tmp_path: Path) -> None:
    log = tmp_path / "web.log"
    with log.open("ab", buffering=0) as writer:
        writer.write(b"old\n" * 10)
        children.bound(log, limit=20)
        writer.write(b"new\n")
    assert log.read_bytes() == b"new\n"
    assert (tmp_path / "web.log.1").read_bytes() == b"old\n" * 10


def test_a_secret_is_made_once(tmp_path: Path) -> None:
    first, again = keys.get_or_make(tmp_path, "secret"), keys.get_or_make(tmp_path, "secret")
    assert first.is_new
    assert not again.is_new
    assert first.text == again.text
    assert first.text not in repr(first)


def test_the_servers_data_moves_where_their_account_can_reach_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shared, closed = tmp_path / "shared", tmp_path / "closed"
    closed.mkdir(mode=0o700)
    monkeypatch.setattr("os.chown", lambda *_: None)
    nobody = Account("nobody", 65534, 65534)
    folder = account.owned_folder(closed / "postgres", nobody, shared=shared)
    assert folder.parent == shared.resolve()
    assert (closed / "postgres").resolve() == folder
    assert account.owned_folder(closed / "postgres", nobody, shared=shared) == folder


def test_the_supervisor_looks_for_the_workers_own_heartbeat() -> None:
    assert probes.HEARTBEATS == heartbeat.KEY
