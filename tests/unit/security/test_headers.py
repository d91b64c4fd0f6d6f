"""Every answer tells the browser what it may do, error answers included."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest
from litestar import Litestar, Response, get

from app.security.headers import HeaderPolicy, SecurityHeaders, content_security_policy
from tests.support.asgi import asgi

pytestmark = pytest.mark.unit


IMMUTABLE = "public, max-age=31536000, immutable"


@get("/page")
async def page() -> str:
    return "page"


@get("/asset")
async def asset() -> Response[str]:
    return Response("asset", headers={"cache-control": IMMUTABLE})


@get("/broken")
async def broken() -> None:
    raise RuntimeError("broken")


@pytest.fixture
async def web() -> AsyncIterator[httpx.AsyncClient]:
    app = Litestar([page, asset, broken], before_send=[SecurityHeaders(HeaderPolicy(https=True))])
    transport = asgi(app)
    async with httpx.AsyncClient(transport=transport, base_url="https://otklik.test") as client:
        yield client


@pytest.mark.parametrize("path", ["/page", "/asset", "/broken", "/nowhere"])
async def test_every_answer_has_them(web: httpx.AsyncClient, path: str) -> None:
    headers = (await web.get(path)).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "DENY"
    assert headers["referrer-policy"] == "same-origin"
    assert headers["cross-origin-opener-policy"] == "same-origin"
    assert "max-age=63072000" in headers["strict-transport-security"]
    assert "camera=()" in headers["permissions-policy"]
    assert "microphone=(self)" in headers["permissions-policy"]
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert len(headers.get_list("x-request-id")) == 1


async def test_a_wrong_method_has_them_too(web: httpx.AsyncClient) -> None:
    answer = await web.delete("/page")
    assert answer.status_code == 405
    assert "content-security-policy" in answer.headers


async def test_pages_are_not_kept_and_assets_are(web: httpx.AsyncClient) -> None:
    assert (await web.get("/page")).headers["cache-control"] == "no-store"
    assert (await web.get("/asset")).headers.get_list("cache-control") == [IMMUTABLE]


async def test_each_request_has_a_reference_of_its_own_that_the_client_cannot_choose(web: httpx.AsyncClient) -> None:
    answers = [await web.get("/page", headers={"x-request-id": "chosen"}) for _ in range(3)]
    references = {answer.headers["x-request-id"] for answer in answers}
    assert len(references) == 3
    assert "chosen" not in references


def test_nothing_inline_no_eval_and_only_our_own_origin() -> None:
    policy = content_security_policy(HeaderPolicy(https=True))
    assert "unsafe" not in policy
    assert "*" not in policy
    assert "http" not in policy
    assert "default-src 'self'" in policy
    assert "object-src 'none'" in policy
    assert "base-uri 'none'" in policy


def test_the_media_server_is_the_only_further_origin_and_only_for_connections() -> None:
    policy = content_security_policy(HeaderPolicy(https=True, connect=("wss://media.example",)))
    assert "connect-src 'self' wss://media.example;" in policy
    assert policy.count("media.example") == 1


async def test_over_plain_http_nothing_promises_https() -> None:
    app = Litestar([page], before_send=[SecurityHeaders(HeaderPolicy(https=False))])
    async with httpx.AsyncClient(transport=asgi(app), base_url="http://127.0.0.1") as client:
        assert "strict-transport-security" not in (await client.get("/page")).headers
