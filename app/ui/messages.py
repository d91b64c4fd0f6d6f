"""A webhook message: what was sent, to whom, each attempt and its answer."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from litestar import Controller, Response, get, post
from litestar.params import FromPath

from app.db.session import TenantDb
from app.i18n import translate
from app.ui.deliveries import ATTEMPTS_MAX, endpoint_name, problem_text, state_of, tone_of
from app.ui.flash import flash_cookie
from app.ui.formats import Formats
from app.ui.payloads import readable, without_phones
from app.ui.responses import Html, from_htmx, redirect
from app.ui.visits import ENTRY, Entry, Here
from app.webhooks import delivery, queries
from app.webhooks.models import DeliveryAttempt, DeliveryStatus, WebhookDelivery, WebhookMessage
from app.webhooks.signing import webhook_id

ANSWER_WAIT = 8.0
"""Seconds that a receiver's answer is waited for in place."""
ANSWER_LOOK = 0.1
"""Seconds between looks."""


@dataclass(frozen=True)
class AttemptView:
    """One request and its answer."""

    n: int
    at: datetime
    ok: bool
    status_code: int | None
    duration_ms: int
    error: str
    response: str


@dataclass(frozen=True)
class MessagePage:
    """One message on its way to one endpoint."""

    id: UUID
    endpoint_id: UUID
    name: str
    url: str
    type: str
    state: str
    tone: str
    at: datetime
    call_id: UUID | None
    call: str
    payload: str
    headers: tuple[tuple[str, str], ...]
    attempts: tuple[AttemptView, ...]
    attempts_max: int
    next_at: datetime | None
    may_resend: bool


class MessagePages(Controller):
    """`/c/{slug}/webhooks/{endpoint}/messages/{id}`."""

    path = "/c/{slug:str}/webhooks/{endpoint_id:uuid}/messages/{message_id:uuid}"
    dependencies = ENTRY

    @get("/")
    async def show(self, entry: Here, endpoint_id: FromPath[UUID], message_id: FromPath[UUID]) -> Html:
        entry.actor.need("webhooks:read")
        async with entry.db() as db:
            frame = await entry.frame(db, "webhooks")
            content = await load_message(db, entry, endpoint_id, message_id)
        return entry.page("webhooks/message.html", frame, content)

    @post("/resend", status_code=200)
    async def resend(self, entry: Here, endpoint_id: FromPath[UUID], message_id: FromPath[UUID]) -> Response[Any]:
        async with entry.db() as db:
            found, _ = await queries.delivery_of_message(db, endpoint_id, message_id)
            await delivery.resend(db, found.id, by=entry.actor, at=entry.now)
        to = entry.url(f"webhooks/{endpoint_id}/messages/{message_id}")
        if not from_htmx(entry.request):
            return redirect(entry.request, to, cookies=[flash_cookie("good", "ui.webhooks.resent")])
        await settled(entry, endpoint_id, message_id, attempts=found.attempts)
        async with entry.db() as db:
            frame = await entry.frame(db, "webhooks")
            content = await load_message(db, entry, endpoint_id, message_id)
        return entry.page("webhooks/message.html", frame, content, blocks=("message",))


async def load_message(db: TenantDb, entry: Entry, endpoint_id: UUID, message_id: UUID) -> MessagePage:
    """The message's page. Raises NotFound."""
    found = await queries.endpoint(db, endpoint_id)
    row, message = await queries.delivery_of_message(db, endpoint_id, message_id)
    attempts = list(await db.scalars(queries.attempts_of(row.id)))
    each = translate(entry.lang, "ui.webhooks.header_each")
    return MessagePage(
        id=message.id,
        endpoint_id=endpoint_id,
        name=endpoint_name(found),
        url=found.url,
        type=message.type,
        state=state_of(entry.lang, row),
        tone=tone_of(row),
        at=message.created_at,
        call_id=message.call_id,
        call=call_of(entry, message),
        payload=readable(message.payload, entry.formats),
        headers=(
            ("content-type", "application/json"),
            ("webhook-id", webhook_id(message.id)),
            ("webhook-timestamp", each),
            ("webhook-signature", f"v1,… ({each})"),
        ),
        attempts=tuple(_attempt(entry.formats, attempt) for attempt in attempts),
        attempts_max=max(ATTEMPTS_MAX, len(attempts)),
        next_at=row.next_at if row.status is DeliveryStatus.PENDING and row.attempts else None,
        may_resend=row.status is not DeliveryStatus.SENDING,
    )


def _attempt(formats: Formats, attempt: DeliveryAttempt) -> AttemptView:
    return AttemptView(
        n=attempt.n,
        at=attempt.at,
        ok=attempt.status_code is not None and 200 <= attempt.status_code < 300,
        status_code=attempt.status_code,
        duration_ms=attempt.duration_ms,
        error=problem_text(formats.lang, attempt.error),
        response=without_phones(attempt.response_excerpt or "", formats),
    )


async def settled(entry: Entry, endpoint_id: UUID, message_id: UUID, *, attempts: int) -> WebhookDelivery:
    """The delivery once another attempt was recorded, or as it is when the wait is over. Short looks, no open wait."""
    until = asyncio.get_running_loop().time() + ANSWER_WAIT
    while True:
        async with entry.db() as db:
            row, _ = await queries.delivery_of_message(db, endpoint_id, message_id)
        recorded = row.attempts > attempts and row.status is not DeliveryStatus.SENDING
        if recorded or asyncio.get_running_loop().time() > until:
            return row
        await asyncio.sleep(ANSWER_LOOK)


def call_of(entry: Entry, message: WebhookMessage) -> str:
    """What a call is called in a list of messages: its moment."""
    return entry.formats.when(message.created_at) if message.call_id else ""
