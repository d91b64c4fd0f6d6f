"""Folders and ports that cannot be used are told in one sentence, before anything is started."""

from __future__ import annotations

import json
import socket
from pathlib import Path

import pytest

from app.embedded import checkup, ports, state
from app.embedded.problems import AlreadyRunning, CannotListen, HomeUnusable, StatusDamaged
from app.embedded.state import Lock, Phase, Status

pytestmark = pytest.mark.unit


def test_a_file_in_the_place_of_the_folder_is_told(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.write_text("", encoding="utf-8")
    with pytest.raises(HomeUnusable) as refused:
        state.read(home)
    for lang in ("ru", "en"):
        assert str(home) in refused.value.text(lang)


def test_a_folder_that_may_not_be_looked_into_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def closed(path: str, *_: object) -> int:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr("os.open", closed)
    with pytest.raises(HomeUnusable) as refused:
        state.read(tmp_path)
    assert "Permission denied" in refused.value.text("en")


@pytest.mark.parametrize("written", [b"{", b"\xff", b"[]", b"{}", b'{"state": "odd", "parts": {}}'])
def test_a_damaged_status_is_told_while_somebody_runs_and_means_nothing_afterwards(
    tmp_path: Path, written: bytes
) -> None:
    (tmp_path / "status.json").write_bytes(written)
    with Lock(tmp_path), pytest.raises(StatusDamaged) as refused:
        state.read(tmp_path)
    assert str(tmp_path) in refused.value.text("ru")
    assert state.read(tmp_path).state is Phase.STOPPED


def test_what_was_written_is_read(tmp_path: Path) -> None:
    with Lock(tmp_path):
        state.write(tmp_path, Status(Phase.STARTING, version="1", pid=7))
        assert state.read(tmp_path) == Status(Phase.STARTING, version="1", pid=7)


def test_who_runs_already_is_told_also_before_it_has_an_address(tmp_path: Path) -> None:
    with Lock(tmp_path), pytest.raises(AlreadyRunning) as refused, Lock(tmp_path):
        pass
    assert "address -." in refused.value.text("en")


@pytest.mark.parametrize("host", ["192.0.2.1", "no such host", "a" * 300, "a\0b"])
def test_an_address_of_no_machine_of_ours_is_told(host: str) -> None:
    for listen in (ports.bind, ports.listen):
        with pytest.raises(CannotListen) as refused:
            listen(host, 8000)
        assert "127.0.0.1" in refused.value.text("en")


def test_a_taken_port_is_told_or_passed_over() -> None:
    with ports.bind("127.0.0.1", 0) as taken:
        port = int(taken.getsockname()[1])
        with pytest.raises(CannotListen) as refused:
            ports.bind("127.0.0.1", port)
        assert str(port) in refused.value.text("en")
        assert "taken" in refused.value.text("en")
        with ports.listen("127.0.0.1", port) as next_one:
            assert next_one.getsockname()[1] > port


def test_a_port_that_one_may_not_use_is_not_called_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(socket.socket, "bind", refuse)
    with pytest.raises(CannotListen) as refused:
        ports.listen("127.0.0.1", 80)
    assert refused.value.facts["why"] == "not_allowed"
    assert "taken" not in refused.value.text("en")


async def test_doctor_says_where_a_folder_cannot_be_made(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTKLIK_HOME", "/proc/otklik/home")
    found = {finding.check: finding for finding in await checkup.examine("en")}
    assert found["folder"].state == "error"
    assert "/proc" in found["folder"].detail
    assert found["folder"].fix


async def test_doctor_says_the_remedy_of_a_wrong_setting_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTKLIK_WEB_PORT", "many")
    found = {finding.check: finding for finding in await checkup.examine("en")}
    assert "OTKLIK_WEB_PORT" in found["settings"].detail
    assert "environment" not in found["settings"].detail
    assert "environment" in found["settings"].fix


async def test_doctor_leaves_nothing_in_a_good_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTKLIK_HOME", str(tmp_path))
    (tmp_path / "status.json").write_text(json.dumps({"half": 1}), encoding="utf-8")
    found = {finding.check: finding for finding in await checkup.examine("ru")}
    assert found["folder"].state == "ok"
    assert [path.name for path in tmp_path.iterdir()] == ["status.json"]
