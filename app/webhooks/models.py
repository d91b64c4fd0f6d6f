"""Webhook endpoints, messages and their deliveries. Rows only."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Json, TenantBase, enum, tenant_fk


class DeliveryStatus(StrEnum):
    """PENDING until next_at, SENDING while a worker holds the claim, then one of the others."""

    PENDING = "pending"
    SENDING = "sending"
    DELIVERED = "delivered"
    FAILED = "failed"
    CANCELLED = "cancelled"


class WebhookEndpoint(TenantBase):
    """An address of the company that is told what happened."""

    __tablename__ = "webhook_endpoint"

    url: Mapped[str]
    description: Mapped[str | None]
    sealed_secret: Mapped[str]
    previous_sealed_secret: Mapped[str | None]
    """The secret before a rotation; it signs too until previous_secret_until."""
    previous_secret_until: Mapped[datetime | None]
    event_types: Mapped[list[str]]
    """Event types it wants; empty: all."""
    enabled: Mapped[bool] = mapped_column(server_default="true")
    disabled_at: Mapped[datetime | None]
    disabled_reason: Mapped[str | None]
    failing_since: Mapped[datetime | None]
    """First failure after the last success."""


class WebhookMessage(TenantBase):
    """One event as it is announced; its id is the `webhook-id` of every delivery."""

    __tablename__ = "webhook_message"
    __table_args__ = (
        tenant_fk("call_id", "call.id"),
        UniqueConstraint("company_id", "dedupe_key"),
        Index(None, "company_id", "call_id"),
    )

    type: Mapped[str]
    call_id: Mapped[UUID | None]
    dedupe_key: Mapped[str]
    """The same happening gives the same key, so it is announced once."""
    payload: Mapped[str]
    """The exact body that is signed and sent."""


class WebhookDelivery(TenantBase):
    """A message on its way to one endpoint."""

    __tablename__ = "webhook_delivery"
    __table_args__ = (
        tenant_fk("message_id", "webhook_message.id"),
        tenant_fk("endpoint_id", "webhook_endpoint.id"),
        UniqueConstraint("company_id", "message_id", "endpoint_id"),
        Index(None, "company_id", "endpoint_id", "id"),
        Index("ix_webhook_delivery_due", "next_at", postgresql_where="status in ('pending', 'sending')"),
    )

    message_id: Mapped[UUID]
    endpoint_id: Mapped[UUID]
    status: Mapped[DeliveryStatus] = mapped_column(enum(DeliveryStatus))
    attempts: Mapped[int] = mapped_column(server_default="0")
    next_at: Mapped[datetime | None]
    claimed_until: Mapped[datetime | None]
    last_status: Mapped[int | None]
    last_error: Mapped[str | None]
    delivered_at: Mapped[datetime | None]


class DeliveryAttempt(TenantBase):
    """One request and its answer."""

    __tablename__ = "delivery_attempt"
    __table_args__ = (
        tenant_fk("delivery_id", "webhook_delivery.id"),
        UniqueConstraint("company_id", "delivery_id", "n"),
    )

    delivery_id: Mapped[UUID]
    n: Mapped[int]
    at: Mapped[datetime]
    duration_ms: Mapped[int]
    status_code: Mapped[int | None]
    error: Mapped[str | None]
    """A code of the webhooks room when there was no answer: timeout, refused, ..."""
    response_excerpt: Mapped[str | None]


class DemoInboxRow(TenantBase):
    """What the demo receiver of the embedded installation got."""

    __tablename__ = "demo_inbox"

    received_at: Mapped[datetime]
    webhook_id: Mapped[str]
    type: Mapped[str]
    headers: Mapped[Json]
    body: Mapped[str]
    signature_ok: Mapped[bool]
    problem: Mapped[str | None]
