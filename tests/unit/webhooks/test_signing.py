"""What we sign, the public Standard Webhooks library accepts."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from app.webhooks.events import EventType, envelope
from app.webhooks.signing import new_secret, signed_headers, webhook_id

pytestmark = pytest.mark.unit

MESSAGE = UUID("0192f3a0-0000-7000-8000-000000000001")
OLD, NEW, OTHER = (new_secret(bytes([n]) * 32) for n in (1, 2, 3))


@pytest.fixture
def body() -> str:
    return envelope(
        EventType.CALL_ANALYZED,
        datetime(2026, 11, 24, tzinfo=UTC),
        {"id": "1", "summary": "Запись на чистку"},
    )


def test_the_public_library_accepts_the_signature(body: str) -> None:
    headers = signed_headers(MESSAGE, datetime.now(UTC), body, [NEW])
    assert Webhook(NEW).verify(body, headers) == json.loads(body)


def test_during_a_rotation_both_secrets_are_accepted_and_no_other(body: str) -> None:
    headers = signed_headers(MESSAGE, datetime.now(UTC), body, [NEW, OLD])
    Webhook(NEW).verify(body, headers)
    Webhook(OLD).verify(body, headers)
    with pytest.raises(WebhookVerificationError):
        Webhook(OTHER).verify(body, headers)


@pytest.mark.parametrize("change", ["body", "id", "time"])
def test_a_changed_message_is_refused(body: str, change: str) -> None:
    headers = signed_headers(MESSAGE, datetime.now(UTC), body, [NEW])
    if change == "body":
        body = body.replace("чистку", "лечение")
    elif change == "id":
        headers["webhook-id"] = webhook_id(UUID(int=7))
    else:
        headers["webhook-timestamp"] = str(int((datetime.now(UTC) - timedelta(minutes=1)).timestamp()))
    with pytest.raises(WebhookVerificationError):
        Webhook(NEW).verify(body, headers)


def test_an_old_message_cannot_be_replayed(body: str) -> None:
    headers = signed_headers(MESSAGE, datetime.now(UTC) - timedelta(minutes=10), body, [NEW])
    with pytest.raises(WebhookVerificationError, match="too old"):
        Webhook(NEW).verify(body, headers)


def test_an_unsigned_message_is_never_made(body: str) -> None:
    with pytest.raises(ValueError, match="at least one"):
        signed_headers(MESSAGE, datetime.now(UTC), body, [])


def test_a_secret_has_the_public_prefix_and_its_whole_randomness() -> None:
    assert NEW.startswith("whsec_")
    assert len({new_secret(bytes([n]) * 32) for n in range(50)}) == 50
    with pytest.raises(ValueError, match="32 bytes"):
        new_secret(b"short")


def test_the_envelope_is_the_standard_one_and_keeps_its_letters() -> None:
    text = envelope(EventType.TEST_PING, datetime(2026, 11, 24, tzinfo=UTC), {"слово": "да"})
    assert json.loads(text) == {
        "type": "test.ping",
        "timestamp": "2026-11-24T00:00:00+00:00",
        "data": {"слово": "да"},
    }
    assert "слово" in text
