"""The demo receiver of an embedded installation: where messages arrive, and the page that shows them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from litestar import Controller, Response, get, post
from litestar.params import FromPath

from app.errors import NotFound
from app.i18n import translate
from app.security.csrf import EXEMPT
from app.settings import WebhookSettings, read
from app.ui.formats import Formats
from app.ui.looks import AnyRequest
from app.ui.payloads import readable
from app.ui.responses import Html
from app.ui.visits import ENTRY, Here, Rt
from app.webhooks import demo_receiver, queries
from app.webhooks.models import DemoInboxRow

SHOWN = 20
SHOWN_UNSIGNED = 5
"""Of messages that nobody signed: anyone may send them, and they must not push the others off the page."""


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
        if not read(WebhookSettings).demo_origin:
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
            rows = [
                *await db.scalars(queries.demo_inbox(SHOWN, signed=True)),
                *await db.scalars(queries.demo_inbox(SHOWN_UNSIGNED, signed=False)),
            ]
        rows.sort(key=lambda row: row.id, reverse=True)
        content = DemoPage(tuple(_received(entry.formats, row) for row in rows))
        return entry.page("webhooks/demo.html", frame, content)


def _received(formats: Formats, row: DemoInboxRow) -> Received:
    return Received(
        id=row.id,
        at=row.received_at,
        type=row.type or "—",
        ok=row.signature_ok,
        problem=translate(formats.lang, f"webhooks.inbox.{row.problem}") if row.problem else "",
        headers=tuple((name, str(value)) for name, value in row.headers.items()),
        body=readable(row.body, formats),
    )
