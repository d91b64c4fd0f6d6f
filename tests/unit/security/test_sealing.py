"""Secrets at rest: only the installation's key opens them, only in their own place, and keys can be rotated."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.security.sealing import SealBroken, Sealer, derive_key

pytestmark = pytest.mark.unit

OLD, NEW = b"o" * 32, b"n" * 32
sealer = Sealer({"k1": OLD}, "k1")


@given(st.text(max_size=300))
def test_what_was_sealed_opens_again(secret: str) -> None:
    sealed = sealer.seal(secret, context="webhook_endpoint:1")
    assert sealed.isascii()
    assert sealed.isprintable()
    assert sealer.open(sealed, context="webhook_endpoint:1") == secret


def test_the_same_secret_is_sealed_differently_each_time_and_not_readable() -> None:
    texts = {sealer.seal("whsec_abcdef", context="c") for _ in range(50)}
    assert len(texts) == 50
    for text in texts:
        assert b"whsec" not in base64.urlsafe_b64decode(text.split(".")[2])


@given(position=st.integers(0, 10_000), bit=st.integers(0, 7))
def test_every_changed_bit_is_noticed(position: int, bit: int) -> None:
    scheme, key_id, text = sealer.seal("whsec_abcdef", context="c").split(".")
    blob = bytearray(base64.urlsafe_b64decode(text))
    blob[position % len(blob)] ^= 1 << bit
    with pytest.raises(SealBroken):
        sealer.open(f"{scheme}.{key_id}.{base64.urlsafe_b64encode(bytes(blob)).decode()}", context="c")


def test_a_sealed_text_moved_to_another_row_does_not_open() -> None:
    with pytest.raises(SealBroken):
        sealer.open(sealer.seal("s", context="webhook_endpoint:1"), context="webhook_endpoint:2")


def test_another_installation_cannot_open_it() -> None:
    with pytest.raises(SealBroken):
        Sealer({"k1": NEW}, "k1").open(sealer.seal("s", context="c"), context="c")


@pytest.mark.parametrize("text", ["", "s1.k1", "s1.k1.", "s1.k1.!!!", "s1.k1.AAAA", "s2.k1." + "A" * 120, "я.k1.A"])
def test_what_is_no_sealed_text_is_refused(text: str) -> None:
    with pytest.raises(SealBroken):
        sealer.open(text, context="c")


def test_after_a_rotation_old_texts_open_while_the_old_key_is_there() -> None:
    sealed = sealer.seal("s", context="c")
    rotated = Sealer({"k1": OLD, "k2": NEW}, "k2")
    assert rotated.open(sealed, context="c") == "s"
    with pytest.raises(SealBroken):
        Sealer({"k2": NEW}, "k2").open(sealed, context="c")


def test_a_key_that_is_too_short_or_missing_is_not_used() -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        Sealer({"k1": b"short"}, "k1")
    with pytest.raises(ValueError, match="no key"):
        Sealer({"k1": OLD}, "k2")


def test_keys_are_not_printed() -> None:
    assert "oooo" not in repr(sealer)


def test_each_purpose_and_each_installation_has_a_key_of_its_own() -> None:
    keys = [derive_key(OLD, "csrf"), derive_key(OLD, "seal"), derive_key(NEW, "seal")]
    assert len(set(keys)) == 3
    assert all(len(key) == 32 for key in keys)
    assert derive_key(OLD, "seal") == keys[1]
