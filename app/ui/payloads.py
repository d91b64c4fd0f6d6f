"""What was sent to a receiver, as a page shows it: on many lines, and without phone numbers for those who need none."""

from __future__ import annotations

import json
import re

from app.ui.formats import Formats

Json = dict[str, "Json"] | list["Json"] | str | int | float | bool | None

_PHONE = re.compile(r"(?<![\w-])(?!\d{4}-\d\d-\d\d)\+?\d(?:[ \u00a0()\-]{0,2}\d){9,14}(?![\w-])")
"""Ten to fifteen digits as people write phones; a date, a time and an id are none."""
_E164 = re.compile(r"\+\d{6,15}(?!\d)")
_HIDDEN = "•••"
_SWELL = 4
"""How much longer than it came a body may be shown; brackets in brackets swell without end."""


def readable(body: str, formats: Formats) -> str:
    """JSON on many lines, anything else as it came."""
    try:
        parsed: Json = json.loads(body)
        if formats.masked:
            parsed = _masked(parsed, formats)
        shown = json.dumps(parsed, ensure_ascii=False, indent=2)
    except (ValueError, RecursionError):  # not JSON, or not for showing
        shown = ""
    if not shown or len(shown) > _SWELL * len(body) + 1_000:
        shown = without_phones(body, formats)
    # Half a character, which JSON can name and UTF-8 cannot, is shown by its name.
    return shown.encode("utf-8", "backslashreplace").decode()


def without_phones(text: str, formats: Formats) -> str:
    """The text with its phone numbers masked, if the reader has no need of them."""
    return _mask(text, formats) if formats.masked else text


def _masked(value: Json, formats: Formats, *, phone: bool = False) -> Json:
    """`phone`: strings here are phones, however they are written."""
    match value:
        case dict():
            known = phone or value.get("type") == "phone"
            return {
                key: _masked(inner, formats, phone=_is_phone(key, known=known, inside=phone))
                for key, inner in value.items()
            }
        case list():
            return [_masked(inner, formats, phone=phone) for inner in value]
        case str():
            shown = _mask(value, formats)
            return _HIDDEN if phone and value and shown == value else shown
        case int() | float() if phone:
            return _HIDDEN
        case _:
            return value


def _is_phone(key: str, *, known: bool, inside: bool) -> bool:
    """Whether what stands under `key` is a phone: a caller, or what a field of type phone holds."""
    return key in ("caller", "phone") or (known and (key in ("value", "raw", "history") or inside))


def _mask(text: str, formats: Formats) -> str:
    return _E164.sub(_dots, _PHONE.sub(lambda found: _one(found, formats), text))


def _one(found: re.Match[str], formats: Formats) -> str:
    shown = formats.phone(found[0])
    return shown if shown != found[0] else _dots(found)


def _dots(found: re.Match[str]) -> str:
    """All digits but the last two."""
    return re.sub(r"\d", "•", found[0][:-2]) + found[0][-2:]
