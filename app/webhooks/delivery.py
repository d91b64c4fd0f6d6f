"""One delivery: claim (commit), send, record (commit). Running it twice is safe; a killed sender's claim expires."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import httpx
from sqlalchemy import update

from app.db.base import new_id
from app.db.outbox import outbox
from app.db.session import TenantDb
from app.runtime import Runtime
from app.security.outbound import guarded_client
from app.security.sealing import SealBroken
from app.settings import WebhookSettings
from app.tenants.actors import SYSTEM, Actor
from app.tenants.audit import audit
from app.webhooks import queries
from app.webhooks.endpoints import signing_secrets
from app.webhooks.events import EventType
from app.webhooks.models import DeliveryAttempt, DeliveryStatus, WebhookDelivery, WebhookEndpoint
from app.webhooks.rules import CLAIM, Outcome, Verdict, judge, retry_after
from app.webhooks.sending import Answer, post
from app.webhooks.signing import signed_headers


@dataclass(frozen=True)
class Sender:
    """What sending needs, built once in the worker."""

    rt: Runtime
    client: httpx.AsyncClient
    settings: WebhookSettings

    @classmethod
    def of(cls, rt: Runtime, settings: WebhookSettings) -> Sender:
        """A sender whose client calls only what the guard of these settings lets pass."""
        # Each receiver has at most PER_ENDPOINT requests at a time (lanes.py); the pool must never make one wait for
        # another, so it is far larger than what slow receivers can hold.
        limits = httpx.Limits(max_connections=4_000, max_keepalive_connections=200, keepalive_expiry=30)
        client = guarded_client(rt.guard, timeout=settings.timeout, limits=limits)
        return cls(rt, client, settings)

    async def close(self) -> None:
        await self.client.aclose()


@dataclass(frozen=True)
class Claim:
    """A delivery that this sender alone may attempt until the claim expires. Not printed: it holds what is sent."""

    company_id: UUID
    delivery_id: UUID
    endpoint_id: UUID
    attempt: int
    url: str
    message_id: UUID
    body: str
    secrets: tuple[str, ...]
    failing_since: datetime | None

    def __repr__(self) -> str:
        return f"Claim({self.delivery_id}, attempt {self.attempt})"


async def attempt(
    sender: Sender, company_id: UUID, *, delivery_id: UUID | None = None, endpoint_id: UUID | None = None
) -> Verdict | None:
    """Attempts this delivery, or the longest due one of this endpoint. None: nothing is due, or another has it."""
    async with sender.rt.db.tenant(company_id) as db:
        claim = await _claim(sender, db, delivery_id=delivery_id, endpoint_id=endpoint_id)
    if not isinstance(claim, Claim):
        return claim
    sent_at = sender.rt.clock()
    headers = signed_headers(claim.message_id, sent_at, claim.body, claim.secrets)
    answer = await post(sender.client, claim.url, claim.body, headers, timeout=sender.settings.timeout)
    at = sender.rt.clock()
    verdict = judge(
        attempt=claim.attempt,
        status=answer.status,
        problem=answer.problem,
        wait=retry_after(answer.retry_after, at),
        failing_since=claim.failing_since,
        at=at,
        jitter=random.random(),  # noqa: S311  # spreads retries, protects nothing
    )
    async with sender.rt.db.tenant(company_id) as db:
        await _record(db, claim, answer, verdict, sent_at=sent_at, at=at)
    return verdict


async def resend(db: TenantDb, delivery_id: UUID, *, by: Actor, at: datetime) -> WebhookDelivery:
    """Sends a delivery again now, with the same message id, whatever became of it. Raises NotFound.

    If that fails, the schedule goes on where it stood; used up, it stays failed. One that is just being sent is left
    alone.
    """
    by.need("webhooks:write")
    delivery = await queries.delivery(db, delivery_id, lock=True)
    if delivery.status is not DeliveryStatus.SENDING:
        delivery.status, delivery.next_at, delivery.claimed_until = DeliveryStatus.PENDING, at, None
        outbox(db, "deliver_message", endpoint_ids=[str(delivery.endpoint_id)])
        audit(db, by, at, "webhook_delivery.resent", delivery_id)
    await db.flush()
    return delivery


async def _claim(
    sender: Sender, db: TenantDb, *, delivery_id: UUID | None, endpoint_id: UUID | None
) -> Claim | Verdict | None:
    now = sender.rt.clock()
    found = await queries.next_due(db, now, endpoint_id=endpoint_id, delivery_id=delivery_id)
    if found is None:
        return None
    delivery, message, endpoint = found
    if not endpoint.enabled and message.type != EventType.TEST_PING:
        return _stop(delivery, "endpoint_disabled")
    try:
        secrets = tuple(signing_secrets(sender.rt.sealer, endpoint, now))
    except SealBroken:
        return _stop(delivery, "secret_unreadable")
    delivery.status, delivery.claimed_until = DeliveryStatus.SENDING, now + CLAIM
    delivery.attempts += 1
    return Claim(
        company_id=db.company_id,
        delivery_id=delivery.id,
        endpoint_id=endpoint.id,
        attempt=delivery.attempts,
        url=endpoint.url,
        message_id=message.id,
        body=message.payload,
        secrets=secrets,
        failing_since=endpoint.failing_since,
    )


def _stop(delivery: WebhookDelivery, error: str) -> Verdict:
    """Ends a delivery that cannot be sent at all; it stays visible and can be sent again."""
    delivery.status, delivery.last_error = DeliveryStatus.FAILED, error
    delivery.next_at = delivery.claimed_until = None
    return Verdict(Outcome.FAILED, error, None, None)


async def _record(
    db: TenantDb, claim: Claim, answer: Answer, verdict: Verdict, *, sent_at: datetime, at: datetime
) -> None:
    delivered = verdict.outcome is Outcome.DELIVERED
    waiting = DeliveryStatus.FAILED if verdict.next_at is None else DeliveryStatus.PENDING
    await db.execute(
        update(WebhookDelivery)
        .where(
            WebhookDelivery.id == claim.delivery_id,
            # Our claim expired and another sender took it up: its word counts, ours is only a line in the log.
            WebhookDelivery.attempts == claim.attempt,
            WebhookDelivery.status == DeliveryStatus.SENDING,
        )
        .values(
            status=DeliveryStatus.DELIVERED if delivered else waiting,
            next_at=verdict.next_at,
            claimed_until=None,
            last_status=answer.status,
            last_error=verdict.error,
            delivered_at=at if delivered else None,
        )
        .execution_options(synchronize_session=False)
    )
    db.add(
        DeliveryAttempt(
            id=new_id(),
            company_id=claim.company_id,
            created_at=at,
            delivery_id=claim.delivery_id,
            n=claim.attempt,
            at=sent_at,
            duration_ms=round(answer.duration.total_seconds() * 1000),
            status_code=answer.status,
            error=verdict.error,
            response_excerpt=answer.excerpt,
        )
    )
    await _note_health(db, claim, verdict, at)


async def _note_health(db: TenantDb, claim: Claim, verdict: Verdict, at: datetime) -> None:
    """Keeps the endpoint's failing_since, and switches it off when the verdict says so."""
    change = update(WebhookEndpoint).where(WebhookEndpoint.id == claim.endpoint_id)
    change = change.execution_options(synchronize_session=False)
    if verdict.outcome is Outcome.DELIVERED:
        if claim.failing_since is not None:
            await db.execute(change.values(failing_since=None))
    elif claim.failing_since is None:
        await db.execute(change.where(WebhookEndpoint.failing_since.is_(None)).values(failing_since=at))
    if verdict.disable is not None:
        off = change.where(WebhookEndpoint.enabled).returning(WebhookEndpoint.id)
        switched = await db.scalar(off.values(enabled=False, disabled_at=at, disabled_reason=verdict.disable))
        if switched is not None:
            await queries.stop_open_deliveries(db, claim.endpoint_id, DeliveryStatus.FAILED, "endpoint_disabled")
            audit(db, SYSTEM, at, "webhook_endpoint.disabled", claim.endpoint_id, after={"reason": verdict.disable})
