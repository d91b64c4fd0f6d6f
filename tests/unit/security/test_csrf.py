"""An unsafe request of a page is carried out only with a token from our own page, in the same browser's session."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Annotated, Any

import httpx
import pytest
from litestar import Litestar, Request, Response, get, post, put
from litestar.datastructures import State
from litestar.enums import RequestEncodingType
from litestar.middleware import DefineMiddleware
from litestar.params import Body

from app.errors import CsrfFailed
from app.security.cookies import SESSION_COOKIE, VISITOR_COOKIE
from app.security.csrf import (
    CSRF_FIELD,
    CSRF_HEADER,
    EXEMPT,
    STATE_KEY,
    Csrf,
    CsrfMiddleware,
    csrf_token,
    send_visitor_cookie,
)
from tests.support.asgi import asgi

pytestmark = pytest.mark.unit

csrf = Csrf(b"k" * 32)


@get("/form")
async def show_form(request: Request[Any, Any, Any]) -> str:
    return csrf_token(request.scope)


@get("/plain")
async def show_plain() -> str:
    return "nothing to send"


@post("/change", status_code=200)
async def change(data: Annotated[dict[str, str], Body(media_type=RequestEncodingType.URL_ENCODED)]) -> str:
    return data["name"]


@put("/change", status_code=200)
async def replace() -> str:
    return "replaced"


@post("/api/change", status_code=200, opt={EXEMPT: True})
async def change_by_key() -> str:
    return "changed"


def refused(_: Request[Any, Any, Any], error: CsrfFailed) -> Response[str]:
    return Response(error.code, status_code=error.status)


@pytest.fixture
async def browser() -> AsyncIterator[httpx.AsyncClient]:
    app = Litestar(
        [show_form, show_plain, change, replace, change_by_key],
        state=State({STATE_KEY: csrf}),
        middleware=[DefineMiddleware(CsrfMiddleware, csrf=csrf)],
        before_send=[send_visitor_cookie],
        exception_handlers={CsrfFailed: refused},
    )
    async with httpx.AsyncClient(transport=asgi(app), base_url="https://otklik.test") as client:
        yield client


def sign_in(browser: httpx.AsyncClient, session: str = "one") -> None:
    browser.cookies.set(SESSION_COOKIE, session, domain="otklik.test")


async def test_a_form_of_the_page_is_accepted_and_its_fields_reach_the_handler(browser: httpx.AsyncClient) -> None:
    sign_in(browser)
    token = (await browser.get("/form")).text
    answer = await browser.post("/change", data={"name": "Клиника", CSRF_FIELD: token})
    assert (answer.status_code, answer.text) == (200, "Клиника")


async def test_htmx_sends_the_token_as_a_header(browser: httpx.AsyncClient) -> None:
    sign_in(browser)
    token = (await browser.get("/form")).text
    assert (await browser.put("/change", headers={CSRF_HEADER: token})).status_code == 200


async def test_without_a_token_nothing_is_changed(browser: httpx.AsyncClient) -> None:
    sign_in(browser)
    for token in ("", "x", "A" * 88, "я"):
        assert (await browser.post("/change", data={"name": "x", CSRF_FIELD: token})).status_code == 403
    assert (await browser.post("/change", data={"name": "x"})).status_code == 403
    assert (await browser.put("/change")).status_code == 403


async def test_a_token_of_another_session_is_refused(browser: httpx.AsyncClient) -> None:
    sign_in(browser, "attacker")
    token = (await browser.get("/form")).text
    browser.cookies.clear()
    sign_in(browser, "victim")
    assert (await browser.put("/change", headers={CSRF_HEADER: token})).status_code == 403


async def test_before_sign_in_the_form_is_bound_to_a_visitor_cookie(browser: httpx.AsyncClient) -> None:
    shown = await browser.get("/form")
    cookie = shown.headers["set-cookie"]
    assert cookie.startswith(f"{VISITOR_COOKIE}=")
    for attribute in ("Path=/", "HttpOnly", "Secure", "SameSite=lax"):
        assert attribute in cookie
    assert "Domain" not in cookie
    assert (await browser.post("/change", data={"name": "x", CSRF_FIELD: shown.text})).status_code == 200
    again = await browser.get("/form")
    assert "set-cookie" not in again.headers
    browser.cookies.clear()
    assert (await browser.post("/change", data={"name": "x", CSRF_FIELD: shown.text})).status_code == 403


async def test_a_page_without_a_form_sets_no_cookie(browser: httpx.AsyncClient) -> None:
    assert "set-cookie" not in (await browser.get("/plain")).headers


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
async def test_a_request_that_the_browser_says_is_foreign_is_refused_even_with_a_token(
    browser: httpx.AsyncClient, site: str
) -> None:
    sign_in(browser)
    token = (await browser.get("/form")).text
    answer = await browser.put("/change", headers={CSRF_HEADER: token, "sec-fetch-site": site})
    assert answer.status_code == 403
    own = await browser.put("/change", headers={CSRF_HEADER: token, "sec-fetch-site": "same-origin"})
    assert own.status_code == 200


async def test_an_upload_carries_the_token_in_the_header_only(browser: httpx.AsyncClient) -> None:
    sign_in(browser)
    token = (await browser.get("/form")).text
    answer = await browser.put("/change", files={"f": b"x"}, data={CSRF_FIELD: token})
    assert answer.status_code == 403


async def test_a_route_for_programs_needs_no_token(browser: httpx.AsyncClient) -> None:
    assert (await browser.post("/api/change")).status_code == 200


def test_the_token_is_another_text_on_every_page() -> None:
    tokens = {csrf.token("session") for _ in range(50)}
    assert len(tokens) == 50
    assert all(csrf.holds(token, "session") for token in tokens)
    assert not any(Csrf(b"z" * 32).holds(token, "session") for token in tokens)


FORM = {"content-type": "application/x-www-form-urlencoded"}


async def in_pieces(body: bytes) -> AsyncIterator[bytes]:
    """A body whose length is not announced."""
    for start in range(0, len(body), 8192):
        yield body[start : start + 8192]


@pytest.mark.parametrize("kind", [FORM, {"content-type": "text/plain"}])
@pytest.mark.parametrize(
    "body", [b"name=" + b"x" * 66_000, b"&".join(b"k%d=" % n for n in range(240_000)), b"a&" * 100]
)
async def test_a_body_beyond_any_form_of_ours_is_refused_unparsed(
    browser: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch, body: bytes, kind: dict[str, str]
) -> None:
    sign_in(browser)
    token = (await browser.get("/form")).text
    parsed: list[bytes] = []

    def parse(data: bytes) -> dict[str, str]:
        parsed.append(data)
        return {}

    for place in ("litestar.connection.request", "litestar._kwargs.extractors"):
        monkeypatch.setattr(f"{place}.parse_url_encoded_form_data", parse)
    for headers in (kind, {**kind, CSRF_HEADER: token}):
        for content in (body, in_pieces(body)):
            answer = await browser.post("/change", content=content, headers=headers)
            refused_by_size = headers.get(CSRF_HEADER) or kind is FORM
            assert answer.status_code == (413 if refused_by_size else 403)
    assert parsed == []


async def test_a_form_of_the_usual_size_is_read(browser: httpx.AsyncClient) -> None:
    sign_in(browser)
    token = (await browser.get("/form")).text
    fields = {"name": "Клиника " * 1000, CSRF_FIELD: token, **{f"box{n}": "on" for n in range(90)}}
    assert (await browser.post("/change", data=fields)).status_code == 200
