"""Webhooks: endpoints, whether they can be trusted, and every message with its attempts."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from litestar import Controller, Response, get, post
from litestar.params import FromPath, FromQuery, URLEncodedBody

from app.db.session import TenantDb
from app.errors import InvalidInput, OutboundRefused
from app.i18n import plural, translate
from app.settings import WebhookSettings, read
from app.ui import once
from app.ui.deliveries import endpoint_name, problem_text, short_address, state_of, tone_of
from app.ui.flash import flash_cookie
from app.ui.messages import call_of, settled
from app.ui.responses import Html, many, page, redirect
from app.ui.visits import ENTRY, Entry, Here
from app.webhooks import demo_receiver, endpoints, listing, queries
from app.webhooks.events import SUBSCRIBABLE
from app.webhooks.models import DeliveryStatus, WebhookDelivery, WebhookEndpoint, WebhookMessage

PAGE = 30


@dataclass(frozen=True)
class EventChoice:
    """A kind of event, with what it means."""

    type: str
    text: str
    chosen: bool = True


@dataclass(frozen=True)
class EndpointRow:
    """An endpoint in the list."""

    id: UUID
    name: str
    address: str
    state: str
    tone: str
    events: str
    waiting: int
    last_at: datetime | None


@dataclass(frozen=True)
class EndpointsPage:
    """Every endpoint; `demo`: one of them is the receiver inside this installation."""

    endpoints: tuple[EndpointRow, ...]
    demo: bool


@dataclass(frozen=True)
class NewEndpointPage:
    """The form, with what was typed and every error."""

    events: tuple[EventChoice, ...]
    url: str = ""
    description: str = ""
    errors: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class TestResult:
    """How a test event went, as far as it is known."""

    ok: bool
    tone: str
    title: str
    text: str
    response: str = ""
    message_id: UUID | None = None


@dataclass(frozen=True)
class MessageRow:
    """A message to this endpoint."""

    message_id: UUID
    type: str
    state: str
    tone: str
    call_id: UUID | None
    call: str
    attempts: int
    at: datetime


@dataclass(frozen=True)
class EndpointPage:
    """One endpoint."""

    id: UUID
    name: str
    url: str
    state: str
    tone: str
    enabled: bool
    problem: str
    problem_text: str
    events: tuple[EventChoice, ...]
    messages: tuple[MessageRow, ...]
    next: str
    waiting: int
    previous_until: datetime | None
    secret: str = ""
    """The secret, when it was just made; else empty."""
    test: TestResult | None = None


@dataclass
class EndpointForm:
    """What the person typed."""

    url: str = ""
    description: str = ""
    events: str | list[str] | None = None


class WebhookPages(Controller):
    """`/c/{slug}/webhooks`."""

    path = "/c/{slug:str}/webhooks"
    dependencies = ENTRY

    @get("/")
    async def every(self, entry: Here) -> Html:
        entry.actor.need("webhooks:read")
        async with entry.db() as db:
            frame = await entry.frame(db, "webhooks")
            content = await load_list(db, entry)
        return entry.page("webhooks/list.html", frame, content)

    @get("/new")
    async def new(self, entry: Here) -> Html:
        entry.actor.need("webhooks:write")
        async with entry.db() as db:
            frame = await entry.frame(db, "webhooks")
        return entry.page("webhooks/new.html", frame, NewEndpointPage(_choices(entry.lang)))

    @post("/", status_code=200)
    async def create(self, entry: Here, data: URLEncodedBody[EndpointForm]) -> Response[Any]:
        """A new endpoint; its secret is shown by the page that follows. Errors come back with the form."""
        chosen = many(data.events)
        url, errors = await _read(entry, data, chosen)
        if url is None or errors:
            async with entry.db() as db:
                frame = await entry.frame(db, "webhooks")
            content = NewEndpointPage(_choices(entry.lang, chosen), data.url, data.description, errors)
            return entry.page("webhooks/new.html", frame, content, status=422)
        async with entry.db() as db:
            made, secret = await endpoints.create(
                db,
                entry.rt,
                url,
                event_types=_subscribed(chosen),
                description=data.description,
                by=entry.actor,
                at=entry.now,
            )
            ticket = await once.keep(entry, secret)
        cookies = [flash_cookie("good", "ui.webhooks.created")]
        return redirect(entry.request, entry.url(f"webhooks/{made.id}?secret={ticket}"), cookies=cookies)


async def _read(
    entry: Entry, data: EndpointForm, chosen: list[str]
) -> tuple[endpoints.CheckedUrl | None, dict[str, str]]:
    """The address, None when it is refused, and what is wrong with the form, all of it, in the form's order."""
    url, errors = None, {}
    try:
        url = await endpoints.checked(entry.rt, data.url.strip(), by=entry.actor)
    except OutboundRefused as refused:
        errors["url"] = refused.text(entry.lang)
    async with entry.db() as db:
        if await endpoints.full(db):
            limit = read(WebhookSettings).max_endpoints
            errors["url"] = translate(entry.lang, "error.invalid.too_many_endpoints", limit=limit)
    if len(data.description.strip()) > endpoints.MAX_DESCRIPTION:
        errors["description"] = translate(entry.lang, "error.invalid.too_long", limit=endpoints.MAX_DESCRIPTION)
    if not chosen:
        errors["events"] = translate(entry.lang, "ui.webhooks.choose_events")
    return url, errors


class EndpointPages(Controller):
    """`/c/{slug}/webhooks/{endpoint}`."""

    path = "/c/{slug:str}/webhooks/{endpoint_id:uuid}"
    dependencies = ENTRY

    @get("/")
    async def show(
        self,
        entry: Here,
        endpoint_id: FromPath[UUID],
        secret: FromQuery[str] = "",
        after: FromQuery[UUID | None] = None,
    ) -> Html:
        entry.actor.need("webhooks:read")
        shown = await once.take(entry, secret)
        return await _show(entry, endpoint_id, secret=shown, after=after)

    @post("/test", status_code=200)
    async def test(self, entry: Here, endpoint_id: FromPath[UUID]) -> Html:
        """Sends a test event and waits a little for the answer."""
        async with entry.db() as db:
            message_id = await endpoints.send_test(db, endpoint_id, by=entry.actor, at=entry.now)
        result = await _result(entry, endpoint_id, message_id)
        return await _show(entry, endpoint_id, test=result)

    @post("/rotate")
    async def rotate(self, entry: Here, endpoint_id: FromPath[UUID]) -> Response[Any]:
        async with entry.db() as db:
            secret = await endpoints.rotate(db, entry.rt, endpoint_id, by=entry.actor, at=entry.now)
            ticket = await once.keep(entry, secret)
        cookies = [flash_cookie("good", "ui.webhooks.rotated")]
        return redirect(entry.request, entry.url(f"webhooks/{endpoint_id}?secret={ticket}#secret"), cookies=cookies)

    @post("/{switch:str}")
    async def switch(self, entry: Here, endpoint_id: FromPath[UUID], switch: FromPath[str]) -> Response[Any]:
        """enable, disable or delete."""
        to, said = entry.url(f"webhooks/{endpoint_id}"), f"ui.webhooks.{switch}d"
        async with entry.db() as db:
            match switch:
                case "enable":
                    await endpoints.enable(db, endpoint_id, by=entry.actor, at=entry.now)
                case "disable":
                    await endpoints.disable(db, endpoint_id, by=entry.actor, at=entry.now)
                case "delete":
                    await endpoints.delete(db, endpoint_id, by=entry.actor, at=entry.now)
                    to = entry.url("webhooks")
                case _:
                    raise InvalidInput(field="switch", reason="required")
        return redirect(entry.request, to, cookies=[flash_cookie("good", said)])


async def load_list(db: TenantDb, entry: Entry) -> EndpointsPage:
    """The endpoints with what waits for them."""
    found = list(await db.scalars(queries.endpoints()))
    activity = {row[0]: (row[1], row[2]) for row in await db.execute(queries.endpoint_activity())}
    rows = []
    for item in found:
        waiting, last_at = activity.get(item.id, (0, None))
        state, tone = _state(entry.lang, item, called=last_at is not None)
        rows.append(
            EndpointRow(
                id=item.id,
                name=endpoint_name(item),
                address=short_address(item.url),
                state=state,
                tone=tone,
                events=", ".join(item.event_types) or translate(entry.lang, "ui.webhooks.all_events"),
                waiting=waiting,
                last_at=last_at,
            )
        )
    demo = any(demo_receiver.is_address(item.url, db.company_id) for item in found)
    return EndpointsPage(tuple(rows), demo)


async def _show(
    entry: Entry,
    endpoint_id: UUID,
    *,
    secret: str = "",
    after: UUID | None = None,
    test: TestResult | None = None,
) -> Html:
    async with entry.db() as db:
        frame = await entry.frame(db, "webhooks")
        content = await load_endpoint(db, entry, endpoint_id, secret=secret, after=after, test=test)
    blocks = ("test", "messages") if test else ()
    return page(entry.request, "webhooks/show.html", frame, content, blocks=blocks)


async def load_endpoint(
    db: TenantDb,
    entry: Entry,
    endpoint_id: UUID,
    *,
    secret: str = "",
    after: UUID | None = None,
    test: TestResult | None = None,
) -> EndpointPage:
    """The endpoint's page. Raises NotFound."""
    found = await queries.endpoint(db, endpoint_id)
    activity = {row[0]: row[1] for row in await db.execute(queries.endpoint_activity())}
    rows = await listing.deliveries(db, endpoint_id=endpoint_id, after=after, limit=PAGE + 1)
    state, tone = _state(entry.lang, found, called=endpoint_id in activity)
    waiting = activity.get(endpoint_id, 0)
    problem, text = _problem(entry, found, waiting)
    shown = rows[:PAGE]
    return EndpointPage(
        id=found.id,
        name=endpoint_name(found),
        url=found.url,
        state=state,
        tone=tone,
        enabled=found.enabled,
        problem=problem,
        problem_text=text,
        events=_choices(entry.lang, found.event_types or None, only=True),
        messages=tuple(_message_row(entry, row, message) for row, message in shown),
        next=f"?after={shown[-1][0].id}" if len(rows) > PAGE else "",
        waiting=waiting,
        previous_until=found.previous_secret_until,
        secret=secret,
        test=test,
    )


def _message_row(entry: Entry, row: WebhookDelivery, message: WebhookMessage) -> MessageRow:
    return MessageRow(
        message_id=message.id,
        type=message.type,
        state=state_of(entry.lang, row),
        tone=tone_of(row),
        call_id=message.call_id,
        call=call_of(entry, message),
        attempts=row.attempts,
        at=row.created_at,
    )


async def _result(entry: Entry, endpoint_id: UUID, message_id: UUID) -> TestResult:
    row = await settled(entry, endpoint_id, message_id, attempts=0)
    async with entry.db() as db:
        attempts = list(await db.scalars(queries.attempts_of(row.id)))
    lang = entry.lang
    if not attempts:
        return TestResult(
            ok=False,
            tone="",
            title=translate(lang, "ui.webhooks.test_waiting"),
            text=translate(lang, "ui.webhooks.test_waiting_text"),
            message_id=message_id,
        )
    last = attempts[-1]
    if row.status is DeliveryStatus.DELIVERED:
        title = translate(
            lang, "ui.webhooks.test_ok", status=last.status_code, ms=entry.formats.number(last.duration_ms)
        )
        return TestResult(True, "good", title, translate(lang, "ui.webhooks.test_ok_text"), message_id=message_id)
    return TestResult(
        ok=False,
        tone="bad",
        title=translate(lang, "ui.webhooks.test_failed"),
        text=problem_text(lang, last.error),
        response=last.response_excerpt or "",
        message_id=message_id,
    )


def _state(lang: str, found: WebhookEndpoint, *, called: bool) -> tuple[str, str]:
    if not found.enabled:
        return translate(lang, "ui.webhooks.state.disabled"), ""
    if found.failing_since is not None:
        return translate(lang, "ui.webhooks.state.failing"), "warn"
    return (
        (translate(lang, "ui.webhooks.state.ok"), "good") if called else (translate(lang, "ui.webhooks.state.new"), "")
    )


def _problem(entry: Entry, found: WebhookEndpoint, waiting: int) -> tuple[str, str]:
    lang = entry.lang
    if not found.enabled:
        code = found.disabled_reason
        why = translate(lang, f"webhooks.disabled.{code}") if code else translate(lang, "ui.webhooks.off_text")
        return translate(lang, "ui.webhooks.off"), why
    if found.failing_since is None:
        return "", ""
    since = translate(lang, "ui.webhooks.failing", at=entry.formats.when(found.failing_since))
    return since, plural(lang, "ui.webhooks.failing_text", waiting)


def _choices(lang: str, chosen: list[str] | None = None, *, only: bool = False) -> tuple[EventChoice, ...]:
    """The kinds of events; chosen None: all of them. only: leave out the others."""
    return tuple(
        EventChoice(kind.value, translate(lang, kind.description_key), chosen is None or kind.value in chosen)
        for kind in SUBSCRIBABLE
        if not only or chosen is None or kind.value in chosen
    )


def _subscribed(chosen: list[str]) -> list[str]:
    """All kinds ticked means all kinds there will ever be."""
    return [] if set(chosen) == {kind.value for kind in SUBSCRIBABLE} else chosen
