"""Our two cookies. Both are `__Host-`: no other host and no plain-http page can set them, no script can read them.

Chromium and Firefox take Secure cookies over plain http from loopback, so the embedded mode keeps them as they are.
Safari does not (bugs.webkit.org 281149): with it an installation is reached over https only.
"""

from __future__ import annotations

from datetime import timedelta

from litestar.datastructures import Cookie

SESSION_COOKIE = "__Host-otklik_session"
VISITOR_COOKIE = "__Host-otklik_visitor"
"""Stands in for the session before sign-in, so that the sign-in form too is bound to one browser."""


def session_cookie(token: str, *, lasts: timedelta) -> Cookie:
    """The signed-in browser's cookie. `token` is the session token in clear; the database has its hash."""
    return _cookie(SESSION_COOKIE, token, int(lasts.total_seconds()))


def visitor_cookie(token: str) -> Cookie:
    """Ends with the browser's session."""
    return _cookie(VISITOR_COOKIE, token, None)


def expired_session_cookie() -> Cookie:
    """Takes the session cookie away, at sign-out."""
    return _cookie(SESSION_COOKIE, "", 0)


def _cookie(name: str, value: str, max_age: int | None) -> Cookie:
    return Cookie(key=name, value=value, path="/", max_age=max_age, secure=True, httponly=True, samesite="lax")
