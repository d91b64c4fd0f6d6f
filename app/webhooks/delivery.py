"""Deliveries: claim (commit), send, record (commit). Running it twice is safe; a killed sender's claim expires."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import httpx

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
from app.webhooks.models import DeliveryStatus, WebhookDelivery
from app.webhooks.rules import ATTEMPTS, CLAIM, Outcome, Verdict, judge, retry_after
from app.webhooks.sending import Answer, post
from app.webhooks.signing import signed_headers


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


@dataclass(frozen=True)
class Sent:
    """One attempt that is over, to be recorded."""

    claim: Claim
    answer: Answer
    verdict: Verdict
    began_at: datetime
    at: datetime


@dataclass(frozen=True)
class Sender:
    """Claims, sends and records; a lane's carrier (lanes.py). Built once in the worker."""

    rt: Runtime
    client: httpx.AsyncClient
    settings: WebhookSettings

    @classmethod
    def of(cls, rt: Runtime, settings: WebhookSettings) -> Sender:
        """A sender whose client calls only what the guard of these settings lets pass."""
        # The lanes bound what one receiver can hold; the pool must never make one wait for another, so it is far
        # larger than what slow receivers can hold together.
        limits = httpx.Limits(max_connections=4_000, max_keepalive_connections=200, keepalive_expiry=30)
        client = guarded_client(rt.guard, timeout=settings.timeout, limits=limits)
        return cls(rt, client, settings)

    async def turn(self, company_id: UUID, endpoint_id: UUID, sent: Sequence[Sent], room: int) -> list[Claim]:
        """Records attempts and claims at most `room` due deliveries of the endpoint, in one transaction."""
        async with self.rt.db.tenant(company_id) as db:
            if sent:
                await _record(db, sent)
            return await _claim(self.rt, db, room, endpoint_id=endpoint_id) if room else []

    async def send(self, claim: Claim) -> Sent:
        """One request, in no transaction."""
        began_at = self.rt.clock()
        headers = signed_headers(claim.message_id, began_at, claim.body, claim.secrets)
        answer = await post(self.client, claim.url, claim.body, headers, timeout=self.settings.timeout)
        at = self.rt.clock()
        verdict = judge(
            attempt=claim.attempt,
            status=answer.status,
            problem=answer.problem,
            wait=retry_after(answer.retry_after, at),
            failing_since=claim.failing_since,
            at=at,
            jitter=random.random(),  # noqa: S311  # spreads retries, protects nothing
        )
        return Sent(claim, answer, verdict, began_at, at)

    def well(self, sent: Sent) -> bool:
        """Whether the receiver took it."""
        return sent.verdict.outcome is Outcome.DELIVERED

    async def close(self) -> None:
        await self.client.aclose()


async def attempt(sender: Sender, company_id: UUID, delivery_id: UUID) -> Verdict | None:
    """Attempts one delivery, if it is due. None: it is not, or another sender has it."""
    async with sender.rt.db.tenant(company_id) as db:
        claims = await _claim(sender.rt, db, 1, delivery_id=delivery_id)
    if not claims:
        return None
    sent = await sender.send(claims[0])
    async with sender.rt.db.tenant(company_id) as db:
        await _record(db, [sent])
    return sent.verdict


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
    rt: Runtime, db: TenantDb, limit: int, *, endpoint_id: UUID | None = None, delivery_id: UUID | None = None
) -> list[Claim]:
    now = rt.clock()
    claims = []
    for delivery, message, endpoint in await queries.due(
        db, now, limit, endpoint_id=endpoint_id, delivery_id=delivery_id
    ):
        if delivery.attempts >= ATTEMPTS and delivery.status is DeliveryStatus.SENDING:
            _stop(delivery, "lost")  # nobody who claimed it came back to say how it went
            continue
        if not endpoint.enabled and message.type != EventType.TEST_PING:
            _stop(delivery, "endpoint_disabled")
            continue
        try:
            secrets = tuple(signing_secrets(rt.sealer, endpoint, now))
        except SealBroken:
            _stop(delivery, "secret_unreadable")
            continue
        claims.append(
            Claim(
                company_id=db.company_id,
                delivery_id=delivery.id,
                endpoint_id=endpoint.id,
                attempt=delivery.attempts + 1,
                url=endpoint.url,
                message_id=message.id,
                body=message.payload,
                secrets=secrets,
                failing_since=endpoint.failing_since,
            )
        )
    await db.flush()
    if claims:
        await queries.hold(db, [claim.delivery_id for claim in claims], until=now + CLAIM)
    return claims


def _stop(delivery: WebhookDelivery, error: str) -> None:
    """Ends a delivery that cannot be sent at all; it stays visible and can be sent again."""
    delivery.status, delivery.last_error = DeliveryStatus.FAILED, error
    delivery.next_at = delivery.claimed_until = None


async def _record(db: TenantDb, sent: Sequence[Sent]) -> None:
    """Writes attempts of one endpoint: their log, what became of the deliveries, and the endpoint's health."""
    await queries.log_attempts(db, [_log_row(one) for one in sent])
    await queries.settle(db, [_result(one) for one in sent])
    await _note_health(db, sent)


def _log_row(one: Sent) -> dict[str, object]:
    return {
        "id": new_id(),
        "company_id": one.claim.company_id,
        "created_at": one.at,
        "delivery_id": one.claim.delivery_id,
        "n": one.claim.attempt,
        "at": one.began_at,
        "duration_ms": round(one.answer.duration.total_seconds() * 1000),
        "status_code": one.answer.status,
        "error": one.verdict.error,
        "response_excerpt": one.answer.excerpt,
    }


def _result(one: Sent) -> dict[str, object]:
    delivered = one.verdict.outcome is Outcome.DELIVERED
    waiting = DeliveryStatus.FAILED if one.verdict.next_at is None else DeliveryStatus.PENDING
    return {
        "of_delivery": one.claim.delivery_id,
        "of_attempt": one.claim.attempt,
        "status": DeliveryStatus.DELIVERED if delivered else waiting,
        "next_at": one.verdict.next_at,
        "last_status": one.answer.status,
        "last_error": one.verdict.error,
        "delivered_at": one.at if delivered else None,
    }


async def _note_health(db: TenantDb, sent: Sequence[Sent]) -> None:
    """Keeps the endpoint's failing_since, and switches it off when a verdict says so.

    Any success clears it, whatever was known when the delivery was claimed: others may have noted failures since.
    """
    last = max(sent, key=lambda one: one.at)
    endpoint_id, at = last.claim.endpoint_id, last.at
    answered = any(one.verdict.outcome is Outcome.DELIVERED for one in sent)
    if answered:
        await queries.set_failing_since(db, endpoint_id, None)
    if last.verdict.outcome is not Outcome.DELIVERED:
        await queries.set_failing_since(db, endpoint_id, at)  # kept when one is noted already
    reasons = [one.verdict.disable for one in sent if one.verdict.disable is not None]
    reason = next((reason for reason in reasons if not (answered and reason == "failing")), None)
    if reason is not None and await queries.switch_off(db, endpoint_id, reason, at):
        await queries.stop_open_deliveries(db, endpoint_id, DeliveryStatus.FAILED, "endpoint_disabled")
        audit(db, SYSTEM, at, "webhook_endpoint.disabled", endpoint_id, after={"reason": reason})
