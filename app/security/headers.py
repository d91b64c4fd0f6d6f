"""Headers of every answer, error answers included: what a browser may load, embed, keep and tell others.

Set where a message leaves the application, so that no route, static file or error handler can go without. A header
that a route set itself (a cacheable asset's Cache-Control) is left alone.
"""

from __future__ import annotations

from dataclasses import dataclass

from litestar.datastructures import MutableScopeHeaders
from litestar.types import Message, Scope

from app.security.request_id import HEADER as REQUEST_ID_HEADER
from app.security.request_id import request_id

HSTS = "max-age=63072000; includeSubDomains"
NO_STORE = "no-store"

_NO_POWERS = (
    "accelerometer=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), magnetometer=(), "
    "microphone=(self), midi=(), payment=(), usb=()"
)


@dataclass(frozen=True)
class HeaderPolicy:
    """`https`: people reach us over TLS. `connect`: further origins that scripts may talk to (`wss://media.example`)."""

    https: bool
    connect: tuple[str, ...] = ()


def content_security_policy(policy: HeaderPolicy) -> str:
    """Everything from this origin only; nothing inline, no eval, no frames, no plugins."""
    directives = {
        "default-src": "'self'",
        "script-src": "'self'",
        "style-src": "'self'",
        "img-src": "'self' data:",
        "font-src": "'self'",
        "connect-src": " ".join(("'self'", *policy.connect)),
        "media-src": "'self' blob:",
        "worker-src": "'self'",
        "object-src": "'none'",
        "base-uri": "'none'",
        "form-action": "'self'",
        "frame-ancestors": "'none'",
    }
    return "; ".join(f"{name} {value}" for name, value in directives.items())


def security_headers(policy: HeaderPolicy) -> dict[str, str]:
    """Header name (lower case) to value, the same for every answer."""
    headers = {
        "content-security-policy": content_security_policy(policy),
        "x-content-type-options": "nosniff",
        "x-frame-options": "DENY",
        "referrer-policy": "same-origin",
        "permissions-policy": _NO_POWERS,
        "cross-origin-opener-policy": "same-origin",
        "cross-origin-resource-policy": "same-origin",
        "cache-control": NO_STORE,
    }
    if policy.https:
        headers["strict-transport-security"] = HSTS
    return headers


class SecurityHeaders:
    """A `before_send` hook of Litestar."""

    def __init__(self, policy: HeaderPolicy) -> None:
        self._headers = security_headers(policy)

    async def __call__(self, message: Message, scope: Scope) -> None:
        if message["type"] != "http.response.start":
            return
        message.setdefault("headers", [])
        headers = MutableScopeHeaders.from_message(message)
        for name, value in self._headers.items():
            headers.setdefault(name, value)
        headers[REQUEST_ID_HEADER] = request_id(scope)
