"""A browser without scripts: it follows links and sends forms with what is in them."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from html import unescape

import httpx

from app.security.cookies import SESSION_COOKIE


class Reader:
    """One browser; `page` is what it shows."""

    def __init__(self, client: httpx.AsyncClient, token: str | None) -> None:
        self.client = client
        self.page = httpx.Response(204)
        if token is not None:
            client.cookies.set(SESSION_COOKIE, token, domain="otklik.test")

    async def get(self, path: str, **headers: str) -> httpx.Response:
        """A page, redirects followed as a browser does."""
        self.page = await self.client.get(path, follow_redirects=True, headers=_names(headers))
        return self.page

    async def send(self, path: str, data: dict[str, object] | None = None, **headers: str) -> httpx.Response:
        """A form of the page that is shown, with its token. Redirects are not followed."""
        token = re.search(r'name="csrf_token" value="([^"]*)"', self.page.text)
        fields = {"csrf_token": unescape(token[1]) if token else "", **(data or {})}
        return await self.client.post(path, data=fields, headers=_names(headers))

    async def follow(self, answer: httpx.Response) -> httpx.Response:
        """Where an answer leads."""
        assert answer.status_code == 303, answer.text
        return await self.get(answer.headers["location"])


def _names(headers: dict[str, str]) -> dict[str, str]:
    """hx_target=... is the header HX-Target."""
    return {name.replace("_", "-"): value for name, value in headers.items()}


Open = Callable[..., Awaitable[Reader]]
