"""Models from the hub: whole or not at all, taken up where it broke off, checked, and refused in words."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from click.testing import CliRunner

from app.commands.voice import command
from app.errors import FetchFailed
from app.settings import LocalVoiceSettings, read
from app.voice.providers.local import fetching
from app.voice.providers.local.fetching import REMOTES, Remote, RemoteFile
from app.voice.providers.local.weights import Shelf, WeightsBroken, joined_whisper

pytestmark = [pytest.mark.voice, pytest.mark.integration]

MODEL = bytes(range(256)) * 2000
CONFIG = b'{"audio": {"sample_rate": 22050}}'


@dataclass
class Hub:
    """Serves files by path; breaks a transfer off after `breaks` bytes as long as there are any in the list."""

    url: str = ""
    files: dict[str, bytes] = field(default_factory=dict)
    breaks: list[int] = field(default_factory=list)
    asked: list[tuple[str, str | None]] = field(default_factory=list)


@pytest.fixture
def hub() -> Iterator[Hub]:
    hub = Hub()

    class Answers(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            span = self.headers.get("Range")
            hub.asked.append((self.path, span))
            if self.path not in hub.files:
                self.send_error(404)
                return
            content, start = hub.files[self.path], int(span.removeprefix("bytes=").rstrip("-")) if span else 0
            self.send_response(206 if span else 200)
            self.send_header("Content-Length", str(len(content) - start))
            self.end_headers()
            self.wfile.write(content[start : start + hub.breaks.pop(0) if hub.breaks else None])

        def log_message(self, *_: object) -> None:
            """Nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Answers) as server:
        hub.url = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield hub
        server.shutdown()
        thread.join()


@pytest.fixture
def voice(hub: Hub) -> Remote:
    """A small voice on the hub."""
    files = {"ru_RU-small-low.onnx.json": CONFIG, "ru_RU-small-low.onnx": MODEL}
    hub.files = {f"/some/voices/resolve/abc/ru/{name}": content for name, content in files.items()}
    marked = tuple(RemoteFile(name, hashlib.sha256(content).hexdigest()) for name, content in files.items())
    return Remote("voice_ru", "some/voices", "abc", "ru/", marked)


def got(remote: Remote, hub: Hub, folder: Path) -> list[str]:
    """Fetches; gives the voices that are there then."""
    shelf = Shelf((folder,))
    fetching.fetch(remote, shelf, read(LocalVoiceSettings, hub=hub.url), lambda *_: None)
    return shelf.voices()


def test_a_broken_transfer_goes_on_where_it_stopped(hub: Hub, voice: Remote, tmp_path: Path) -> None:
    hub.breaks = [len(CONFIG), 100_000, 200_000]
    assert got(voice, hub, tmp_path)[0] == "ru_RU-small-low"
    assert (tmp_path / "ru_RU-small-low.onnx").read_bytes() == MODEL
    assert [span for _, span in hub.asked] == [None, None, "bytes=100000-", "bytes=300000-"]
    before = len(hub.asked)
    got(voice, hub, tmp_path)
    assert len(hub.asked) == before, "what is here is not fetched again"


def test_what_has_come_is_kept_for_another_day(hub: Hub, voice: Remote, tmp_path: Path) -> None:
    hub.breaks = [len(CONFIG), 100_000, 0]
    with pytest.raises(FetchFailed) as caught:
        got(voice, hub, tmp_path)
    assert caught.value.facts["reason"] == "unreachable"
    assert (tmp_path / "ru_RU-small-low.onnx.part").stat().st_size == 100_000
    assert got(voice, hub, tmp_path)[0] == "ru_RU-small-low"
    assert hub.asked[-1][1] == "bytes=100000-"


def test_another_file_under_the_name_is_removed(hub: Hub, voice: Remote, tmp_path: Path) -> None:
    hub.files["/some/voices/resolve/abc/ru/ru_RU-small-low.onnx"] = b"<html>Sign in</html>"
    with pytest.raises(FetchFailed) as caught:
        got(voice, hub, tmp_path)
    assert caught.value.facts["reason"] == "wrong"
    assert [path.name for path in tmp_path.iterdir()] == ["ru_RU-small-low.onnx.json"]


def test_a_refusal_and_a_hub_that_is_away_are_said(hub: Hub, voice: Remote, tmp_path: Path) -> None:
    hub.files.clear()
    with pytest.raises(FetchFailed) as refused:
        got(voice, hub, tmp_path)
    assert "404" in refused.value.text("ru")
    hub.url = "http://127.0.0.1:9"
    with pytest.raises(FetchFailed) as away:
        got(voice, hub, tmp_path)
    assert "OTKLIK_LOCAL_MODELS" in away.value.text("en")


def test_fetch_brings_what_is_missing_and_status_says_so(
    hub: Hub, voice: Remote, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OTKLIK_LANGUAGE", "en")
    monkeypatch.setenv("OTKLIK_LOCAL_HUB", hub.url)
    monkeypatch.setenv("PATH", str(home))
    monkeypatch.setattr(fetching, "REMOTES", (voice,))
    before = CliRunner().invoke(command, ["status"])
    assert before.exit_code == 0, before.output
    assert "There is no Russian voice" in before.output
    assert CliRunner().invoke(command, ["fetch"]).exit_code == 0
    after = CliRunner().invoke(command, ["status", "--json"])
    shown = json.loads(after.output)
    assert shown["stt"] is True
    assert shown["missing"] == []
    assert shown["voices"]["ru"] == ["ru_RU-small-low"]


def test_every_model_of_ours_has_its_hashes() -> None:
    assert {remote.what for remote in REMOTES} == {"recogniser", "voice_ru", "voice_en"}
    for remote in REMOTES:
        assert len(remote.revision) == 40, "a commit, not a branch that moves"
        assert all(len(bytes.fromhex(file.sha256)) == 32 for file in remote.files)


def test_a_package_that_carries_something_else_is_not_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.voice.providers.local.weights._JOINED", "0" * 64)
    with pytest.raises(WeightsBroken):
        joined_whisper(tmp_path)
    assert list(tmp_path.iterdir()) == []
