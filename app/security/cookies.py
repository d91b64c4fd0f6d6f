"""Our two cookies. Both are `__Host-` and Secure: no other host and no plain-http page can set them, no script can
read them.

The one exception is a browser that speaks plain http to this very machine (`make up`): Safari keeps no Secure cookie
there (bugs.webkit.org 281149), so on loopback hosts over http the same cookies go without prefix and Secure. Their
names differ, so that neither kind is ever taken for the other.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from litestar.connection import ASGIConnection
from litestar.datastructures import Cookie, MutableScopeHeaders
from litestar.types import Message, Scope

AnyRequest = ASGIConnection[Any, Any, Any, Any]  # Any: handler, user, auth and state are of no concern here

SESSION_COOKIE = "__Host-otklik_session"
VISITOR_COOKIE = "__Host-otklik_visitor"
"""Stands in for the session before sign-in, so that the sign-in form too is bound to one browser."""

_PREFIX = "__Host-"
_PROLONGED = "otklik_prolonged_session"
_LOOPBACK_HOSTS = frozenset({"localhost", "127.0.0.1", "[::1]"})


def session_token(request: AnyRequest) -> str | None:
    """The session token that the browser sent, in clear."""
    return request.cookies.get(_name(SESSION_COOKIE, request))


def visitor_token(request: AnyRequest) -> str | None:
    """The visitor token that the browser sent."""
    return request.cookies.get(_name(VISITOR_COOKIE, request))


def session_cookie(request: AnyRequest, token: str, *, lasts: timedelta) -> Cookie:
    """The signed-in browser's cookie. `token` is the session token in clear; the database has its hash."""
    return _cookie(request, SESSION_COOKIE, token, int(lasts.total_seconds()))


def visitor_cookie(request: AnyRequest, token: str) -> Cookie:
    """Ends with the browser's session."""
    return _cookie(request, VISITOR_COOKIE, token, None)


def expired_session_cookie(request: AnyRequest) -> Cookie:
    """Takes the session cookie away, at sign-out."""
    return _cookie(request, SESSION_COOKIE, "", 0)


def prolong_session_cookie(request: AnyRequest, token: str, *, lasts: timedelta) -> None:
    """Lets this request's answer give the cookie as long as its session now has."""
    request.scope["state"][_PROLONGED] = session_cookie(request, token, lasts=lasts)


async def send_session_cookie(message: Message, scope: Scope) -> None:
    """A `before_send` hook of Litestar: sets the prolonged cookie, unless the answer sets or removes it itself."""
    cookie: Cookie | None = scope["state"].get(_PROLONGED)
    if cookie is None or message["type"] != "http.response.start":
        return
    message.setdefault("headers", [])
    headers = MutableScopeHeaders.from_message(message)
    if not any(value.startswith(f"{cookie.key}=") for value in headers.getall("set-cookie", [])):
        headers.add("set-cookie", cookie.to_header(header=""))


def _cookie(request: AnyRequest, name: str, value: str, max_age: int | None) -> Cookie:
    return Cookie(
        key=_name(name, request),
        value=value,
        path="/",
        max_age=max_age,
        secure=not _on_this_machine(request),
        httponly=True,
        samesite="lax",
    )


def _name(name: str, request: AnyRequest) -> str:
    return name.removeprefix(_PREFIX) if _on_this_machine(request) else name


def _on_this_machine(request: AnyRequest) -> bool:
    # By the address the browser itself wrote: behind a TLS proxy the hop to us is http, but the host is public.
    host = request.headers.get("host", "")
    name = host if host.endswith("]") else host.rpartition(":")[0] or host
    return request.scope["scheme"] in ("http", "ws") and name in _LOOPBACK_HOSTS
