"""The web program: routes, middleware, error answers and lifespan. No logic: every rule is in a room."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any

from litestar import Litestar, MediaType, Request, Response, get
from litestar.config.compression import CompressionConfig
from litestar.datastructures import CacheControlHeader, State
from litestar.di import NamedDependency, Provide
from litestar.exceptions import ClientException, HTTPException
from litestar.middleware import DefineMiddleware
from litestar.static_files import create_static_files_router
from redis.exceptions import RedisError
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from app.api import problems
from app.api.metrics import metrics
from app.api.routes import api_router, openapi_config
from app.errors import NotStorable, OtklikError, ServiceUnavailable
from app.runtime import Runtime, build
from app.security.cookies import send_session_cookie
from app.security.csrf import EXEMPT, STATE_KEY, Csrf, CsrfMiddleware, send_visitor_cookie
from app.security.headers import HeaderPolicy, SecurityHeaders
from app.security.rate_limit import RateLimiter
from app.security.redaction import redact_logs
from app.security.request_id import request_id
from app.security.slow import BodyDeadline
from app.settings import ApiSettings, LiveKitSettings, read
from app.ui import errors as error_pages
from app.ui.controllers import CONTROLLERS
from app.ui.manifest import STATIC, STATIC_URL
from app.ui.talks import talks_of
from app.voice.providers.speech import SpeechSource

log = logging.getLogger("otklik.web")

MAX_BODY = 2 * 1024 * 1024
"""Bytes of a request's body; a scenario is at most a few hundred kilobytes."""

API = "/api/"


def create_app(
    rt: Runtime | None = None, *, api: ApiSettings | None = None, speech: SpeechSource | None = None
) -> Litestar:
    """The application over `rt`, which stays its maker's; without one it builds its own and closes it at the end.
    `speech` None: the providers of the settings.

    Raises SettingsInvalid.
    """
    runtime = rt or build()
    csrf = Csrf(runtime.csrf_key)
    https = (runtime.common.public_url or "").startswith("https://")

    @asynccontextmanager
    async def lifespan(app: Litestar) -> AsyncIterator[None]:
        redact_logs()
        try:
            async with talks_of(app, runtime, speech):
                yield
        finally:
            if rt is None:
                await runtime.close()

    return Litestar(
        [api_router(api or read(ApiSettings)), *CONTROLLERS, live, ready, metrics, _static_files()],
        state=State({"rt": runtime, "limiter": RateLimiter(runtime.redis), STATE_KEY: csrf}),
        dependencies={
            "rt": Provide(provide_runtime, sync_to_thread=False),
            "now": Provide(provide_now, sync_to_thread=False),
        },
        before_request=refuse_nul,
        middleware=[BodyDeadline, DefineMiddleware(CsrfMiddleware, csrf=csrf)],
        before_send=[
            SecurityHeaders(HeaderPolicy(https=https, connect=_sockets(runtime))),
            send_visitor_cookie,
            send_session_cookie,
        ],
        exception_handlers={Exception: on_error},
        compression_config=CompressionConfig("gzip", minimum_size=1024, gzip_compress_level=5, exclude=["/events$"]),
        openapi_config=openapi_config(),
        include_in_schema=False,
        request_max_body_size=MAX_BODY,
        lifespan=[lifespan],
        logging_config=None,
    )


async def refuse_nul(request: Request[Any, Any, Any]) -> None:
    """Refuses a NUL character in what is asked for: no text that is kept has one. Raises ClientException."""
    if any("\0" in text for pair in request.query_params.multi_items() for text in pair):
        raise ClientException("A query has a NUL character.")


def _sockets(rt: Runtime) -> tuple[str, ...]:
    """Where pages open sockets: here, which not every browser takes for the same origin, and the media server, which
    its library also asks over http."""
    media = read(LiveKitSettings)
    found = []
    for address in filter(None, (rt.common.public_url, media.public_url or media.url)):
        scheme, _, rest = address.partition("://")
        host, end = rest.partition("/")[0], "s" if scheme in ("https", "wss") else ""
        found += [f"ws{end}://{host}", f"http{end}://{host}"]
    return tuple(found)


def provide_runtime(state: State) -> Runtime:
    """The program's resources."""
    found: Runtime = state.rt
    return found


def provide_now(state: State) -> datetime:
    """The moment of the request, read once so that all it writes agrees."""
    return provide_runtime(state).clock()


@get("/healthz", media_type=MediaType.TEXT, opt={EXEMPT: True})
async def live() -> str:
    """The process answers."""
    return "ok"


@get("/readyz", opt={EXEMPT: True})
async def ready(rt: NamedDependency[Runtime]) -> Response[dict[str, str]]:
    """Whether the servers behind the process answer; 503 names those that do not."""
    answers = {part: error or "ok" for part, error in (await rt.pings()).items()}
    return Response(answers, status_code=200 if set(answers.values()) <= {"ok"} else 503)


def on_error(request: Request[Any, Any, Any], error: Exception) -> Response[Any]:
    """The one place where an error becomes an answer: problem+json for the API, a page for people."""
    is_api = request.scope["path"].startswith(API)
    known = error if isinstance(error, OtklikError) else _of_database(error)
    if known is not None:
        if known.status >= 500:
            log.error("%s %r: %s", request_id(request.scope), request.scope["path"], known, exc_info=error)
        return problems.of_domain(request, known) if is_api else error_pages.render(request, known)
    if isinstance(error, HTTPException) and error.status_code < 500:
        return problems.of_framework(request, error) if is_api else error_pages.render(request, error)
    log.error("%s %r: unexpected", request_id(request.scope), request.scope["path"], exc_info=error)
    return problems.of_unknown(request) if is_api else error_pages.render(request, error)


def _of_database(error: Exception) -> OtklikError | None:
    if isinstance(error, DBAPIError) and str(getattr(error.orig, "sqlstate", "")).startswith("22"):
        return NotStorable()  # SQLSTATE class 22, data exception: a NUL in a text, a number beyond the column
    if isinstance(error, (OperationalError, InterfaceError, PoolTimeout, ConnectionError)) or (
        isinstance(error, DBAPIError) and error.connection_invalidated
    ):
        return ServiceUnavailable(part="PostgreSQL")
    return ServiceUnavailable(part="Redis") if isinstance(error, RedisError) else None


def _static_files() -> Any:  # Any: Litestar's own router type, used once
    return create_static_files_router(
        path=STATIC_URL,
        directories=[STATIC],
        cache_control=CacheControlHeader(public=True, max_age=31536000, immutable=True),
        include_in_schema=False,
        opt={EXEMPT: True},
    )
