"""The room's only SQL. Everything runs inside a tenant session; row-level security hides other companies' rows."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, bindparam, delete, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert

from app.db.base import new_id
from app.db.session import TenantDb
from app.errors import NotFound
from app.webhooks.models import (
    DeliveryAttempt,
    DeliveryStatus,
    DemoInboxRow,
    WebhookDelivery,
    WebhookEndpoint,
    WebhookMessage,
)


def endpoints() -> Select[WebhookEndpoint]:
    """The company's endpoints, oldest first."""
    return select(WebhookEndpoint).order_by(WebhookEndpoint.id)


async def endpoint(db: TenantDb, endpoint_id: UUID, *, lock: bool = False) -> WebhookEndpoint:
    """One endpoint. Raises NotFound, also for another company's."""
    query = select(WebhookEndpoint).where(WebhookEndpoint.id == endpoint_id)
    found = await db.scalar(query.with_for_update() if lock else query)
    if found is None:
        raise NotFound
    return found


async def count_endpoints(db: TenantDb) -> int:
    """How many endpoints the company has. Who counts next waits until this transaction ends."""
    await db.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(f"endpoints:{db.company_id}", 0))))
    return await db.scalar(select(func.count()).select_from(WebhookEndpoint)) or 0


async def endpoints_for(db: TenantDb, kind: str) -> Sequence[UUID]:
    """Enabled endpoints that want messages of type `kind`."""
    wanted = or_(func.cardinality(WebhookEndpoint.event_types) == 0, WebhookEndpoint.event_types.contains([kind]))
    query = select(WebhookEndpoint.id).where(WebhookEndpoint.enabled, wanted).order_by(WebhookEndpoint.id)
    return (await db.scalars(query)).all()


async def add_message(
    db: TenantDb, kind: str, dedupe_key: str, payload: str, *, call_id: UUID | None, at: datetime
) -> UUID | None:
    """Writes the message; None when this happening was announced already, by this or by another transaction."""
    statement = (
        insert(WebhookMessage)
        .values(
            company_id=db.company_id,
            id=new_id(),
            created_at=at,
            type=kind,
            call_id=call_id,
            dedupe_key=dedupe_key,
            payload=payload,
        )
        .on_conflict_do_nothing(index_elements=[WebhookMessage.company_id, WebhookMessage.dedupe_key])
        .returning(WebhookMessage.id)
    )
    return await db.scalar(statement)


def deliveries_of_endpoint(endpoint_id: UUID) -> Select[WebhookDelivery, WebhookMessage]:
    """Deliveries of one endpoint with their messages, newest first."""
    return (
        select(WebhookDelivery, WebhookMessage)
        .join(WebhookMessage, WebhookMessage.id == WebhookDelivery.message_id)
        .where(WebhookDelivery.endpoint_id == endpoint_id)
        .order_by(WebhookDelivery.id.desc())
    )


def deliveries_of_call(call_id: UUID) -> Select[WebhookDelivery, WebhookMessage, WebhookEndpoint]:
    """What was announced about one call, to whom and how it went, oldest first."""
    return (
        select(WebhookDelivery, WebhookMessage, WebhookEndpoint)
        .join(WebhookMessage, WebhookMessage.id == WebhookDelivery.message_id)
        .join(WebhookEndpoint, WebhookEndpoint.id == WebhookDelivery.endpoint_id)
        .where(WebhookMessage.call_id == call_id)
        .order_by(WebhookDelivery.id)
    )


async def delivery(db: TenantDb, delivery_id: UUID, *, lock: bool = False) -> WebhookDelivery:
    """One delivery. Raises NotFound, also for another company's."""
    query = select(WebhookDelivery).where(WebhookDelivery.id == delivery_id)
    found = await db.scalar(query.with_for_update() if lock else query)
    if found is None:
        raise NotFound
    return found


def attempts_of(delivery_id: UUID) -> Select[DeliveryAttempt]:
    """The attempts of one delivery, first to last."""
    return select(DeliveryAttempt).where(DeliveryAttempt.delivery_id == delivery_id).order_by(DeliveryAttempt.n)


def _due(now: datetime) -> ColumnElement[bool]:
    return or_(
        and_(WebhookDelivery.status == DeliveryStatus.PENDING, WebhookDelivery.next_at <= now),
        # Its sender was killed, or lost its way: the claim ran out.
        and_(WebhookDelivery.status == DeliveryStatus.SENDING, WebhookDelivery.claimed_until <= now),
    )


async def due(
    db: TenantDb, now: datetime, limit: int, *, endpoint_id: UUID | None = None, delivery_id: UUID | None = None
) -> list[tuple[WebhookDelivery, WebhookMessage, WebhookEndpoint]]:
    """Locks the longest due deliveries of an endpoint (or this one delivery, if it is due).

    Rows that another sender is just claiming are passed over.
    """
    query = (
        select(WebhookDelivery, WebhookMessage, WebhookEndpoint)
        .join(WebhookMessage, WebhookMessage.id == WebhookDelivery.message_id)
        .join(WebhookEndpoint, WebhookEndpoint.id == WebhookDelivery.endpoint_id)
        .where(_due(now))
        .order_by(WebhookDelivery.next_at)
        .limit(limit)
        .with_for_update(of=WebhookDelivery, skip_locked=True)
    )
    if endpoint_id is not None:
        query = query.where(WebhookDelivery.endpoint_id == endpoint_id)
    if delivery_id is not None:
        query = query.where(WebhookDelivery.id == delivery_id)
    return [(row[0], row[1], row[2]) for row in await db.execute(query)]


async def hold(db: TenantDb, delivery_ids: Sequence[UUID], *, until: datetime) -> None:
    """Claims locked deliveries until this moment; each has begun one more attempt."""
    await db.execute(
        update(WebhookDelivery)
        .where(WebhookDelivery.id.in_(delivery_ids))
        .values(status=DeliveryStatus.SENDING, claimed_until=until, attempts=WebhookDelivery.attempts + 1)
        .execution_options(synchronize_session=False)
    )


async def settle(db: TenantDb, results: Sequence[dict[str, object]]) -> None:
    """What became of deliveries: `of_delivery`, `of_attempt` and the columns' new values.

    A delivery whose claim expired and was taken up by another sender is left alone: the other's word counts.
    """
    connection = await db.connection()
    await connection.execute(
        update(WebhookDelivery)
        .where(
            WebhookDelivery.id == bindparam("of_delivery"),
            WebhookDelivery.attempts == bindparam("of_attempt"),
            WebhookDelivery.status == DeliveryStatus.SENDING,
        )
        .values(
            claimed_until=None,
            **{name: bindparam(name) for name in ("status", "next_at", "last_status", "last_error", "delivered_at")},
        ),
        list(results),
    )


async def log_attempts(db: TenantDb, rows: Sequence[dict[str, object]]) -> None:
    """Adds lines to the log of deliveries."""
    await db.execute(insert(DeliveryAttempt).values(list(rows)))


async def set_failing_since(db: TenantDb, endpoint_id: UUID, at: datetime | None) -> None:
    """Notes the first failure after a success, or with None that all is well."""
    change = update(WebhookEndpoint).where(WebhookEndpoint.id == endpoint_id)
    noted = WebhookEndpoint.failing_since
    change = change.where(noted.is_not(None) if at is None else noted.is_(None))  # no write when nothing changes
    await db.execute(change.values(failing_since=at).execution_options(synchronize_session=False))


async def switch_off(db: TenantDb, endpoint_id: UUID, reason: str, at: datetime) -> bool:
    """Switches an endpoint off. False when it was off already."""
    change = update(WebhookEndpoint).where(WebhookEndpoint.id == endpoint_id, WebhookEndpoint.enabled)
    change = change.values(enabled=False, disabled_at=at, disabled_reason=reason)
    switched = change.returning(WebhookEndpoint.id).execution_options(synchronize_session=False)
    return await db.scalar(switched) is not None


async def stop_open_deliveries(db: TenantDb, endpoint_id: UUID, status: DeliveryStatus, error: str) -> None:
    """Ends what still waits for an endpoint; it stays visible and can be sent again."""
    await db.execute(
        update(WebhookDelivery)
        .where(WebhookDelivery.endpoint_id == endpoint_id, WebhookDelivery.status == DeliveryStatus.PENDING)
        .values(status=status, last_error=error, next_at=None, claimed_until=None)
        .execution_options(synchronize_session=False)
    )


def demo_inbox(limit: int, *, signed: bool) -> Select[DemoInboxRow]:
    """What the demo receiver got whose signature holds, or does not; newest first."""
    return select(DemoInboxRow).where(DemoInboxRow.signature_ok == signed).order_by(DemoInboxRow.id.desc()).limit(limit)


async def trim_demo_inbox(db: TenantDb, kept: int, *, signed: bool) -> None:
    """Deletes all but the newest rows whose signature holds, or does not."""
    kind = DemoInboxRow.signature_ok == signed
    newest = select(DemoInboxRow.id).where(kind).order_by(DemoInboxRow.id.desc())
    oldest_kept = newest.offset(kept - 1).limit(1).scalar_subquery()
    statement = delete(DemoInboxRow).where(kind, DemoInboxRow.id < oldest_kept)
    await db.execute(statement.execution_options(synchronize_session=False))


def any_failing() -> Select[str]:
    """The address of an enabled endpoint that does not answer, if there is one."""
    failing = WebhookEndpoint.enabled & WebhookEndpoint.failing_since.is_not(None)
    return select(WebhookEndpoint.url).where(failing).order_by(WebhookEndpoint.failing_since).limit(1)


def last_delivered() -> Select[datetime | None]:
    """When anything was last delivered to anyone."""
    return select(func.max(WebhookDelivery.delivered_at))


def endpoint_activity() -> Select[UUID, int, datetime]:
    """Of each endpoint with deliveries: how many wait, and when the newest was made."""
    waiting = func.count().filter(WebhookDelivery.status.in_((DeliveryStatus.PENDING, DeliveryStatus.SENDING)))
    return select(WebhookDelivery.endpoint_id, waiting, func.max(WebhookDelivery.created_at)).group_by(
        WebhookDelivery.endpoint_id
    )


async def delivery_of_message(
    db: TenantDb, endpoint_id: UUID, message_id: UUID
) -> tuple[WebhookDelivery, WebhookMessage]:
    """A message on its way to an endpoint. Raises NotFound."""
    query = deliveries_of_endpoint(endpoint_id).where(WebhookMessage.id == message_id)
    row = (await db.execute(query)).first()
    if row is None:
        raise NotFound
    return row[0], row[1]
