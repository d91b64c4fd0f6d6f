"""Keeps keys out of logs: whatever a library or a traceback prints, our own secrets are cut to their public part."""

from __future__ import annotations

import logging
import re

from app.security.tokens import KEY_BRAND, PREFIX_LENGTH

# A cut or mistyped key is still most of a key, so these match more than a well-formed one.
_API_KEY = re.compile(rf"({KEY_BRAND}[0-9A-Za-z]{{0,{PREFIX_LENGTH}}})[0-9A-Za-z]*")
_WEBHOOK_SECRET = re.compile(r"(whsec_)[0-9A-Za-z+/=_-]+")
_COOKIE = re.compile(r"(__Host-[\w-]+=)[^;\s\"']+")
_PASSWORD_IN_URL = re.compile(r"([a-z][a-z0-9+.-]*://[^/\s:@]*:)[^@/\s]+(?=@)", re.IGNORECASE)
_PATTERNS = (_API_KEY, _WEBHOOK_SECRET, _COOKIE, _PASSWORD_IN_URL)


def redact(text: str) -> str:
    """`text` with API keys, webhook secrets, our cookies and passwords in URLs replaced by `…`."""
    for pattern in _PATTERNS:
        text = pattern.sub(r"\1…", text)
    return text


def redact_logs() -> None:
    """Puts the redaction before every handler of the root logger; again is no change. For a program, at its start."""
    for handler in logging.getLogger().handlers:
        if not isinstance(handler.formatter, RedactingFormatter):
            handler.setFormatter(RedactingFormatter(handler.formatter or logging.Formatter()))


class RedactingFormatter(logging.Formatter):
    """Wraps any formatter: message, arguments and traceback are redacted after they were put together."""

    def __init__(self, inner: logging.Formatter) -> None:
        super().__init__()
        self._inner = inner

    def format(self, record: logging.LogRecord) -> str:
        return redact(self._inner.format(record))
