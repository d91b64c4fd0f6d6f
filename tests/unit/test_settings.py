"""Settings: read with their units, refused in one sentence that names the setting."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from app.errors import SettingsInvalid
from app.settings import CommonSettings, WebhookSettings, WebSettings, read

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
