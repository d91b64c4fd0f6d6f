"""Settings: read with their units, refused in one sentence that names the setting."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

import pytest

from app.errors import SettingsInvalid
from app.settings import CommonSettings, WebhookSettings, WebSettings, read, read_all

pytestmark = pytest.mark.unit


@pytest.mark.parametrize("written", ["15", "15.0", "PT15S", "00:00:15"])
def test_a_duration_is_seconds_iso_or_clock(monkeypatch: pytest.MonkeyPatch, written: str) -> None:
    monkeypatch.setenv("OTKLIK_WEBHOOK_TIMEOUT", written)
    assert read(WebhookSettings).timeout == timedelta(seconds=15)


@pytest.mark.parametrize(
    "written", ["https://a:1,https://b:2", " https://a:1 , https://b:2", '["https://a:1", "https://b:2"]']
)
def test_a_list_is_written_with_commas_or_as_json(monkeypatch: pytest.MonkeyPatch, written: str) -> None:
    monkeypatch.setenv("OTKLIK_WEBHOOK_ALLOWED_PRIVATE_ORIGINS", written)
    assert read(WebhookSettings).allowed_private_origins == ("https://a:1", "https://b:2")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("OTKLIK_WEBHOOK_TIMEOUT", "soon"),
        ("OTKLIK_WEBHOOK_TIMEOUT", "0"),
        ("OTKLIK_WEBHOOK_ALLOWED_PRIVATE_ORIGINS", "[broken"),
        ("OTKLIK_WEBHOOK_ALLOW_HTTP", "perhaps"),
    ],
)
def test_a_wrong_setting_is_named(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsInvalid) as refused:
        read(WebhookSettings)
    for lang in ("ru", "en"):
        assert name in refused.value.text(lang)


def test_a_short_key_and_a_port_out_of_range_are_refused_without_being_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTKLIK_SECRET_KEY", "too-short-a-secret")
    monkeypatch.setenv("OTKLIK_WEB_PORT", "70000")
    with pytest.raises(SettingsInvalid) as refused:
        read(CommonSettings)
    assert "too-short-a-secret" not in refused.value.text("en")
    with pytest.raises(SettingsInvalid):
        read(WebSettings)


def test_the_environment_wins_over_the_file_and_an_empty_value_is_none(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / ".env").write_text("OTKLIK_WEB_PORT=8001\nOTKLIK_PUBLIC_URL=\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    assert read(WebSettings).port == 8001
    assert read(CommonSettings).public_url is None
    monkeypatch.setenv("OTKLIK_WEB_PORT", "8002")
    assert read(WebSettings).port == 8002


def test_a_file_that_is_not_text_is_one_sentence(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / ".env").write_bytes(b"OTKLIK_WEB_PORT=\xff\xfe")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SettingsInvalid) as refused:
        read(WebSettings)
    assert ".env" in refused.value.text("ru")


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ("OTKLIK_WEB_PORT=1\nthis is no setting\n", "2"),
        ("\n\nOTKLIK_WEB_PORT\n", "3"),
        ('OTKLIK_WEB_HOST="never closed\n', "1"),
        ("# a note\nOTKLIK_WEB_PROT=1\n", "OTKLIK_WEB_PORT"),
        ("OTKLIK_QUITE_ANOTHER_THING_ENTIRELY=1\n", "OTKLIK_QUITE_ANOTHER_THING_ENTIRELY"),
    ],
)
def test_nothing_in_the_file_is_passed_over(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, tmp_path: Path, written: str, words: str
) -> None:
    (tmp_path / ".env").write_text(written, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SettingsInvalid) as refused:
        read(CommonSettings)
    for lang in ("ru", "en"):
        assert words in refused.value.text(lang)
        assert ".env" in refused.value.text(lang)
    assert caplog.text == ""


def test_a_file_that_is_a_folder_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / ".env").mkdir()
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SettingsInvalid) as refused:
        read(CommonSettings)
    assert ".env" in refused.value.text("en")


def test_names_of_others_and_of_compose_may_stand_in_the_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    written = "EDITOR=vi\nREDIS_URL=\nOTKLIK_APP_PASSWORD=x\nexport otklik_language=ru\n"
    (tmp_path / ".env").write_text(written, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    read_all()
    assert read(CommonSettings).language == "ru"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("OTKLIK_DATABASE_URL", "localhost:5432/s3cret"),
        ("OTKLIK_DATABASE_URL", "postgresql://u:s3cret@:5432/otklik"),
        ("OTKLIK_DATABASE_OWNER_URL", "postgresql://u:s3cret@host:port/otklik"),
        ("OTKLIK_REDIS_URL", "http://u:s3cret@host"),
        ("OTKLIK_PUBLIC_URL", "s3cret.example.com"),
        ("OTKLIK_QDRANT_URL", "http://s3cret@host:99999"),
        ("OTKLIK_LLM_BASE_URL", "http://s3cret host/v1"),
    ],
)
def test_an_address_that_is_none_is_named_and_not_shown(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsInvalid) as refused:
        read_all()
    for lang in ("ru", "en"):
        assert name in refused.value.text(lang)
        assert "s3cret" not in refused.value.text(lang)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("OTKLIK_DATABASE_URL", "postgresql://u:p@[::1]:5432/otklik"),
        ("OTKLIK_DATABASE_URL", "postgresql:///otklik?host=/run/postgresql"),
        ("OTKLIK_REDIS_URL", "unix:///run/valkey.sock"),
        ("OTKLIK_REDIS_URL", "rediss://:p@host:6380/1"),
        ("OTKLIK_PUBLIC_URL", "https://otklik.example.com/"),
    ],
)
def test_good_addresses_pass(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(name, value)
    read_all()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("OTKLIK_WEB_PORT", "many"),
        ("OTKLIK_WEB_PORT", "70000"),
        ("OTKLIK_WEBHOOK_TIMEOUT", "soon"),
        ("OTKLIK_WEBHOOK_TIMEOUT", "0"),
        ("OTKLIK_WEBHOOK_ALLOW_HTTP", "perhaps"),
        ("OTKLIK_WEBHOOK_ALLOWED_PRIVATE_ORIGINS", "[broken"),
        ("OTKLIK_LOG_LEVEL", "loud"),
        ("OTKLIK_SECRET_KEY", "short"),
    ],
)
def test_a_reason_is_said_in_the_reader_s_language(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsInvalid) as refused:
        read_all()
    assert not re.search(r"should|must|valid|input", refused.value.text("ru").lower())
