"""Passwords are hashed as promised, off the event loop, and an unknown account looks like a wrong password."""

from __future__ import annotations

import asyncio
import time
import unicodedata
from collections.abc import Iterator

import pytest
from argon2 import extract_parameters
from argon2.low_level import Type

from app.security.passwords import MAX_LENGTH, Passwords, Verdict

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


async def test_an_unknown_account_is_refused_after_the_same_work(passwords: Passwords) -> None:
    stored = await passwords.hash(GOOD)

    async def shortest(known: str | None, typed: str = "wrong one") -> float:
        times = []
        for _ in range(5):
            started = time.perf_counter()
            assert await passwords.verify(typed, known) == Verdict(ok=False)
            times.append(time.perf_counter() - started)
        return min(times)

    known, unknown, too_long = await shortest(stored), await shortest(None), await shortest(stored, "x" * 10_000)
    # A refusal without the work takes microseconds; the bound tells the two apart on a busy machine too.
    assert unknown > known / 4
    assert too_long > known / 4


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


async def test_hashing_never_holds_the_event_loop() -> None:
    passwords, gaps = Passwords(), list[float]()

    async def watch() -> None:
        while True:
            before, cpu = time.perf_counter(), time.thread_time()
            await asyncio.sleep(0.001)
            # CPU time of the loop's own thread, so that a busy machine is not mistaken for our work.
            gaps.append(min(time.perf_counter() - before - 0.001, time.thread_time() - cpu))

    watcher = asyncio.create_task(watch())
    stored = await passwords.hash(GOOD)
    verdicts = await asyncio.gather(*(passwords.verify(GOOD, stored) for _ in range(12)))
    watcher.cancel()
    passwords.close()
    assert all(verdict.ok for verdict in verdicts)
    assert len(gaps) > 20
    assert max(gaps) < 0.010
