"""Secrets at rest that we must be able to read again (webhook signing secrets, provider keys), under the
installation's key.

Scheme `s1`: every message gets its own cipher and MAC key from HKDF-SHA256 over the installation's key and a random
24-byte nonce; the text is XORed with HMAC-SHA256 in counter mode and the whole, with what it belongs to, is
authenticated by HMAC-SHA256 (encrypt, then MAC). These are textbook constructions on the standard library, for
secrets of a few hundred bytes; the scheme's name is in the sealed text, so that another may follow without a flag day.
The key's id is in it too: a new key seals from the day it is added, old texts open as long as the old key is listed.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import count

SCHEME = "s1"
KEY_BYTES = 32
MAX_BYTES = 64 * 1024

_NONCE_BYTES, _TAG_BYTES = 24, 32
_KEY_ID = re.compile(r"[a-z0-9]{1,16}")


class SealBroken(ValueError):
    """The sealed text was damaged, moved to another row, or its key is not among ours. Facts are in the message."""


@dataclass(frozen=True)
class Sealer:
    """Seals with `keys[current]`, opens with any of `keys`. Key ids are 1-16 of a-z0-9, keys at least 32 bytes."""

    keys: Mapping[str, bytes] = field(repr=False)
    current: str

    def __post_init__(self) -> None:
        if self.current not in self.keys:
            raise ValueError(f"no key {self.current!r}")
        for key_id, key in self.keys.items():
            if not _KEY_ID.fullmatch(key_id) or len(key) < KEY_BYTES:
                raise ValueError(f"key {key_id!r}: the id is 1-16 of a-z0-9 and the key at least {KEY_BYTES} bytes")

    def seal(self, secret: str, *, context: str) -> str:
        """Sealed `secret`, printable ASCII. `context` names where it belongs (`webhook_endpoint:<id>`); the same
        context opens it, so a text copied to another row does not. Raises ValueError above MAX_BYTES.
        """
        plain = secret.encode()
        if len(plain) > MAX_BYTES:
            raise ValueError("too long to seal")
        nonce = secrets.token_bytes(_NONCE_BYTES)
        cipher_key, mac_key = _message_keys(self.keys[self.current], nonce)
        body = _xor_stream(cipher_key, plain)
        tag = _tag(mac_key, self.current, context, nonce, body)
        return f"{SCHEME}.{self.current}.{base64.urlsafe_b64encode(nonce + body + tag).decode()}"

    def open(self, sealed: str, *, context: str) -> str:
        """The secret again. Raises SealBroken when anything about it is not as it was sealed."""
        scheme, key_id, blob = _split(sealed)
        if scheme != SCHEME:
            raise SealBroken(f"unknown scheme {scheme!r}")
        if key_id not in self.keys:
            raise SealBroken(f"no key {key_id!r}")
        nonce, body, tag = blob[:_NONCE_BYTES], blob[_NONCE_BYTES:-_TAG_BYTES], blob[-_TAG_BYTES:]
        cipher_key, mac_key = _message_keys(self.keys[key_id], nonce)
        if not hmac.compare_digest(tag, _tag(mac_key, key_id, context, nonce, body)):
            raise SealBroken("not sealed by us for this place")
        return _xor_stream(cipher_key, body).decode()

    def is_stale(self, sealed: str) -> bool:
        """Whether `sealed` was made with an older key or scheme and should be sealed again."""
        scheme, key_id, _ = _split(sealed)
        return (scheme, key_id) != (SCHEME, self.current)


def derive_key(master: bytes, purpose: str) -> bytes:
    """A key for one purpose from the installation's key (HKDF-SHA256, RFC 5869), so that no two uses share one."""
    return _hkdf(master, salt=b"", info=b"otklik/" + purpose.encode(), length=KEY_BYTES)


def _message_keys(key: bytes, nonce: bytes) -> tuple[bytes, bytes]:
    both = _hkdf(key, salt=nonce, info=b"otklik/seal/" + SCHEME.encode(), length=2 * KEY_BYTES)
    return both[:KEY_BYTES], both[KEY_BYTES:]


def _hkdf(key: bytes, *, salt: bytes, info: bytes, length: int) -> bytes:
    extracted = hmac.digest(salt or bytes(hashlib.sha256().digest_size), key, "sha256")
    out, block = b"", b""
    for n in range(1, 256):
        block = hmac.digest(extracted, block + info + bytes([n]), "sha256")
        out += block
        if len(out) >= length:
            return out[:length]
    raise ValueError("too much key asked for")


def _xor_stream(key: bytes, data: bytes) -> bytes:
    stream = bytearray()
    for n in count():
        if len(stream) >= len(data):
            break
        stream += hmac.digest(key, n.to_bytes(8, "big"), "sha256")
    return bytes(a ^ b for a, b in zip(data, stream, strict=False))


def _tag(key: bytes, key_id: str, context: str, nonce: bytes, body: bytes) -> bytes:
    parts = (SCHEME.encode(), key_id.encode(), context.encode(), nonce, body)
    # Lengths first: otherwise bytes could move from one part into its neighbour under the same tag.
    framed = b"".join(len(part).to_bytes(8, "big") + part for part in parts)
    return hmac.digest(key, framed, "sha256")


def _split(sealed: str) -> tuple[str, str, bytes]:
    try:
        scheme, key_id, text = sealed.split(".")
        blob = base64.b64decode(text.encode("ascii"), altchars=b"-_", validate=True)
    except (ValueError, binascii.Error) as error:
        raise SealBroken("not a sealed text") from error
    if len(blob) < _NONCE_BYTES + _TAG_BYTES:
        raise SealBroken("cut short")
    return scheme, key_id, blob
