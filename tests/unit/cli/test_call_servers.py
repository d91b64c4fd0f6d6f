"""Which servers `otklik call` uses."""

from __future__ import annotations

import pytest

from app.commands.calling import servers_named

pytestmark = pytest.mark.unit


def test_one_named_server_is_not_an_installation(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("OTKLIK_DATABASE_URL", "OTKLIK_REDIS_URL", "REDIS_URL"):
        monkeypatch.delenv(name, raising=False)
    assert not servers_named()
    monkeypatch.setenv("OTKLIK_DATABASE_URL", "postgresql://u:p@127.0.0.1:9/otklik")
    assert not servers_named()
    monkeypatch.setenv("OTKLIK_REDIS_URL", "redis://127.0.0.1:9/0")
    assert servers_named()
