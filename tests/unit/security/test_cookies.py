"""The cookies are bound to the host everywhere but on the machine itself, where Safari would drop them."""

from __future__ import annotations

from datetime import timedelta

import pytest
from litestar.testing import RequestFactory

from app.security.cookies import AnyRequest, expired_session_cookie, session_cookie, session_token

pytestmark = pytest.mark.unit


def request_to(url: str, cookies: str = "") -> AnyRequest:
    server, _, rest = url.removeprefix("https://").removeprefix("http://").partition("/")
    factory = RequestFactory(server=server.partition(":")[0] or "[::1]", scheme=url.partition(":")[0])
    return factory.get(f"/{rest}", headers={"host": server, "cookie": cookies})


@pytest.mark.parametrize(
    "url", ["https://otklik.example/", "http://otklik.example/", "https://localhost/", "http://10.0.0.5:8000/"]
)
def test_a_session_cookie_belongs_to_one_host_and_to_https(url: str) -> None:
    cookie = session_cookie(request_to(url), "token", lasts=timedelta(days=1)).to_header(header="")
    assert cookie.startswith("__Host-otklik_session=token")
    for part in ("Secure", "HttpOnly", "SameSite=lax", "Path=/"):
        assert part in cookie


@pytest.mark.parametrize("url", ["http://127.0.0.1:8000/", "http://localhost:8000/", "http://localhost/"])
def test_over_http_on_the_machine_itself_it_works_in_safari_too(url: str) -> None:
    cookie = session_cookie(request_to(url), "token", lasts=timedelta(days=1)).to_header(header="")
    assert cookie.startswith("otklik_session=token")
    assert "Secure" not in cookie
    assert "HttpOnly" in cookie
    assert session_token(request_to(url, "otklik_session=token")) == "token"
    assert expired_session_cookie(request_to(url)).key == "otklik_session"


def test_a_cookie_without_the_prefix_means_nothing_elsewhere() -> None:
    assert session_token(request_to("https://otklik.example/", "otklik_session=planted")) is None
    assert session_token(request_to("https://otklik.example/", "__Host-otklik_session=real")) == "real"
