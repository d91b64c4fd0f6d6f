"""Passwords are hashed as promised, off the event loop, and an unknown account looks like a wrong password."""

from __future__ import annotations

import asyncio
import threading
import unicodedata
from collections.abc import Iterator

import pytest
from argon2 import extract_parameters
from argon2.low_level import Type

from app.security.passwords import MAX_LENGTH, Passwords, Verdict
from tests.support.work import hashings

pytestmark = pytest.mark.unit

GOOD = "верный-пароль-42"


@pytest.fixture
def passwords() -> Iterator[Passwords]:
    made = Passwords()
    yield made
    made.close()


async def test_a_hash_is_argon2id_with_at_least_the_promised_work(passwords: Passwords) -> None:
    parameters = extract_parameters(await passwords.hash(GOOD))
    assert parameters.type is Type.ID
    assert parameters.memory_cost >= 19 * 1024
    assert parameters.time_cost >= 2
    assert parameters.parallelism == 1


async def test_only_the_right_password_is_accepted(passwords: Passwords) -> None:
    stored = await passwords.hash(GOOD)
    assert await passwords.verify(GOOD, stored) == Verdict(ok=True)
    assert await passwords.verify(GOOD + "!", stored) == Verdict(ok=False)
    assert await passwords.verify("", stored) == Verdict(ok=False)


async def test_the_same_password_typed_on_another_keyboard_is_accepted(passwords: Passwords) -> None:
    stored = await passwords.hash("мой ёжик колючий")
    assert (await passwords.verify(unicodedata.normalize("NFD", "мой ёжик колючий"), stored)).ok


async def test_a_hash_with_weaker_parameters_is_upgraded_at_sign_in_and_only_then(passwords: Passwords) -> None:
    old = Passwords(memory_kib=8 * 1024, time_cost=1)
    stored = await old.hash(GOOD)
    old.close()
    assert (await passwords.verify("wrong password", stored)).upgraded is None
    verdict = await passwords.verify(GOOD, stored)
    assert verdict.ok
    assert verdict.upgraded is not None
    assert extract_parameters(verdict.upgraded).memory_cost >= 19 * 1024
    assert await passwords.verify(GOOD, verdict.upgraded) == Verdict(ok=True)


async def test_an_unknown_account_is_refused_after_the_same_work(
    passwords: Passwords, monkeypatch: pytest.MonkeyPatch
) -> None:
    stored = await passwords.hash(GOOD)
    done = hashings(monkeypatch)
    for known, typed in ((stored, "wrong one"), (None, "wrong one"), (stored, "x" * 10_000), (None, "x" * 10_000)):
        assert await passwords.verify(typed, known) == Verdict(ok=False)
    assert [one.parameters for one in done] == [extract_parameters(stored)] * 4


async def test_a_damaged_hash_lets_nobody_in(passwords: Passwords) -> None:
    for stored in ("", "!", "$argon2id$v=19$m=19456,t=2,p=1$short", "plain text"):
        assert await passwords.verify("plain text", stored) == Verdict(ok=False)


async def test_a_password_beyond_the_limit_is_not_hashed_cut(passwords: Passwords) -> None:
    longest = "x" * MAX_LENGTH
    stored = await passwords.hash(longest)
    assert (await passwords.verify(longest, stored)).ok
    assert not (await passwords.verify(longest + "y", stored)).ok
    with pytest.raises(ValueError, match="too long"):
        await passwords.hash(longest + "y")


async def test_hashing_leaves_the_event_loop_to_others(passwords: Passwords, monkeypatch: pytest.MonkeyPatch) -> None:
    stored = await passwords.hash(GOOD)
    done = hashings(monkeypatch)
    verdicts = await asyncio.gather(*(passwords.verify(GOOD, stored) for _ in range(12)))
    assert all(verdict.ok for verdict in verdicts)
    assert len(done) == 12
    assert threading.get_ident() not in {one.thread for one in done}
    assert len({one.thread for one in done}) <= 2
