"""A webhook delivery as people read it: state with its colour, the answer, what comes next."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import urlsplit
from uuid import UUID

from app.i18n import translate
from app.ui.visits import Entry
from app.webhooks.models import DeliveryStatus, WebhookDelivery, WebhookEndpoint, WebhookMessage
from app.webhooks.rules import SCHEDULE

SOON = timedelta(seconds=30)
ATTEMPTS_MAX = len(SCHEDULE) + 1
TONES = {
    DeliveryStatus.DELIVERED: "good",
    DeliveryStatus.FAILED: "bad",
    DeliveryStatus.CANCELLED: "",
    DeliveryStatus.PENDING: "info",
    DeliveryStatus.SENDING: "info",
}


@dataclass(frozen=True)
class DeliveryView:
    """One message on its way to one endpoint."""

    id: UUID
    endpoint_id: UUID
    message_id: UUID
    type: str
    state: str
    tone: str
    last_status: int | None
    detail: str
    may_resend: bool
    soon: bool
    """Whether it is about to change by itself."""


def delivery_view(
    entry: Entry, row: WebhookDelivery, message: WebhookMessage, endpoint: WebhookEndpoint
) -> DeliveryView:
    """The delivery in the reader's words and time."""
    waiting = row.status in (DeliveryStatus.PENDING, DeliveryStatus.SENDING)
    return DeliveryView(
        id=row.id,
        endpoint_id=row.endpoint_id,
        message_id=row.message_id,
        type=message.type,
        state=state_of(entry.lang, row),
        tone=tone_of(row),
        last_status=row.last_status,
        detail=" · ".join(part for part in _details(entry, row, endpoint) if part),
        may_resend=not waiting and row.status is not DeliveryStatus.DELIVERED,
        soon=_soon(entry, row),
    )


def _soon(entry: Entry, row: WebhookDelivery) -> bool:
    """Being sent, or due within half a minute: worth looking again. A later retry is not."""
    if row.status is DeliveryStatus.SENDING:
        return True
    return row.status is DeliveryStatus.PENDING and row.next_at is not None and row.next_at - entry.now < SOON


def state_of(lang: str, row: WebhookDelivery) -> str:
    return translate(lang, f"ui.webhooks.delivery.{row.status.value}")


def tone_of(row: WebhookDelivery) -> str:
    """Amber for one that failed and will be tried again."""
    return "warn" if row.status is DeliveryStatus.PENDING and row.attempts else TONES[row.status]


def problem_text(lang: str, code: str | None) -> str:
    """Why an attempt failed, in words; nothing when it did not."""
    return translate(lang, f"webhooks.problem.{code}") if code else ""


def endpoint_name(endpoint: WebhookEndpoint) -> str:
    """What its owner calls it, else its address."""
    return endpoint.description or short_address(endpoint.url)


def short_address(url: str) -> str:
    """Host and path: what tells endpoints apart."""
    parts = urlsplit(url)
    return f"{parts.netloc}{parts.path if parts.path != '/' else ''}"


def _details(entry: Entry, row: WebhookDelivery, endpoint: WebhookEndpoint) -> list[str]:
    lang, formats = entry.lang, entry.formats
    parts = [endpoint_name(endpoint)]
    if row.delivered_at is not None:
        parts.append(formats.seconds(row.delivered_at))
    elif row.last_error:
        parts.append(problem_text(lang, row.last_error))
    if row.attempts > 1 or (row.attempts and row.delivered_at is None):
        parts.append(translate(lang, "ui.webhooks.try_n", n=row.attempts, of=ATTEMPTS_MAX))
    if row.status is DeliveryStatus.PENDING and row.attempts and row.next_at is not None:
        parts.append(translate(lang, "ui.webhooks.next_short", at=formats.clock(row.next_at)))
    return parts
