"""Secrets at rest that we must be able to read again (webhook signing secrets, provider keys), under the
installation's key: AES-256-GCM from `cryptography`, a random 96-bit nonce, and where the secret belongs as associated
data, so that a text copied to another row does not open.

The scheme's and the key's id stand in the sealed text: a new key seals from the day it is added, old texts open as
long as the old key is listed.
"""

from __future__ import annotations

import base64
import binascii
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

SCHEME = "s1"
KEY_BYTES = 32
MAX_BYTES = 64 * 1024

_NONCE_BYTES, _TAG_BYTES = 12, 16
_KEY_ID = re.compile(r"[a-z0-9]{1,16}")


class SealBroken(ValueError):
    """The sealed text was damaged, moved to another row, or its key is not among ours. Facts are in the message."""


@dataclass(frozen=True)
class Sealer:
    """Seals with `keys[current]`, opens with any of `keys`. Key ids are 1-16 of a-z0-9, keys are 32 bytes."""

    keys: Mapping[str, bytes] = field(repr=False)
    current: str

    def __post_init__(self) -> None:
        if self.current not in self.keys:
            raise ValueError(f"no key {self.current!r}")
        for key_id, key in self.keys.items():
            if not _KEY_ID.fullmatch(key_id) or len(key) != KEY_BYTES:
                raise ValueError(f"key {key_id!r}: the id is 1-16 of a-z0-9 and the key {KEY_BYTES} bytes")

    def seal(self, secret: str, *, context: str) -> str:
        """Sealed `secret`, printable ASCII. `context` names where it belongs (`webhook_endpoint:<id>`); the same
        context opens it. Raises ValueError above MAX_BYTES.
        """
        plain = secret.encode()
        if len(plain) > MAX_BYTES:
            raise ValueError("too long to seal")
        nonce = secrets.token_bytes(_NONCE_BYTES)
        body = AESGCM(self.keys[self.current]).encrypt(nonce, plain, _associated(self.current, context))
        return f"{SCHEME}.{self.current}.{base64.urlsafe_b64encode(nonce + body).decode()}"

    def open(self, sealed: str, *, context: str) -> str:
        """The secret again. Raises SealBroken when anything about it is not as it was sealed."""
        scheme, key_id, blob = _split(sealed)
        if scheme != SCHEME:
            raise SealBroken(f"unknown scheme {scheme!r}")
        if key_id not in self.keys:
            raise SealBroken(f"no key {key_id!r}")
        try:
            plain = AESGCM(self.keys[key_id]).decrypt(
                blob[:_NONCE_BYTES], blob[_NONCE_BYTES:], _associated(key_id, context)
            )
        except InvalidTag as error:
            raise SealBroken("not sealed by us for this place") from error
        return plain.decode()


def derive_key(master: bytes, purpose: str) -> bytes:
    """A key for one purpose from the installation's key (HKDF-SHA256, RFC 5869), so that no two uses share one."""
    return HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=None, info=b"otklik/" + purpose.encode()).derive(master)


def _associated(key_id: str, context: str) -> bytes:
    return f"{SCHEME}.{key_id}.{context}".encode()


def _split(sealed: str) -> tuple[str, str, bytes]:
    try:
        scheme, key_id, text = sealed.split(".")
        blob = base64.b64decode(text.encode("ascii"), altchars=b"-_", validate=True)
    except (ValueError, binascii.Error) as error:
        raise SealBroken("not a sealed text") from error
    if len(blob) < _NONCE_BYTES + _TAG_BYTES:
        raise SealBroken("cut short")
    return scheme, key_id, blob
