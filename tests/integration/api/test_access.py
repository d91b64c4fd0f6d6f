"""Who is let in, what a refused request is told, and that no answer goes without its headers."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta

import httpx
import pytest
from litestar import Litestar
from sqlalchemy import select

from app.runtime import Runtime
from app.security.tokens import new_api_key, parse_api_key
from app.tenants.api_keys import create_key, revoke_key
from app.tenants.models import ApiKey
from tests.support.asgi import asgi
from tests.support.world import World

pytestmark = pytest.mark.integration


@pytest.fixture
async def nobody(app: Litestar) -> AsyncIterator[httpx.AsyncClient]:
    """A client without a key."""
    async with httpx.AsyncClient(transport=asgi(app), base_url="http://otklik.test") as client:
        yield client


def is_problem(answer: httpx.Response, status: int, code: str) -> bool:
    """Whether an answer is the RFC 9457 document of `code`."""
    body = answer.json()
    return (
        answer.status_code == status
        and answer.headers["content-type"].startswith("application/problem+json")
        and (body["status"], body["code"]) == (status, code)
        and body["request_id"] == answer.headers["x-request-id"]
        and bool(body["title"] and body["detail"])
    )


async def test_without_a_good_key_nothing_is_answered(nobody: httpx.AsyncClient, world: World) -> None:
    key = await world.key()
    for header in (
        None,
        "",
        "Bearer",
        f"Basic {key}",
        "Bearer otk_live_short",
        f"Bearer {new_api_key().text}",  # well-formed, of nobody
        f"Bearer {key[:-1]}",
        f"Bearer {key[:-10]}AAAA{key[-6:]}",
    ):
        answer = await nobody.get("/api/v1/bots", headers={"authorization": header} if header is not None else {})
        assert is_problem(answer, 401, "not_authenticated")
        assert answer.headers["www-authenticate"].startswith("Bearer")
    assert (await nobody.get("/api/v1/bots", headers={"authorization": f"bearer {key}"})).status_code == 200


async def test_a_session_cookie_does_not_open_the_api(nobody: httpx.AsyncClient, world: World) -> None:
    signed_in = await world.sign_in()
    cookie = {"cookie": f"__Host-otklik_session={signed_in.token}"}
    assert is_problem(await nobody.get("/api/v1/bots", headers=cookie), 401, "not_authenticated")
    assert is_problem(await nobody.post("/api/v1/bots", headers=cookie, json={}), 401, "not_authenticated")


async def test_a_revoked_key_stops_at_once(nobody: httpx.AsyncClient, rt: Runtime, world: World) -> None:
    key = await world.key()
    headers = {"authorization": f"Bearer {key}"}
    assert (await nobody.get("/api/v1/company", headers=headers)).status_code == 200
    parsed = parse_api_key(key)
    assert parsed is not None
    async with rt.db.tenant(world.company_id) as db:
        key_id = await db.scalar(select(ApiKey.id).where(ApiKey.prefix == parsed.prefix))
        assert key_id is not None
        await revoke_key(db, key_id, by=world.owner, at=rt.clock())
    assert is_problem(await nobody.get("/api/v1/company", headers=headers), 401, "not_authenticated")


async def test_an_expired_key_stops(nobody: httpx.AsyncClient, rt: Runtime, world: World) -> None:
    async with rt.db.tenant(world.company_id) as db:
        _, text = await create_key(
            db,
            name="old",
            scopes=["bots:read"],
            expires_at=rt.clock() - timedelta(seconds=1),
            by=world.owner,
            at=rt.clock(),
        )
    answer = await nobody.get("/api/v1/company", headers={"authorization": f"Bearer {text}"})
    assert is_problem(answer, 401, "not_authenticated")


async def test_the_company_is_the_keys_own(api: httpx.AsyncClient, world: World) -> None:
    company = (await api.get("/company")).json()
    assert (company["id"], company["slug"]) == (str(world.company_id), world.slug)
    assert "calls:read" in company["scopes"]


async def test_whatever_is_wrong_with_a_request_is_a_problem_document(api: httpx.AsyncClient) -> None:
    json = {"content-type": "application/json"}
    assert is_problem(await api.get("/nowhere"), 404, "not_found")
    assert is_problem(await api.get("/calls/not-a-uuid"), 404, "not_found")
    wrong_method = await api.delete("/bots")
    assert is_problem(wrong_method, 405, "method_not_allowed")
    assert "GET" in wrong_method.headers["allow"]
    assert is_problem(await api.post("/bots", content=b"{", headers=json), 400, "malformed")
    assert is_problem(await api.post("/bots"), 422, "invalid_request")
    assert is_problem(await api.post("/bots", json=["slug"]), 422, "invalid_request")
    missing = await api.post("/bots", json={"slug": "x"})
    assert is_problem(missing, 422, "invalid_request")
    assert "name" in missing.json()["errors"][0]["message"]
    for params in ({"limit": 0}, {"limit": 201}, {"limit": "many"}, {"after": "nothing"}):
        wrong = await api.get("/bots", params=params)
        assert is_problem(wrong, 422, "invalid_request")
        assert next(iter(params)) in wrong.json()["errors"][0]["field"]
    assert is_problem(await api.post("/bots", json={"slug": "x", "name": "x" * 3_000_000}), 413, "too_large")


async def test_a_problem_is_told_in_the_readers_language(api: httpx.AsyncClient) -> None:
    russian = (await api.get("/bots/nobody", headers={"accept-language": "ru-RU,ru;q=0.9,en;q=0.8"})).json()
    english = (await api.get("/bots/nobody", headers={"accept-language": "en-GB,en;q=0.9,ru;q=0.1"})).json()
    assert russian["detail"] != english["detail"]
    assert russian["code"] == english["code"] == "not_found"
    assert russian["title"] == english["title"]


@pytest.mark.parametrize(
    "path", ["/healthz", "/readyz", "/api/v1/company", "/api/v1/nowhere", "/nowhere", "/static/nothing.js", "/sign-in"]
)
async def test_every_answer_carries_the_security_headers(nobody: httpx.AsyncClient, path: str) -> None:
    headers = (await nobody.get(path)).headers
    assert "default-src 'self'" in headers["content-security-policy"]
    assert "unsafe" not in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["cache-control"] == "no-store"
    assert headers["x-request-id"]


async def test_health_and_readiness_need_no_key(nobody: httpx.AsyncClient) -> None:
    assert (await nobody.get("/healthz")).text == "ok"
    ready = await nobody.get("/readyz")
    assert (ready.status_code, set(ready.json().values())) == (200, {"ok"})


async def test_a_key_in_a_failing_request_is_not_logged(
    api: httpx.AsyncClient, nobody: httpx.AsyncClient, world: World, caplog: pytest.LogCaptureFixture
) -> None:
    key = await world.key()
    await nobody.get(f"/api/v1/bots/{key}", headers={"authorization": f"Bearer {key}"})
    await api.get("/nowhere")
    assert key not in caplog.text
