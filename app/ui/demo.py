"""The demo receiver of an embedded installation: where messages arrive, and the page that shows them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from litestar import Controller, Response, get, post
from litestar.params import FromPath

from app.errors import NotFound
from app.i18n import translate
from app.security.csrf import EXEMPT
from app.settings import WebhookSettings, read
from app.ui.looks import AnyRequest
from app.ui.responses import Html
from app.ui.visits import ENTRY, Here, Rt
from app.webhooks import demo_receiver, queries
from app.webhooks.models import DemoInboxRow

SHOWN = 20


@dataclass(frozen=True)
class Received:
    """A message as it arrived. `problem`: why its signature does not hold."""

    id: UUID
    at: datetime
    type: str
    ok: bool
    problem: str
    headers: tuple[tuple[str, str], ...]
    body: str


@dataclass(frozen=True)
class DemoPage:
    """What arrived, newest first."""

    received: tuple[Received, ...]


class DemoReceiver(Controller):
    """Where the demo company's endpoint leads. Only an installation that names its own receiver has one."""

    path = demo_receiver.PATH

    @post("/{company_id:uuid}", status_code=204, opt={EXEMPT: True})
    async def receive(self, request: AnyRequest, rt: Rt, company_id: FromPath[UUID]) -> Response[None]:
        if not read(WebhookSettings).allowed_private_origins:
            raise NotFound
        body = await request.body()
        if len(body) > demo_receiver.MAX_BODY:
            return Response(None, status_code=413)
        believed = await demo_receiver.receive(rt, company_id, dict(request.headers), body)
        return Response(None, status_code=204 if believed else 401)


class DemoPages(Controller):
    """`/c/{slug}/webhooks/demo`."""

    path = "/c/{slug:str}/webhooks/demo"
    dependencies = ENTRY

    @get("/")
    async def show(self, entry: Here) -> Html:
        entry.actor.need("webhooks:read")
        async with entry.db() as db:
            frame = await entry.frame(db, "webhooks")
            rows = list(await db.scalars(queries.demo_inbox(SHOWN)))
        content = DemoPage(tuple(_received(entry.lang, row) for row in rows))
        return entry.page("webhooks/demo.html", frame, content)


def _received(lang: str, row: DemoInboxRow) -> Received:
    return Received(
        id=row.id,
        at=row.received_at,
        type=row.type or "—",
        ok=row.signature_ok,
        problem=translate(lang, f"webhooks.inbox.{row.problem}") if row.problem else "",
        headers=tuple((name, str(value)) for name, value in row.headers.items()),
        body=_pretty(row.body),
    )


def _pretty(body: str) -> str:
    """JSON on many lines; anything else as it came."""
    try:
        return json.dumps(json.loads(body), ensure_ascii=False, indent=2)
    except ValueError:
        return body
