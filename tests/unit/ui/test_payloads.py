"""What was sent is shown readably, whatever it is, and without phone numbers to those who need none."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from app.ui.formats import Formats
from app.ui.payloads import readable, without_phones

pytestmark = pytest.mark.unit

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
OWNER = Formats("ru", "Europe/Moscow", NOW)
VIEWER = Formats("ru", "Europe/Moscow", NOW, masked=True)
CALL = {
    "type": "call.analyzed",
    "timestamp": "2026-11-24T09:00:00.123456+00:00",
    "data": {
        "id": "01935678-1234-7123-8123-012345678901",
        "caller": "+79261234567",
        "started_at": "2026-11-24 09:00:00",
        "fields": [
            {
                "name": "contact",
                "type": "phone",
                "value": "+79261234567",
                "raw": "девять два шесть",
                "history": [{"value": "+79161112233", "raw": "8 916 111-22-33", "turn": 3}],
                "status": "set",
            },
            {"name": "guests", "type": "number", "value": "4", "raw": "четверо", "history": []},
        ],
        "turns": [{"seq": 2, "text": "Мой номер 8 (926) 123-45-67, а жены +4930123456"}],
    },
}


def test_a_viewer_sees_no_phone_number_of_a_call() -> None:
    shown = json.loads(readable(json.dumps(CALL), VIEWER))["data"]
    assert shown["caller"] == "+7 ••• •••-••-67"
    contact, guests = shown["fields"]
    assert (contact["value"], contact["raw"]) == ("+7 ••• •••-••-67", "•••")
    assert contact["history"][0]["value"] == "+7 ••• •••-••-33"
    assert contact["history"][0]["raw"] == "• ••• •••-••-33"
    assert shown["turns"][0]["text"] == "Мой номер • (•••) •••-••-67, а жены +49 •• ••••56"
    assert guests == CALL["data"]["fields"][1]  # type: ignore[index]
    assert (shown["id"], shown["started_at"]) == (CALL["data"]["id"], CALL["data"]["started_at"])  # type: ignore[index]


def test_an_owner_sees_what_was_sent() -> None:
    assert json.loads(readable(json.dumps(CALL), OWNER)) == CALL
    assert without_phones("+79261234567", OWNER) == "+79261234567"


def test_what_is_no_json_is_masked_too() -> None:
    assert readable("caller=+79261234567&", VIEWER) == "caller=+7 ••• •••-••-67&"
    assert json.loads(readable('{"caller": 79261234567, "phone": ["ноль"]}', VIEWER)) == {
        "caller": "•••",
        "phone": ["•••"],
    }


@pytest.mark.parametrize("formats", [OWNER, VIEWER])
@pytest.mark.parametrize(
    "body", ["[" * 100_000, "[" * 900 + "]" * 900, '{"a":"\\ud800"}', '{"a": ' + "9" * 5_000 + "}", "", "nonsense"]
)
def test_no_body_breaks_the_page_or_swells_it(body: str, formats: Formats) -> None:
    shown = readable(body, formats)
    assert len(shown.encode()) <= 4 * len(body) + 1_000
    assert not body.startswith('{"a":"') or "\\ud800" in shown
