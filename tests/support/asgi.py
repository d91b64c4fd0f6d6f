"""The application as an HTTP server without a socket."""

from __future__ import annotations

import httpx
from litestar import Litestar


def asgi(app: Litestar) -> httpx.ASGITransport:
    """An httpx transport into `app`; an error of the application is the answer that a client would see."""
    # Litestar types each ASGI message, httpx any mapping; at run time they are the same.
    return httpx.ASGITransport(app, raise_app_exceptions=False)  # type: ignore[arg-type]
