"""No route, of the API or of the pages, shows or changes anything of another company.

The walk takes the routes from the application itself, so a new route is covered the day it is written, or fails here
until the walk is told what its parameters mean. Every route is tried as a stranger, with another company's key, and as
another company's owner: with the victim's address, with the own address and the victim's ids, and with the victim's
ids in the body. Afterwards every row of the victim must be as it was.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
from litestar import Litestar
from litestar.handlers import HTTPRouteHandler
from litestar.response import ServerSentEvent
from litestar.routes import HTTPRoute, WebSocketRoute
from sqlalchemy import select, text, update

from app.bots import drafting
from app.calls.models import Call, Recording
from app.db.base import new_id
from app.db.models import Base
from app.files import StoredFile
from app.runtime import Runtime
from app.security.cookies import SESSION_COOKIE
from app.security.csrf import CSRF_HEADER, Csrf
from app.tenants.api_keys import create_key
from app.webhooks import demo_receiver, endpoints, listing
from tests.support.asgi import asgi
from tests.support.held_calls import hold_call
from tests.support.world import EXAMPLES, World, new_world

pytestmark = pytest.mark.integration

API = "/api/v1"
OPEN_TO_EVERYBODY = {
    ("GET", "/healthz"),
    ("GET", "/readyz"),
    ("GET", "/static/{file_path:path}"),
    ("HEAD", "/static/{file_path:path}"),
    ("GET", "/sign-in"),
    ("GET", API),
    ("GET", f"{API}/openapi.json"),
    ("GET", f"{API}/docs"),
    ("GET", f"{API}/scenario-schema.json"),
    # Believes only a body signed with the company's own secret; what it stores is shown to that company alone.
    ("POST", "/demo-receiver/{company_id:uuid}"),
    # Asks for the operator's own token, and counts over all companies.
    ("GET", "/metrics"),
}
"""Routes without a person or a key behind them. They hold nothing of any company."""
SOCKETS = {"/c/{slug:str}/bots/{bot:str}/talk"}
"""Opened with a ticket of the page beside it, once: tests/integration/voice/test_sockets.py."""
SHORT_LIVED = {("GET", "/c/{slug:str}/bots/{bot:str}/voice/sample/{ticket:str}")}
"""Made by a press of a button, for whoever pressed it: tests/integration/ui/test_provider_pages.py."""


@dataclass(frozen=True)
class Route:
    """One method of one path. `streams`: the answer does not end by itself."""

    method: str
    path: str
    streams: bool

    @property
    def is_api(self) -> bool:
        return self.path.startswith("/api/")

    @property
    def parameters(self) -> list[str]:
        return re.findall(r"{(\w+):", self.path)

    def url(self, values: dict[str, str]) -> str:
        """The path with its parameters; an unknown parameter fails the test that asks."""
        missing = set(self.parameters) - set(values)
        assert not missing, f"{self}: tell this walk what {missing} means"
        return re.sub(r"{(\w+):\w+}", lambda found: values[found[1]], self.path)

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


@dataclass(frozen=True)
class Target:
    """A company with one of everything, what its addresses are made of, and what must never be seen elsewhere."""

    world: World
    values: dict[str, str]
    secrets: tuple[str, ...]

    def body(self) -> dict[str, Any]:
        """A body that fits every form and schema, full of this company's ids."""
        return {
            "slug": f"walk-{new_id().hex[-8:]}",
            "name": "walk",
            "source": (EXAMPLES / "dental.yaml").read_text(encoding="utf-8"),
            "note": "walk",
            "url": "https://77.88.8.8/walk",
            "event_types": [],
            "description": "walk",
            "enabled": False,
            "call": self.values["call_id"],
            "delivery": self.values["delivery_id"],
            "version": 1,
            "text": "walk",
            "email": "walk@example.com",
            "password": "walk-walk-walk",
            "key": "walk-walk-walk-walk",
            "stt": [],
            "tts": [],
        }

    def seen_in(self, answer: httpx.Response) -> list[str]:
        """Secrets in an answer that the request did not hold itself."""
        sent = str(answer.request.url) + (answer.request.content or b"").decode("utf-8", "replace")
        got = answer.text + str(answer.headers)
        return [secret for secret in self.secrets if secret in got and secret not in sent]

    async def rows(self) -> dict[str, str]:
        """A digest of every row the company has, by table."""
        async with self.world.rt.db.tenant(self.world.company_id) as db:
            tables = [table.name for table in Base.metadata.sorted_tables if "company_id" in table.columns]
            digest = 'select md5(string_agg(t::text, chr(10) order by t::text)) from "{}" t'
            return {table: str(await db.scalar(text(digest.format(table)))) for table in tables}


async def company_with_everything(rt: Runtime) -> Target:
    """One of everything that a route may show."""
    world = await new_world(rt)
    mark = new_id().hex[-12:]
    bot = await world.bot("dental", slug=f"bot-{mark}")
    phone = f"+7926{int(mark, 16) % 10**7:07d}"
    call_id = await hold_call(world, bot, (f"Запишите на чистку, said-{mark}",), phone=phone)
    at, by = rt.clock(), world.owner
    url = await endpoints.checked(rt, f"https://77.88.8.8/{mark}", by=by)
    source = await drafting.checked_source(bot_source(), "dental.yaml")
    async with rt.db.tenant(world.company_id) as db:
        await drafting.save_draft(db, bot.id, source, note=f"note-{mark}", by=by, at=at)
        endpoint, secret = await endpoints.create(db, rt, url, description=f"description-{mark}", by=by, at=at)
        message_id = await endpoints.send_test(db, endpoint.id, by=by, at=at)
        delivery = (await listing.deliveries(db, message_id=message_id))[0][0]
        await db.execute(update(Call).where(Call.id == call_id).values(summary=f"summary-{mark}"))
        sound = await rt.files.put(world.company_id, mark.encode())
        db.add(recording_of(world.company_id, call_id, sound, at))
        key, key_text = await create_key(db, name=f"key-{mark}", scopes=["calls:read"], by=by, at=at)
    await demo_receiver.receive(rt, world.company_id, {"webhook-id": f"inbox-{mark}"}, b'{"type":"x"}')
    values = {
        "slug": world.slug,
        "bot": bot.slug,
        "version": "1",
        "call_id": str(call_id),
        "endpoint_id": str(endpoint.id),
        "message_id": str(message_id),
        "delivery_id": str(delivery.id),
        "key_id": str(key.id),
        "company_id": str(world.company_id),
        "switch": "disable",
        "file_path": "nothing.js",
        "provider": "nobody",
        "ticket": "nothing",
    }
    ids = [value for name, value in values.items() if name.endswith("_id") or name in ("slug", "bot")]
    return Target(world, values, (*ids, str(bot.id), mark, secret, key_text, world.email, phone))


def recording_of(company_id: UUID, call_id: UUID, sound: StoredFile, at: datetime) -> Recording:
    return Recording(
        company_id=company_id,
        call_id=call_id,
        file=sound.name,
        size=sound.size,
        seconds=1.0,
        started_at=at,
        peaks=[],
        delete_after=at + timedelta(days=1),
    )


def bot_source() -> str:
    return (EXAMPLES / "dental.yaml").read_text(encoding="utf-8")


def routes_of(app: Litestar) -> Iterator[Route]:
    for route in app.routes:
        if isinstance(route, WebSocketRoute) and route.path in SOCKETS:
            continue
        if not isinstance(route, HTTPRoute):
            raise TypeError(f"{route.path}: tell this walk how to try a {type(route).__name__}")
        for handler in route.route_handlers:
            for method in handler.http_methods - {"OPTIONS"}:
                yield Route(method, route.path, streams=_streams(handler))


def _streams(handler: HTTPRouteHandler) -> bool:
    return handler.parsed_fn_signature.return_type.is_subclass_of(ServerSentEvent)


@pytest.fixture
def routes(app: Litestar) -> list[Route]:
    return sorted(routes_of(app), key=str)


@pytest.fixture
async def victim(rt: Runtime) -> Target:
    return await company_with_everything(rt)


@pytest.fixture
async def intruder(rt: Runtime) -> Target:
    """A customer of the same installation, with everything of its own."""
    return await company_with_everything(rt)


class Browser:
    """Tries routes as one person or program would, from an address of its own."""

    def __init__(self, app: Litestar) -> None:
        self._app = app
        self._sessions: dict[str, str] = {}
        self._keys: dict[str, str] = {}

    @asynccontextmanager
    async def _client(self, headers: dict[str, str]) -> AsyncIterator[httpx.AsyncClient]:
        address = f"2a02:6b8:{new_id().hex[-4:]}:{new_id().hex[-4:]}::1"
        async with httpx.AsyncClient(
            transport=asgi(self._app, address=address), base_url="https://otklik.test", headers=headers
        ) as client:
            yield client

    async def nobody(self, route: Route, values: dict[str, str], body: dict[str, Any]) -> httpx.Response:
        """Without a key or a session."""
        return await self._send(route, values, body, {})

    async def key(self, route: Route, values: dict[str, str], body: dict[str, Any], world: World) -> httpx.Response:
        """With a company's key that may do everything."""
        if world.slug not in self._keys:
            self._keys[world.slug] = await world.key()
        return await self._send(route, values, body, {"authorization": f"Bearer {self._keys[world.slug]}"})

    async def owner(self, route: Route, values: dict[str, str], body: dict[str, Any], world: World) -> httpx.Response:
        """As a company's owner, on a page of ours; signed in again when a route has ended the session."""
        if world.slug not in self._sessions:
            self._sessions[world.slug] = (await world.sign_in()).token
        session = self._sessions[world.slug]
        token = Csrf(world.rt.csrf_key).token(session)
        headers = {"cookie": f"{SESSION_COOKIE}={session}", CSRF_HEADER: token}
        answer = await self._send(route, values, body, headers)
        if f"{SESSION_COOKIE}=" in str(answer.headers.get_list("set-cookie")):
            del self._sessions[world.slug]
        return answer

    async def _send(
        self, route: Route, values: dict[str, str], body: dict[str, Any], headers: dict[str, str]
    ) -> httpx.Response:
        async with self._client(headers) as client:
            if route.method in ("GET", "HEAD"):
                # A list of calls narrowed to the ids of others must be as empty as one narrowed to nothing.
                query = {"call_id": body["call"], "call": body["call"], "topics": "calls"}
                return await client.request(route.method, route.url(values), params=query)
            if route.is_api:
                return await client.request(route.method, route.url(values), json=body)
            return await client.request(route.method, route.url(values), data=body)


def check(failures: list[str], condition: bool, route: Route, answer: httpx.Response, what: str) -> None:
    if not condition:
        failures.append(f"{what}: {route} -> {answer.status_code} {answer.text[:300]!r}")


async def test_the_walk_sees_the_whole_application(routes: list[Route]) -> None:
    assert sum(route.is_api for route in routes) >= 20
    assert sum(route.path.startswith("/c/{slug") for route in routes) >= 20
    assert {str(route) for route in routes} >= {f"{method} {path}" for method, path in OPEN_TO_EVERYBODY}


async def test_a_stranger_gets_nothing(app: Litestar, routes: list[Route], victim: Target) -> None:
    browser, failures, before = Browser(app), list[str](), await victim.rows()
    for route in routes:
        if (route.method, route.path) in OPEN_TO_EVERYBODY:
            continue
        answer = await browser.nobody(route, victim.values, victim.body())
        check(failures, not victim.seen_in(answer), route, answer, "shows something")
        if route.is_api:
            check(failures, answer.status_code == 401, route, answer, "API without a key")
        elif route.method == "GET":
            to_sign_in = answer.status_code == 303 and answer.headers["location"].startswith("/sign-in")
            check(failures, to_sign_in, route, answer, "page without a session")
        else:
            check(failures, answer.status_code == 403, route, answer, "form without a session")
    assert not failures, "\n".join(failures)
    assert await victim.rows() == before


async def test_what_is_open_to_everybody_holds_nothing_of_a_company(
    app: Litestar, routes: list[Route], victim: Target
) -> None:
    browser, failures = Browser(app), list[str]()
    for route in routes:
        if (route.method, route.path) in OPEN_TO_EVERYBODY:
            answer = await browser.nobody(route, victim.values, victim.body())
            check(failures, answer.status_code < 500, route, answer, "breaks")
            check(failures, not victim.seen_in(answer), route, answer, "shows something")
    assert not failures, "\n".join(failures)


async def test_a_key_of_another_company_finds_nothing(
    app: Litestar, routes: list[Route], victim: Target, intruder: Target
) -> None:
    browser, failures, before = Browser(app), list[str](), await victim.rows()
    for route in (route for route in routes if route.is_api):
        answer = await browser.key(route, victim.values, victim.body(), intruder.world)
        check(failures, not victim.seen_in(answer), route, answer, "shows something")
        if route.parameters:
            check(failures, answer.status_code == 404, route, answer, "is not 404")
        else:
            check(failures, answer.status_code < 500, route, answer, "breaks")
    assert not failures, "\n".join(failures)
    assert await victim.rows() == before


async def test_another_companys_owner_finds_nothing(
    app: Litestar, routes: list[Route], victim: Target, intruder: Target
) -> None:
    browser, failures, before = Browser(app), list[str](), await victim.rows()
    mixed = {**victim.values, "slug": intruder.values["slug"]}
    for route in (route for route in routes if not route.is_api):
        if (route.method, route.path) in OPEN_TO_EVERYBODY:
            continue
        tries = {"the victim's address": (victim.values, "slug" in route.parameters)}
        if not route.streams:
            foreign = set(route.parameters) - {"slug", "switch"}
            tries["the victim's ids at the own address"] = (mixed, bool(foreign))
            tries["the victim's ids in the body"] = (intruder.values, False)
        for name, (values, must_be_404) in tries.items():
            answer = await browser.owner(route, values, victim.body(), intruder.world)
            check(failures, not victim.seen_in(answer), route, answer, f"{name}: shows something")
            check(failures, answer.status_code < 500, route, answer, f"{name}: breaks")
            if must_be_404:
                check(failures, answer.status_code == 404, route, answer, f"{name}: is not 404")
    assert not failures, "\n".join(failures)
    assert await victim.rows() == before


async def test_an_unknown_id_and_another_companys_look_the_same(
    app: Litestar, routes: list[Route], victim: Target, intruder: Target
) -> None:
    browser, failures = Browser(app), list[str]()
    unknown = {name: str(new_id()) if name.endswith("_id") else "never-existed" for name in victim.values}
    unknown |= {"version": "1", "switch": "disable"}
    for route in routes:
        if not route.parameters or (route.method, route.path) in OPEN_TO_EVERYBODY:
            continue
        send = browser.key if route.is_api else browser.owner
        answers = [await send(route, values, victim.body(), intruder.world) for values in (victim.values, unknown)]
        looks = {_without_reference(answer) for answer in answers}
        check(failures, len(looks) == 1, route, answers[0], "can be told from an unknown one")
    assert not failures, "\n".join(failures)


def _without_reference(answer: httpx.Response) -> tuple[int, str]:
    """What can be seen of an answer, apart from what differs between any two requests."""
    shown = re.sub(r'"request_id":"[0-9a-f]+"', "", answer.text)
    shown = re.sub(r"[\w=-]{88}", "", shown)  # CSRF tokens
    return answer.status_code, shown.replace(str(answer.request.url.path), "")


async def test_the_owner_and_the_own_key_do_find_it(app: Litestar, routes: list[Route], victim: Target) -> None:
    """Without this the other walks could pass because everything is broken."""
    browser, failures = Browser(app), list[str]()
    for route in routes:
        if route.method != "GET" or route.streams or (route.method, route.path) in OPEN_TO_EVERYBODY | SHORT_LIVED:
            continue
        send = browser.key if route.is_api else browser.owner
        answer = await send(route, victim.values, victim.body(), victim.world)
        check(failures, answer.status_code < 400, route, answer, "is not shown to its own company")
    assert not failures, "\n".join(failures)


async def test_a_person_of_no_company_sees_none(
    app: Litestar, rt: Runtime, routes: list[Route], victim: Target
) -> None:
    stranger = await new_world(rt)
    async with rt.db.tenant(stranger.company_id) as db:
        await db.execute(text("delete from membership"))
        assert (await db.scalar(select(text("count(*)")).select_from(text("membership")))) == 0
    browser, failures = Browser(app), list[str]()
    for route in routes:
        if route.is_api or route.method != "GET" or (route.method, route.path) in OPEN_TO_EVERYBODY:
            continue
        answer = await browser.owner(route, victim.values, victim.body(), stranger)
        check(failures, not victim.seen_in(answer), route, answer, "shows something")
        if "slug" in route.parameters:
            check(failures, answer.status_code == 404, route, answer, "is not 404")
    assert not failures, "\n".join(failures)
