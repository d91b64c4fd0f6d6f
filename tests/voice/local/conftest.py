"""The real Whisper base of the test dependencies, put together once a run."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.settings import CommonSettings, LocalVoiceSettings, read
from app.voice.providers.local.weights import joined_whisper
from app.voice.providers.local.whisper import Whisper


@pytest.fixture(scope="session")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with Whisper base, as an operator would name it."""
    folder = tmp_path_factory.mktemp("models")
    joined_whisper(folder)
    return folder


@pytest.fixture(scope="session")
def settings(models: Path) -> LocalVoiceSettings:
    return read(LocalVoiceSettings, models=models)


@pytest.fixture(scope="session")
def whisper(models: Path) -> Whisper:
    return Whisper(models / "faster-whisper-base", threads=2)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An installation's home of its own."""
    monkeypatch.setenv("OTKLIK_HOME", str(tmp_path))
    assert read(CommonSettings).home == tmp_path
    return tmp_path
