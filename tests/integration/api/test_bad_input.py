"""Input that no honest client sends: refused with a reason, never an error of ours."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.support.world import EXAMPLES, World

pytestmark = pytest.mark.integration

SOURCE = (EXAMPLES / "dental.yaml").read_text(encoding="utf-8")
JSON = {"content-type": "application/json"}
HUGE = 10**30


@pytest.mark.parametrize(
    ("method", "path", "what"),
    [
        ("GET", "/bots/dental/versions/99999999999999", {}),
        ("GET", "/bots/dental/versions/-1", {}),
        ("GET", "/bots/dental/versions", {"params": {"after": HUGE}}),
        ("GET", "/bots/a%00b", {}),
        ("GET", "/bots/%ff", {}),
        ("GET", "/bots/" + "x" * 5000, {}),
        ("GET", "/bots/..%2f..%2fetc%2fpasswd", {}),
        ("GET", "/calls", {"params": {"outcome": "a\0b"}}),
        ("GET", "/calls", {"params": {"caller": "\0"}}),
        ("GET", "/calls", {"params": {"since": "yesterday"}}),
        ("GET", "/webhooks/messages", {"params": {"type": "\0"}}),
        ("POST", "/bots", {"json": {"slug": "ok", "name": "a\0b"}}),
        ("POST", "/bots", {"json": {"slug": "ok", "name": "x" * 1000}}),
        ("POST", "/bots", {"content": b'{"slug":"ok","name":"\\ud800"}', "headers": JSON}),
        ("POST", "/bots", {"content": b'{"slug":"ok","name":"\xff"}', "headers": JSON}),
        ("POST", "/bots", {"content": b"[" * 100_000, "headers": JSON}),
        ("POST", "/bots", {"data": {"slug": "ok", "name": "form"}}),
        ("POST", "/bots", {"content": b"--x", "headers": {"content-type": "multipart/form-data; boundary=x"}}),
        ("POST", "/bots/dental/versions", {"json": {"source": "\0"}}),
        ("POST", "/bots/dental/versions", {"json": {"source": ""}}),
        ("POST", "/bots/dental/versions", {"json": {"source": "&a [*a]"}}),
        ("POST", "/bots/dental/versions", {"json": {"source": "a: " + "[" * 5000}}),
        ("POST", "/bots/dental/versions", {"json": {"source": SOURCE, "note": "a\0b"}}),
        ("POST", "/webhooks/endpoints", {"json": {"url": "https://77.88.8.8/\0"}}),
        ("POST", "/webhooks/endpoints", {"json": {"url": "https://77.88.8.8/", "description": "a\0b"}}),
        ("POST", "/webhooks/endpoints", {"json": {"url": "https://[::1"}}),
    ],
)
async def test_it_is_refused_with_a_problem_document(
    api: httpx.AsyncClient, world: World, method: str, path: str, what: dict[str, Any]
) -> None:
    await world.bot("dental")
    answer = await api.request(method, path, **what)
    assert 400 <= answer.status_code < 500, answer.text
    assert answer.headers["content-type"].startswith("application/problem+json")
    assert answer.json()["detail"]
    assert [bot["slug"] for bot in (await api.get("/bots")).json()["data"]] == ["dental"]
    assert len((await api.get("/bots/dental/versions")).json()["data"]) == 1


@pytest.mark.parametrize(
    "path", ["/api/v1/calls?caller=%00", "/api/v1/bots?x%00=1", "/sign-in?next=%00", "/c/demo/calls?q=a%00"]
)
async def test_a_nul_in_a_query_reaches_no_database(api: httpx.AsyncClient, path: str) -> None:
    answer = await api.get(f"http://otklik.test{path}")
    assert answer.status_code == 400


@pytest.mark.parametrize(
    "params",
    [
        {"since": "0001-01-01T00:00:00+14:00"},
        {"since": "2026-01-01T00:00:00"},
        {"until": "9999-12-31T23:59:59-14:00"},
    ],
)
async def test_a_period_without_an_end_is_a_period(
    api: httpx.AsyncClient, params: dict[str, str], world: World
) -> None:
    assert (await api.get("/calls", params=params)).status_code == 200
