"""Who calls the API: a key in `Authorization: Bearer`, counted against its limits before anything else is done."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from datetime import datetime
from typing import Any
from uuid import UUID

from litestar import Request
from litestar.connection import ASGIConnection
from litestar.datastructures import MutableScopeHeaders
from litestar.di import NamedDependency
from litestar.enums import ScopeType
from litestar.exceptions import SerializationException
from litestar.handlers.base import BaseRouteHandler
from litestar.types import ASGIApp, Message, Receive, Scope, Send

from app.db.session import TenantDb
from app.errors import NotAuthenticated
from app.runtime import Runtime
from app.security.rate_limit import Charge, Limit, RateLimiter, address_subject
from app.settings import ApiSettings
from app.tenants.actors import Actor
from app.tenants.api_keys import company_of_key

PUBLIC = "api_public"
"""`opt` of a route that needs no key and counts against no limit."""

Connection = ASGIConnection[Any, Any, Any, Any]
Db = NamedDependency[TenantDb]
Who = NamedDependency[Actor]
Rt = NamedDependency[Runtime]
Now = NamedDependency[datetime]
ApiRequest = Request[Actor, UUID, Any]
"""`user`: who calls; `auth`: the company's id."""


class JsonRequest(Request[Any, Any, Any]):
    """Refuses as malformed also those bodies on which the parser itself gives up: not UTF-8, or nested too deeply."""

    async def json(self) -> Any:  # Any: JSON
        try:
            return await super().json()
        except (UnicodeDecodeError, RecursionError) as error:
            raise SerializationException("not JSON") from error


class ApiKeyMiddleware:
    """Finds the key's company and actor, counts the request, and puts the limit's headers on the answer."""

    def __init__(self, app: ASGIApp, settings: ApiSettings) -> None:
        self._app = app
        self._per_key = Limit("key", settings.rate_limit, settings.rate_window)
        self._unknown = Limit("unknown-key", settings.unknown_key_limit, settings.rate_window)
        self._per_company = Limit("company", settings.company_rate_limit, settings.rate_window)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != ScopeType.HTTP or scope["route_handler"].opt.get(PUBLIC):
            await self._app(scope, receive, send)
            return
        request: Request[Any, Any, Any] = Request(scope)
        rt: Runtime = scope["litestar_app"].state.rt
        limiter: RateLimiter = scope["litestar_app"].state.limiter
        ip = request.client.host if request.client else None
        found = await company_of_key(rt.db, _bearer(request), ip=ip, at=rt.clock())
        if found is None:
            # Never without a count: a limit that cannot be read refuses the guess with 503.
            (await limiter.take(Charge(self._unknown, address_subject(ip or "")))).require()
            raise NotAuthenticated
        company_id, actor = found
        decision = await limiter.take(Charge(self._per_key, str(actor.id)), Charge(self._per_company, str(company_id)))
        decision.require()
        scope["user"], scope["auth"] = actor, company_id

        async def send_with_limits(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableScopeHeaders.from_message(message)
                for name, value in decision.headers().items():
                    headers[name] = value
            await send(message)

        await self._app(scope, receive, send_with_limits)


def may(right: str) -> Callable[[Connection, BaseRouteHandler], None]:
    """A guard: the key must have the scope `right`. Raises Forbidden."""

    def guard(connection: Connection, _: BaseRouteHandler) -> None:
        connection.user.need(right)

    return guard


async def provide_db(request: ApiRequest, rt: Rt) -> AsyncIterator[TenantDb]:
    """The request's one transaction in its company; committed before the answer goes out."""
    async with rt.db.tenant(request.auth) as db:
        yield db


async def provide_actor(request: ApiRequest) -> Actor:
    """Who calls."""
    return request.user


def _bearer(request: Request[Any, Any, Any]) -> str:
    """Raises NotAuthenticated when there is no bearer token."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise NotAuthenticated
    return token.strip()
