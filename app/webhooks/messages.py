"""Announcing: one happening becomes one message, and a delivery to each endpoint that wants it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from app.db.base import new_id
from app.db.outbox import outbox
from app.db.session import TenantDb
from app.webhooks import queries
from app.webhooks.events import EventType, envelope
from app.webhooks.models import DeliveryStatus, WebhookDelivery


async def announce(
    db: TenantDb,
    kind: EventType,
    data: Mapping[str, object],
    *,
    dedupe_key: str,
    happened_at: datetime,
    at: datetime,
    call_id: UUID | None = None,
    only: Sequence[UUID] | None = None,
) -> UUID | None:
    """Writes the message and its deliveries, to be sent after the commit. Returns the message's id.

    `dedupe_key` names the happening within the company: announcing it again does nothing and returns None, so a
    receiver sees it once whoever repeats the work. `only`: these endpoints instead of those subscribed to `kind`.
    A message is kept also when nobody wants it.
    """
    body = envelope(kind, happened_at, data)
    message_id = await queries.add_message(db, kind.value, dedupe_key, body, call_id=call_id, at=at)
    if message_id is None:
        return None
    receivers = list(await queries.endpoints_for(db, kind.value) if only is None else only)
    for endpoint_id in receivers:
        db.add(
            WebhookDelivery(
                id=new_id(),
                company_id=db.company_id,
                created_at=at,
                message_id=message_id,
                endpoint_id=endpoint_id,
                status=DeliveryStatus.PENDING,
                attempts=0,
                next_at=at,
            )
        )
    if receivers:
        outbox(db, "deliver_message", endpoint_ids=[str(endpoint_id) for endpoint_id in receivers])
    await db.flush()
    return message_id
