"""Every unsafe request of a page must carry a token that only our own pages, in that browser's session, were given.

The token is an HMAC over the browser's session cookie (before sign-in: a visitor cookie), so nothing is stored and a
token dies with its session. It is masked anew in every page, which keeps it out of reach of compression attacks.
htmx sends it as a header, a plain form as a hidden field. Where the browser says the request comes from another
site (`Sec-Fetch-Site`), the token is not even looked at. Routes that no browser session reaches (the JSON API, inbound
webhooks) opt out with `opt={EXEMPT: True}`.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import secrets
from typing import Any

from litestar import Request
from litestar.datastructures import MutableScopeHeaders
from litestar.enums import RequestEncodingType, ScopeType
from litestar.types import ASGIApp, Message, Receive, Scope, Send

from app.errors import CsrfFailed
from app.security.cookies import session_token, visitor_cookie, visitor_token
from app.security.forms import counted, read_form
from app.security.tokens import new_session_token

CSRF_HEADER = "x-csrf-token"
CSRF_FIELD = "csrf_token"
EXEMPT = "csrf_exempt"
STATE_KEY = "csrf"
"""Where the application's state holds its Csrf."""

_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
_OWN_SITE = frozenset({"same-origin", "none"})
_NEW_VISITOR = "otklik_new_visitor"
_DIGEST_BYTES = 32


class Csrf:
    """Makes and checks tokens for one `binding` (the cookie's value). `key`: derived from the installation's key."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def token(self, binding: str) -> str:
        """A token for `binding`; every call gives another text, all of them hold."""
        mask = secrets.token_bytes(_DIGEST_BYTES)
        return base64.urlsafe_b64encode(mask + _xor(mask, self._digest(binding))).decode()

    def holds(self, token: str, binding: str) -> bool:
        """Whether `token` was made for `binding`."""
        try:
            raw = base64.b64decode(token.encode(), altchars=b"-_", validate=True)
        except (binascii.Error, UnicodeEncodeError):
            return False
        if len(raw) != 2 * _DIGEST_BYTES:
            return False
        return hmac.compare_digest(_xor(raw[:_DIGEST_BYTES], raw[_DIGEST_BYTES:]), self._digest(binding))

    def _digest(self, binding: str) -> bytes:
        return hmac.digest(self._key, binding.encode(), "sha256")


class CsrfMiddleware:
    """Refuses unsafe page requests without a token that holds: CsrfFailed."""

    def __init__(self, app: ASGIApp, csrf: Csrf) -> None:
        self._app = app
        self._csrf = csrf

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == ScopeType.HTTP and not scope["route_handler"].opt.get(EXEMPT):
            request: Request[Any, Any, Any] = Request(scope, counted(receive), send)
            if request.method not in _SAFE_METHODS:
                if not await self._allowed(request, _binding(request)):
                    raise CsrfFailed
                await read_form(request)  # also where the token was a header: the route parses any body as a form
        await self._app(scope, receive, send)

    async def _allowed(self, request: Request[Any, Any, Any], binding: str | None) -> bool:
        site = request.headers.get("sec-fetch-site")
        if binding is None or (site is not None and site not in _OWN_SITE):
            return False
        token = request.headers.get(CSRF_HEADER)
        if token is None and request.content_type[0] == RequestEncodingType.URL_ENCODED:
            # Litestar keeps the parsed form for the handler. An upload is not parsed here, before anyone was
            # asked whether it may be sent: it carries the header.
            await read_form(request)
            token = (await request.form()).get(CSRF_FIELD)
        return isinstance(token, str) and self._csrf.holds(token, binding)


def csrf_token(scope: Scope) -> str:
    """A token for the forms of the page being rendered, error pages included; a browser without any of our cookies is
    given the visitor cookie with this answer.
    """
    csrf: Csrf = scope["litestar_app"].state[STATE_KEY]
    binding = _binding(Request(scope)) or scope["state"].setdefault(_NEW_VISITOR, new_session_token())
    return csrf.token(binding)


async def send_visitor_cookie(message: Message, scope: Scope) -> None:
    """A `before_send` hook of Litestar: sets the visitor cookie when a token was made for a new visitor."""
    visitor = scope["state"].get(_NEW_VISITOR)
    if visitor is not None and message["type"] == "http.response.start":
        message.setdefault("headers", [])
        MutableScopeHeaders.from_message(message).add(
            "set-cookie", visitor_cookie(Request(scope), visitor).to_header(header="")
        )


def _binding(request: Request[Any, Any, Any]) -> str | None:
    return session_token(request) or visitor_token(request)


def _xor(a: bytes, b: bytes) -> bytes:
    return bytes(x ^ y for x, y in zip(a, b, strict=True))
