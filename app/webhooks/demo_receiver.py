"""The small receiver inside an embedded installation, so that a newcomer sees what arrives without owning a server.

It does what every receiver should: it checks the signature with the public Standard Webhooks library before it
believes a word, and answers quickly. What came is kept for the page that shows it, good or bad.
"""

from __future__ import annotations

import binascii
import json
from collections.abc import Mapping, Sequence
from urllib.parse import urlsplit
from uuid import UUID

from sqlalchemy.exc import IntegrityError
from standardwebhooks import Webhook, WebhookVerificationError

from app.db.base import new_id
from app.errors import NotFound
from app.runtime import Runtime
from app.security.outbound import DEMO_PATH
from app.webhooks import queries
from app.webhooks.endpoints import signing_secrets
from app.webhooks.models import DemoInboxRow

PATH = DEMO_PATH
"""Followed by the company's id."""

MAX_BODY = 1_000_000
"""Bytes; a longer message is refused by the edge."""
KEPT = 200
"""Newest messages with a good signature that a company's inbox holds."""
KEPT_UNSIGNED = 20
"""Newest of the others: anyone who can reach the receiver may send those."""
MAX_UNSIGNED_BODY = 8 * 1024
"""Bytes that are kept of each of them."""

_SHOWN_HEADERS = ("webhook-id", "webhook-timestamp", "webhook-signature", "content-type", "user-agent")


def address(base_url: str, company_id: UUID) -> str:
    """Where the company's receiver listens; `base_url` is the dashboard's address without a slash at the end."""
    return f"{base_url}{PATH}{company_id}"


def is_address(url: str, company_id: UUID) -> bool:
    """Whether the address leads to the company's receiver, on whatever host and port."""
    return urlsplit(url).path == f"{PATH}{company_id}"


async def receive(rt: Runtime, company_id: UUID, headers: Mapping[str, str], body: bytes) -> bool:
    """Keeps a message and says whether its signature holds: the edge answers 204 or 401.

    Raises NotFound for a company that does not exist.
    """
    sent = {name.lower(): value for name, value in headers.items()}
    try:
        async with rt.db.tenant(company_id) as db:
            ours = [found for found in await db.scalars(queries.endpoints()) if is_address(found.url, company_id)]
            secrets = [secret for found in ours for secret in signing_secrets(rt.sealer, found, rt.clock())]
            problem = check(secrets, sent, body)
            signed = problem is None
            db.add(
                DemoInboxRow(
                    id=new_id(),
                    company_id=company_id,
                    received_at=rt.clock(),
                    webhook_id=_storable(sent.get("webhook-id", "")[:200]),
                    type=_type(body),
                    headers={name: _storable(sent[name][:1_000]) for name in _SHOWN_HEADERS if name in sent},
                    body=_storable((body if signed else body[:MAX_UNSIGNED_BODY]).decode("utf-8", "replace")),
                    signature_ok=signed,
                    problem=problem,
                )
            )
            await db.flush()
            await queries.trim_demo_inbox(db, KEPT if signed else KEPT_UNSIGNED, signed=signed)
    except IntegrityError as error:
        raise NotFound from error  # the only reference of the row is its company
    return problem is None


def check(secrets: Sequence[str], headers: Mapping[str, str], body: bytes) -> str | None:
    """Why the message cannot be believed, a code of `webhooks.inbox.<code>`; None when a signature holds."""
    if not secrets:
        return "no_endpoint"
    if not all(headers.get(name) for name in ("webhook-id", "webhook-timestamp", "webhook-signature")):
        return "unsigned"
    for secret in secrets:
        try:
            Webhook(secret).verify(body, dict(headers))
        except (WebhookVerificationError, binascii.Error, ValueError, RecursionError):
            continue  # the library leaves damaged headers and bodies unguarded
        return None
    return "wrong_signature"


def _type(body: bytes) -> str:
    try:
        kind = json.loads(body.decode("utf-8", "replace"))["type"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return ""
    return _storable(kind[:100]) if isinstance(kind, str) else ""


def _storable(text: str) -> str:
    """Without what PostgreSQL cannot hold: NUL, and the half characters that JSON can name."""
    return text.replace("\x00", "").encode("utf-8", "replace").decode()
