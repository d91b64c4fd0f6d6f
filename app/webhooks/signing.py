"""Signatures after Standard Webhooks: `whsec_` secrets, HMAC-SHA256 over id, time and body.

A receiver checks them with any of the public libraries; so does our demo receiver.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from standardwebhooks import Webhook

SECRET_PREFIX = "whsec_"  # noqa: S105  # what every secret begins with, not a secret
SECRET_BYTES = 32


def new_secret(randomness: bytes) -> str:
    """A fresh signing secret from 32 random bytes. Raises ValueError for another length."""
    if len(randomness) != SECRET_BYTES:
        raise ValueError(f"a secret is made of {SECRET_BYTES} bytes, not {len(randomness)}")
    return SECRET_PREFIX + base64.b64encode(randomness).decode("ascii")


def webhook_id(message_id: UUID) -> str:
    """The message's name on the wire: the same on every attempt and at every endpoint."""
    return f"msg_{message_id.hex}"


def signed_headers(message_id: UUID, at: datetime, body: str, secrets: Sequence[str]) -> dict[str, str]:
    """Headers to send with `body`. One signature a secret, the newest first; `at` is now, aware, in UTC.

    Raises ValueError without a secret: an unsigned message is never sent.
    """
    if not secrets:
        raise ValueError("a message needs at least one secret")
    name = webhook_id(message_id)
    signatures = " ".join(Webhook(secret).sign(name, at, body) for secret in secrets)
    return {
        "webhook-id": name,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": signatures,
    }
