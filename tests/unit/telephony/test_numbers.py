"""Numbers as bridges and providers write them."""

from __future__ import annotations

import pytest

from app.telephony.numbers import e164

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    "dialled", ["+74951234567", "74951234567", "84951234567", "8 (495) 123-45-67", "+7 495 1234567"]
)
def test_one_number_however_it_is_written(dialled: str) -> None:
    assert e164(dialled) == "+74951234567"


@pytest.mark.parametrize(
    ("dialled", "number"), [("442071234567", "+442071234567"), ("810375291234567", "+375291234567")]
)
def test_a_number_from_abroad_stays_abroad(dialled: str, number: str) -> None:
    assert e164(dialled) == number


@pytest.mark.parametrize("dialled", [None, "", "anonymous", "883140012345678", "+883140012345678", "112", "sip:anna"])
def test_hidden_callers_and_accounts_have_none(dialled: str | None) -> None:
    assert e164(dialled) is None
