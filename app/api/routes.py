"""Version 1 of the API put together: its router and its OpenAPI description."""

from __future__ import annotations

from typing import Any

from litestar import Router, get
from litestar.di import Provide
from litestar.handlers import HTTPRouteHandler
from litestar.middleware import DefineMiddleware
from litestar.openapi.config import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin
from litestar.openapi.spec import Components, SecurityScheme, Tag
from litestar.routes import BaseRoute
from litestar.types import ControllerRouterHandler

from app import __version__
from app.api.auth import PUBLIC, ApiKeyMiddleware, JsonRequest, provide_actor, provide_db
from app.api.bots import BotsApi, BotVoiceApi, ScenariosApi
from app.api.calls import CallsApi
from app.api.company import CompanyApi
from app.api.docs import show_docs
from app.api.providers import ProvidersApi
from app.api.webhooks import DeliveriesApi, EndpointsApi, MessagesApi
from app.scenario.config_loader import json_schema
from app.security.csrf import EXEMPT
from app.settings import ApiSettings

PATH = "/api/v1"
DESCRIPTION = """\
Bots, calls and webhooks of one company.

**Key.** Send `Authorization: Bearer otk_live_...`. A key belongs to one company and has scopes; nothing of another
company exists for it: its ids answer 404 as unknown ones do.

**Errors** are `application/problem+json` (RFC 9457). `code` is stable; `detail` is a sentence, in Russian or English
after `Accept-Language`; `request_id` is the reference to give when you ask for help.

**Lists** are `{data, next}`. Send `next` as `after` to go on; null means the end. Pages stay stable while rows come
and go.

**Limits** are told in `RateLimit` and `RateLimit-Policy`; past them the answer is 429 with `Retry-After`.

**Times** are UTC in ISO 8601; ids are UUIDv7 and sort by time.
"""


@get(
    "/scenario-schema.json",
    summary="JSON Schema of a scenario",
    operation_id="getScenarioSchema",
    opt={PUBLIC: True},
    tags=["bots"],
    sync_to_thread=False,
    security=[{}],
)
def scenario_schema() -> dict[str, Any]:  # Any: a JSON Schema
    """For editors and generators; needs no key."""
    return json_schema()


def api_router(settings: ApiSettings) -> Router:
    """Everything under `/api/v1`."""
    return Router(
        path=PATH,
        route_handlers=[
            CompanyApi,
            BotsApi,
            BotVoiceApi,
            ProvidersApi,
            ScenariosApi,
            CallsApi,
            EndpointsApi,
            MessagesApi,
            DeliveriesApi,
            scenario_schema,
            show_docs,
        ],
        dependencies={"db": Provide(provide_db), "who": Provide(provide_actor)},
        middleware=[DefineMiddleware(ApiKeyMiddleware, settings=settings)],
        opt={EXEMPT: True},
        request_class=JsonRequest,
        include_in_schema=True,
    )


class _DocumentRouter(Router):
    """Serves the document alone: the framework would answer unknown addresses beside it with an HTML page."""

    def register(self, value: ControllerRouterHandler) -> list[BaseRoute]:
        is_document = isinstance(value, HTTPRouteHandler) and "/openapi.json" in value.paths
        return super().register(value) if is_document else []


def openapi_config() -> OpenAPIConfig:
    """Served at `/api/v1/openapi.json`."""
    return OpenAPIConfig(
        title="Otklik API",
        version=__version__,
        description=DESCRIPTION,
        openapi_router=_DocumentRouter(PATH, route_handlers=[], opt={EXEMPT: True}, include_in_schema=False),
        render_plugins=[JsonRenderPlugin(path="/openapi.json")],
        use_handler_docstrings=True,
        components=Components(
            security_schemes={
                "key": SecurityScheme(
                    type="http", scheme="bearer", description="An API key of the company: `otk_live_...`"
                )
            }
        ),
        security=[{"key": []}],
        tags=[
            Tag(name="company", description="The company behind the key."),
            Tag(name="bots", description="Bots and the versions of their scenarios."),
            Tag(name="calls", description="Calls: transcript, fields, outcome with evidence, summary."),
            Tag(name="voice", description="What bots hear and speak with, and keys of providers."),
            Tag(name="webhooks", description="Endpoints, messages and deliveries (Standard Webhooks)."),
        ],
    )
