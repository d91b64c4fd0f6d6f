"""API keys and session tokens: recognised when whole, refused when not, kept as hashes, absent from logs."""

from __future__ import annotations

import logging
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.security.redaction import RedactingFormatter, redact
from app.security.tokens import hash_token, new_api_key, new_session_token, parse_api_key, token_matches

pytestmark = pytest.mark.unit


def test_a_new_key_has_the_promised_form_and_reads_back() -> None:
    key = new_api_key()
    assert re.fullmatch(r"otk_live_[0-9A-Za-z]{50}", key.text)
    assert key.text.startswith(f"otk_live_{key.prefix}")
    assert parse_api_key(key.text) == key


def test_keys_and_tokens_never_repeat() -> None:
    assert len({new_api_key().prefix for _ in range(500)}) == 500
    assert len({new_session_token() for _ in range(500)}) == 500


@given(position=st.integers(9, 58), letter=st.sampled_from("0Az9"))
def test_one_mistyped_character_is_noticed_without_asking_the_database(position: int, letter: str) -> None:
    text = new_api_key().text
    changed = text[:position] + letter + text[position + 1 :]
    assert changed == text or parse_api_key(changed) is None


@given(st.text(max_size=80))
def test_anything_else_is_no_key(text: str) -> None:
    assert parse_api_key(text) is None
    assert parse_api_key(new_api_key().text + (text or "x")) is None


def test_only_the_hash_is_needed_to_recognise_a_key_and_it_says_nothing_about_it() -> None:
    key, other = new_api_key(), new_api_key()
    assert token_matches(key.text, key.secret_hash)
    assert not token_matches(other.text, key.secret_hash)
    assert not token_matches(key.text, "")
    assert not token_matches("x" * 1_000_000, key.secret_hash)
    assert key.text not in key.secret_hash
    assert key.prefix not in key.secret_hash


def test_a_token_with_broken_characters_is_refused_not_an_error() -> None:
    assert not token_matches("ключ\udcff", hash_token("another"))


def test_a_key_does_not_print_itself() -> None:
    key = new_api_key()
    secret = key.text[9 + 12 :]
    assert secret not in repr(key)
    assert secret not in f"{key}"


@pytest.mark.parametrize(
    ("line", "secret"),
    [
        ("Authorization: Bearer otk_live_AAAAAAAAAAAA" + "s" * 38, "s" * 38),
        ("cut key otk_live_AAAAAAAAAAAA" + "s" * 9, "s" * 9),
        ("signed with whsec_c2VjcmV0LXNlY3JldA==", "c2VjcmV0LXNlY3JldA"),
        ("cookie: a=1; __Host-otklik_session=tok-en_1; b=2", "tok-en_1"),
        ("connecting to postgresql://otklik_app:hunter22@127.0.0.1/x", "hunter22"),
    ],
)
def test_secrets_are_cut_from_a_log_line(line: str, secret: str) -> None:
    assert secret in line
    assert secret not in redact(line)


def test_secrets_in_arguments_and_tracebacks_are_cut_too() -> None:
    key = new_api_key()
    secret = key.text[9 + 12 :]
    error = ValueError(f"no such key: {key.text}")
    info = (type(error), error, None)
    record = logging.LogRecord("app", logging.ERROR, __file__, 1, "bad key %s", (key.text,), info)
    written = RedactingFormatter(logging.Formatter("%(message)s")).format(record)
    assert "ValueError" in written
    assert key.prefix in written
    assert secret not in written
