"""What an owner or editor does with an endpoint: create, change, rotate its secret, switch it, try it, delete it."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import httpx

from app.db.base import new_id
from app.db.session import TenantDb
from app.errors import InvalidInput, OutboundRefused
from app.runtime import Runtime
from app.security.sealing import Sealer
from app.settings import WebhookSettings, read
from app.tenants.actors import Actor
from app.tenants.audit import audit
from app.webhooks import messages, queries
from app.webhooks.events import SUBSCRIBABLE, EventType
from app.webhooks.models import DeliveryStatus, WebhookEndpoint
from app.webhooks.rules import SECRET_OVERLAP
from app.webhooks.signing import SECRET_BYTES, new_secret

MAX_DESCRIPTION = 200


@dataclass(frozen=True)
class CheckedUrl:
    """An address that may be called. Only `checked` makes one."""

    text: str
    only_for: UUID | None = None
    """The company whose demo receiver it is; no other may have it."""


async def checked(rt: Runtime, url: str, *, by: Actor) -> CheckedUrl:
    """The address, looked up: up to 5 s, so before the transaction that stores it is opened.

    Nothing is looked up for somebody who may not change endpoints. Raises Forbidden, OutboundRefused with the reason.
    """
    by.need("webhooks:write")
    await rt.guard.check(url)
    return CheckedUrl(url, rt.guard.demo_company(url))


async def full(db: TenantDb) -> bool:
    """Whether the company has as many endpoints as it may. Until the transaction ends nobody else adds one."""
    return await queries.count_endpoints(db) >= read(WebhookSettings).max_endpoints


async def create(
    db: TenantDb,
    rt: Runtime,
    url: CheckedUrl,
    *,
    event_types: Sequence[str] = (),
    description: str | None = None,
    by: Actor,
    at: datetime,
) -> tuple[WebhookEndpoint, str]:
    """The endpoint and its secret, which is shown once. No event types: all of them.

    Raises InvalidInput, also when the company has as many as it may; OutboundRefused for another's demo receiver.
    """
    by.need("webhooks:write")
    _own(db, url)
    if await full(db):
        raise InvalidInput(field="url", reason="too_many_endpoints", limit=read(WebhookSettings).max_endpoints)
    endpoint_id, secret = new_id(), new_secret(secrets.token_bytes(SECRET_BYTES))
    endpoint = WebhookEndpoint(
        id=endpoint_id,
        company_id=db.company_id,
        created_at=at,
        url=url.text,
        description=_description(description),
        event_types=_event_types(event_types),
        sealed_secret=rt.sealer.seal(secret, context=secret_context(endpoint_id)),
        enabled=True,
    )
    db.add(endpoint)
    audit(db, by, at, "webhook_endpoint.created", endpoint_id, after=_public(endpoint))
    await db.flush()
    return endpoint, secret


async def update(
    db: TenantDb,
    endpoint_id: UUID,
    *,
    url: CheckedUrl | None = None,
    event_types: Sequence[str] | None = None,
    description: str | None = None,
    by: Actor,
    at: datetime,
) -> WebhookEndpoint:
    """Changes what is not None; what still waits goes to the new address. Raises InvalidInput, NotFound and
    OutboundRefused for another company's demo receiver.
    """
    by.need("webhooks:write")
    endpoint = await queries.endpoint(db, endpoint_id, lock=True)
    before = _public(endpoint)
    if url is not None:
        _own(db, url)
        endpoint.url = url.text
    if event_types is not None:
        endpoint.event_types = _event_types(event_types)
    if description is not None:
        endpoint.description = _description(description)
    audit(db, by, at, "webhook_endpoint.updated", endpoint_id, before=before, after=_public(endpoint))
    await db.flush()
    return endpoint


async def enable(db: TenantDb, endpoint_id: UUID, *, by: Actor, at: datetime) -> WebhookEndpoint:
    """Switches it on again, with a clean record. What happened while it was off is not announced afterwards."""
    by.need("webhooks:write")
    endpoint = await queries.endpoint(db, endpoint_id, lock=True)
    if not endpoint.enabled:
        endpoint.enabled, endpoint.disabled_at, endpoint.disabled_reason = True, None, None
        endpoint.failing_since = None
        audit(db, by, at, "webhook_endpoint.enabled", endpoint_id)
    await db.flush()
    return endpoint


async def disable(db: TenantDb, endpoint_id: UUID, *, by: Actor, at: datetime) -> WebhookEndpoint:
    """Switches it off; what still waits for it is cancelled and can be sent again by hand."""
    by.need("webhooks:write")
    endpoint = await queries.endpoint(db, endpoint_id, lock=True)
    if endpoint.enabled:
        endpoint.enabled, endpoint.disabled_at, endpoint.disabled_reason = False, at, "person"
        await queries.stop_open_deliveries(db, endpoint_id, DeliveryStatus.CANCELLED, "endpoint_disabled")
        audit(db, by, at, "webhook_endpoint.disabled", endpoint_id, after={"reason": "person"})
    await db.flush()
    return endpoint


async def delete(db: TenantDb, endpoint_id: UUID, *, by: Actor, at: datetime) -> None:
    """Removes the endpoint with its deliveries and their log; the messages stay."""
    by.need("webhooks:write")
    endpoint = await queries.endpoint(db, endpoint_id, lock=True)
    audit(db, by, at, "webhook_endpoint.deleted", endpoint_id, before=_public(endpoint))
    await db.delete(endpoint)
    await db.flush()


async def rotate(db: TenantDb, rt: Runtime, endpoint_id: UUID, *, by: Actor, at: datetime) -> str:
    """A new secret, shown once. The old one signs beside it for 24 h, so a receiver can change over without a gap."""
    by.need("webhooks:write")
    endpoint = await queries.endpoint(db, endpoint_id, lock=True)
    secret = new_secret(secrets.token_bytes(SECRET_BYTES))
    endpoint.previous_sealed_secret = endpoint.sealed_secret
    endpoint.previous_secret_until = at + SECRET_OVERLAP
    endpoint.sealed_secret = rt.sealer.seal(secret, context=secret_context(endpoint_id))
    audit(db, by, at, "webhook_endpoint.secret_rotated", endpoint_id)
    await db.flush()
    return secret


async def send_test(db: TenantDb, endpoint_id: UUID, *, by: Actor, at: datetime) -> UUID:
    """Sends a test event to this endpoint alone, also when it is switched off for everything else. The message's id."""
    by.need("webhooks:write")
    await queries.endpoint(db, endpoint_id)
    message_id = await messages.announce(
        db,
        EventType.TEST_PING,
        {"endpoint": str(endpoint_id), "sent_by": by.kind.value},
        dedupe_key=f"test:{new_id()}",
        happened_at=at,
        at=at,
        only=[endpoint_id],
    )
    if message_id is None:
        raise RuntimeError("a fresh id was used before")
    audit(db, by, at, "webhook_endpoint.tested", endpoint_id)
    await db.flush()
    return message_id


async def forget_old_secret(db: TenantDb, endpoint_id: UUID, *, at: datetime) -> None:
    """Removes the secret before the last rotation once it no longer signs. Doing it twice is safe."""
    endpoint = await queries.endpoint(db, endpoint_id, lock=True)
    if endpoint.previous_secret_until is not None and endpoint.previous_secret_until <= at:
        endpoint.previous_sealed_secret = endpoint.previous_secret_until = None
    await db.flush()


def secret_context(endpoint_id: UUID) -> str:
    """What a sealed secret is bound to: copied to another endpoint's row it does not open."""
    return f"webhook_endpoint:{endpoint_id}"


def signing_secrets(sealer: Sealer, endpoint: WebhookEndpoint, at: datetime) -> list[str]:
    """The secrets that sign at this moment, the newest first. Raises SealBroken when the installation's key changed."""
    context = secret_context(endpoint.id)
    found = [sealer.open(endpoint.sealed_secret, context=context)]
    if endpoint.previous_sealed_secret and endpoint.previous_secret_until and at < endpoint.previous_secret_until:
        found.append(sealer.open(endpoint.previous_sealed_secret, context=context))
    return found


def _own(db: TenantDb, url: CheckedUrl) -> None:
    if url.only_for not in (None, db.company_id):
        raise OutboundRefused(reason="loopback", host=httpx.URL(url.text).host)


def _event_types(names: Sequence[str]) -> list[str]:
    known = {kind.value for kind in SUBSCRIBABLE}
    for name in names:
        if name not in known:
            raise InvalidInput(field="event_types", reason="event_type", value=name)
    return sorted(set(names))


def _description(text: str | None) -> str | None:
    text = (text or "").strip()
    if len(text) > MAX_DESCRIPTION:
        raise InvalidInput(field="description", reason="too_long", limit=MAX_DESCRIPTION)
    return text or None


def _public(endpoint: WebhookEndpoint) -> dict[str, object]:
    return {"url": endpoint.url, "description": endpoint.description, "event_types": list(endpoint.event_types)}
