"""Decisions about names and addresses."""

from __future__ import annotations

import re
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from app.errors import InvalidInput

_SLUG = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?")
_EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s.]+(?:\.[^@\s.]+)+")


def checked_slug(value: str) -> str:
    """The slug. Raises InvalidInput unless it is 1-40 of a-z, 0-9 and inner hyphens."""
    if not _SLUG.fullmatch(value):
        raise InvalidInput(field="slug", reason="slug")
    return value


def checked_email(value: str) -> str:
    """The address in lower case. Raises InvalidInput when it cannot be one."""
    email = value.strip().lower()
    if len(email) > 254 or not _EMAIL.fullmatch(email):
        raise InvalidInput(field="email", reason="email")
    return email


def checked_zone(value: str) -> str:
    """The IANA name. Raises InvalidInput when there is no such zone."""
    try:
        ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise InvalidInput(field="zone", reason="zone", value=value) from error
    return value


def checked_name(value: str, *, field: str = "name", limit: int = 120) -> str:
    """The name without outer white space. Raises InvalidInput when it is empty or longer than `limit`."""
    name = value.strip()
    if not name:
        raise InvalidInput(field=field, reason="required")
    if len(name) > limit:
        raise InvalidInput(field=field, reason="too_long", limit=limit)
    return name
