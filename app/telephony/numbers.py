"""Phone numbers as a bridge writes them, made comparable. Pure."""

from __future__ import annotations

import re

import phonenumbers

REGION = "RU"
"""Where a number without a country's code is from."""

_SIP_ID = re.compile(r"\+?8831\d{8,}")
"""An account of Exolve's SIP network; read as a Russian number it would become somebody else's."""


def e164(dialled: str | None) -> str | None:
    """`+74951234567` for any way of writing it; None for hidden callers, SIP accounts and what is no number."""
    number = (dialled or "").strip()
    if not number or _SIP_ID.fullmatch(number):
        return None
    digits = re.sub(r"\D", "", number)
    # The bridge drops the plus: eleven digits that begin with 7 are a whole number all the same.
    whole = number if number.startswith("+") or len(digits) < 11 or digits.startswith("8") else f"+{digits}"
    try:
        parsed = phonenumbers.parse(whole, REGION)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(parsed):
        return None
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)
