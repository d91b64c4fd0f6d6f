"""Secrets we hand out and later recognise: session tokens and API keys. Only a hash of either is ever stored.

Both carry at least 190 random bits, so a plain SHA-256 is the right hash: there is nothing to guess and nothing to
slow down. An API key reads `otk_live_` + 12 public characters + 32 secret ones + 6 of checksum; the public part
finds the row, the checksum tells a mistyped or cut key from an unknown one without asking the database.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
import string
import zlib
from dataclasses import dataclass

KEY_BRAND = "otk_live_"
PREFIX_LENGTH = 12
SECRET_LENGTH = 32
CHECKSUM_LENGTH = 6
KEY_PATTERN = re.compile(
    rf"{KEY_BRAND}(?P<prefix>[0-9A-Za-z]{{{PREFIX_LENGTH}}})(?P<secret>[0-9A-Za-z]{{{SECRET_LENGTH}}})"
    rf"(?P<checksum>[0-9A-Za-z]{{{CHECKSUM_LENGTH}}})"
)

_ALPHABET = string.digits + string.ascii_uppercase + string.ascii_lowercase
_SESSION_BYTES = 32
_MAX_TOKEN_LENGTH = 200


@dataclass(frozen=True)
class ApiKey:
    """A well-formed key. `prefix` is public and unique; `text` is shown to its owner once and never stored."""

    prefix: str
    text: str

    @property
    def secret_hash(self) -> str:
        """What the database keeps: 64 hexadecimal digits."""
        return hash_token(self.text)

    def __repr__(self) -> str:
        return f"ApiKey({KEY_BRAND}{self.prefix}…)"  # a key in a traceback or a log would be a leaked key


def new_api_key() -> ApiKey:
    """A fresh key from the system's random source."""
    prefix, secret = _random(PREFIX_LENGTH), _random(SECRET_LENGTH)
    return ApiKey(prefix, f"{KEY_BRAND}{prefix}{secret}{_checksum(prefix + secret)}")


def parse_api_key(text: str) -> ApiKey | None:
    """The key written in `text`; None when it is not one of ours, was cut, or was mistyped."""
    found = KEY_PATTERN.fullmatch(text)
    if found is None or _checksum(found["prefix"] + found["secret"]) != found["checksum"]:
        return None
    return ApiKey(found["prefix"], text)


def new_session_token() -> str:
    """A fresh session token, 43 URL-safe characters, 256 random bits."""
    return secrets.token_urlsafe(_SESSION_BYTES)


def hash_token(token: str) -> str:
    """What is stored of a token or key: SHA-256, 64 hexadecimal digits."""
    return hashlib.sha256(token.encode("utf-8", "surrogateescape")).hexdigest()


def token_matches(token: str, stored_hash: str) -> bool:
    """Whether `stored_hash` is the hash of `token`, in a time that says nothing about either."""
    if len(token) > _MAX_TOKEN_LENGTH:
        return False
    return hmac.compare_digest(hash_token(token).encode(), stored_hash.encode())


def _random(length: int) -> str:
    return "".join(secrets.choice(_ALPHABET) for _ in range(length))


def _checksum(text: str) -> str:
    """CRC-32 in base 62, padded: catches a typo, proves nothing (the hash does)."""
    number, digits = zlib.crc32(text.encode()), ""
    for _ in range(CHECKSUM_LENGTH):
        number, digit = divmod(number, len(_ALPHABET))
        digits = _ALPHABET[digit] + digits
    return digits
