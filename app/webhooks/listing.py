"""Messages and deliveries as lists, newest first, continued after an id."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select

from app.db.session import TenantDb
from app.errors import NotFound
from app.webhooks.models import DeliveryStatus, WebhookDelivery, WebhookMessage

Sent = tuple[WebhookDelivery, WebhookMessage]


async def messages(
    db: TenantDb, *, kind: str | None = None, call_id: UUID | None = None, after: UUID | None = None, limit: int = 50
) -> Sequence[WebhookMessage]:
    """Up to `limit` messages older than the message `after`."""
    statement = select(WebhookMessage).order_by(WebhookMessage.id.desc()).limit(limit)
    if kind is not None:
        statement = statement.where(WebhookMessage.type == kind)
    if call_id is not None:
        statement = statement.where(WebhookMessage.call_id == call_id)
    if after is not None:
        statement = statement.where(WebhookMessage.id < after)
    return (await db.scalars(statement)).all()


async def message(db: TenantDb, message_id: UUID) -> WebhookMessage:
    """One message. Raises NotFound, also for another company's."""
    found = await db.scalar(select(WebhookMessage).where(WebhookMessage.id == message_id))
    if found is None:
        raise NotFound
    return found


async def deliveries(
    db: TenantDb,
    *,
    endpoint_id: UUID | None = None,
    message_id: UUID | None = None,
    status: DeliveryStatus | None = None,
    after: UUID | None = None,
    limit: int = 50,
) -> Sequence[Sent]:
    """Up to `limit` deliveries older than the delivery `after`, each with its message."""
    statement = (
        select(WebhookDelivery, WebhookMessage)
        .join(WebhookMessage, WebhookMessage.id == WebhookDelivery.message_id)
        .order_by(WebhookDelivery.id.desc())
        .limit(limit)
    )
    if endpoint_id is not None:
        statement = statement.where(WebhookDelivery.endpoint_id == endpoint_id)
    if message_id is not None:
        statement = statement.where(WebhookDelivery.message_id == message_id)
    if status is not None:
        statement = statement.where(WebhookDelivery.status == status)
    if after is not None:
        statement = statement.where(WebhookDelivery.id < after)
    return [(row[0], row[1]) for row in (await db.execute(statement)).all()]
