"""Buckets in a real Valkey: they fill, they refill, they are charged together, and they never open by accident."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from uuid import uuid4

import pytest
from redis.asyncio import Redis

from app.errors import LimitUnreadable, TooManyRequests
from app.security.rate_limit import Charge, Limit, RateLimiter, account_subject, address_subject
from app.security.sign_in_limit import EVERYWHERE, SignInLimit
from tests.conftest import PATIENCE

pytestmark = pytest.mark.integration

HOUR = timedelta(hours=1)


@pytest.fixture
async def redis(redis_url: str) -> AsyncIterator[Redis]:
    client = Redis.from_url(redis_url)
    yield client
    await client.aclose()


def limiter_of(redis: Redis) -> RateLimiter:
    """One that waits for a busy Valkey."""
    return RateLimiter(redis, timeout=PATIENCE)


def charge(quota: int, window: timedelta = HOUR) -> Charge:
    """A charge of a subject that no other test uses."""
    return Charge(Limit("test", quota, window), uuid4().hex)


async def test_a_full_bucket_gives_its_quota_and_then_says_when_the_next_one_comes(redis: Redis) -> None:
    limiter, one = limiter_of(redis), charge(4)
    standings = [(await limiter.take(one)).standings[0] for _ in range(4)]
    assert [standing.remaining for standing in standings] == [3, 2, 1, 0]
    refused = await limiter.take(one)
    assert not refused.allowed
    assert timedelta(minutes=14) < refused.retry_after <= timedelta(minutes=15)
    with pytest.raises(TooManyRequests) as error:
        refused.require()
    assert int(refused.headers()["Retry-After"]) == error.value.facts["seconds"] == pytest.approx(900, abs=60)


async def test_it_refills_evenly(redis: Redis) -> None:
    limiter, one = limiter_of(redis), charge(4)
    assert [(await limiter.take(one)).allowed for _ in range(5)] == [True] * 4 + [False]
    for passed, allowed in ((timedelta(minutes=14), 0), (timedelta(minutes=15), 1), (timedelta(minutes=20), 2)):
        await passes(redis, one, passed)
        assert [(await limiter.take(one)).allowed for _ in range(3)] == [True] * allowed + [False] * (3 - allowed)


async def passes(redis: Redis, one: Charge, time: timedelta) -> None:
    """Moves a bucket into the past, where it would be after this time."""
    (key,) = await redis.keys(f"*{one.subject}")
    await redis.decrby(key, int(time.total_seconds() * 1_000_000))


async def test_a_refusal_by_one_limit_charges_none(redis: Redis) -> None:
    limiter, narrow, wide = limiter_of(redis), charge(1), charge(10)
    assert (await limiter.take(narrow, wide)).allowed
    for _ in range(5):
        assert not (await limiter.take(narrow, wide)).allowed
    assert (await limiter.take(wide)).standings[0].remaining == 8


async def test_the_count_is_exact_when_everybody_comes_at_once(redis: Redis, redis_url: str) -> None:
    other = Redis.from_url(redis_url)
    limiters, one = (limiter_of(redis), limiter_of(other)), charge(20)
    answers = await asyncio.gather(*(limiters[n % 2].take(one) for n in range(100)))
    await other.aclose()
    assert sum(answer.allowed for answer in answers) == 20


async def test_what_is_given_back_can_be_taken_again_and_no_more(redis: Redis) -> None:
    limiter, one = limiter_of(redis), charge(2)
    await limiter.give_back(one)  # of an untouched bucket: nothing to give
    assert [(await limiter.take(one)).allowed for _ in range(3)] == [True, True, False]
    await limiter.give_back(one)
    assert [(await limiter.take(one)).allowed for _ in range(2)] == [True, False]


async def test_a_bucket_is_forgotten_once_it_is_full_again(redis: Redis) -> None:
    one = charge(2)
    await limiter_of(redis).take(one)
    lifetimes = [await redis.pttl(key) for key in await redis.keys(f"*{one.subject}")]
    assert len(lifetimes) == 1
    assert 0 < lifetimes[0] <= 30 * 60_000 + 2_000


async def test_an_unreadable_limit_lets_nothing_through() -> None:
    nowhere = Redis.from_url("redis://127.0.0.1:1/0")
    limiter = RateLimiter(nowhere, timeout=PATIENCE)
    with pytest.raises(LimitUnreadable):
        await limiter.take(charge(100))
    with pytest.raises(LimitUnreadable):
        await SignInLimit(limiter, attempts=5, window=HOUR).count(email="a@example.com", address="77.88.8.8")
    await nowhere.aclose()


async def test_a_redis_that_hangs_is_not_waited_for() -> None:
    connections = []

    async def hang(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connections.append(writer)
        await reader.read()

    server = await asyncio.start_server(hang, "127.0.0.1", 0)
    silent = Redis(port=server.sockets[0].getsockname()[1])
    with pytest.raises(LimitUnreadable):
        await RateLimiter(silent, timeout=timedelta(milliseconds=200)).take(charge(100))
    await silent.aclose()
    for writer in connections:
        writer.close()
    server.close()


async def test_sign_in_is_counted_for_the_account_from_one_network(redis: Redis) -> None:
    limit, email = SignInLimit(limiter_of(redis), attempts=3, window=HOUR), f"{uuid4().hex}@example.com"
    for n in range(3):
        await limit.count(email=email, address=f"77.88.8.{n}")
    with pytest.raises(TooManyRequests):  # another host beside them
        await limit.count(email=email.upper(), address="77.88.8.99")
    await limit.count(email=email, address="77.88.9.1")  # the person at home is not locked out


async def test_sign_in_is_counted_for_the_account_from_anywhere_far_more_loosely(redis: Redis) -> None:
    limit, email = SignInLimit(limiter_of(redis), attempts=3, window=HOUR), f"{uuid4().hex}@example.com"
    for n in range(3 * EVERYWHERE):
        await limit.count(email=email, address=f"77.89.{n}.1")
    with pytest.raises(TooManyRequests):
        await limit.count(email=email.upper(), address="77.89.99.1")
    await limit.count(email=f"{uuid4().hex}@example.com", address="77.89.100.1")


async def test_sign_in_is_counted_for_the_address_over_all_accounts(redis: Redis) -> None:
    limit, network = SignInLimit(limiter_of(redis), attempts=3, window=HOUR), uuid4().hex[:4]
    for n in range(3):
        await limit.count(email=f"{uuid4().hex}@example.com", address=f"2a02:6b8:{network}:1::{n}")
    with pytest.raises(TooManyRequests):  # another host of the same subscriber
        await limit.count(email=f"{uuid4().hex}@example.com", address=f"2a02:6b8:{network}:1:9::9")
    await limit.count(email=f"{uuid4().hex}@example.com", address=f"2a02:6b8:{network}:2::1")


async def test_a_successful_sign_in_buys_no_further_guesses(redis: Redis) -> None:
    limit, address = SignInLimit(limiter_of(redis), attempts=3, window=HOUR), f"2a02:6b8:{uuid4().hex[:4]}:7::1"
    own, victim = f"{uuid4().hex}@example.com", f"{uuid4().hex}@example.com"
    for _ in range(3):
        await limit.count(email=victim, address=address)
        with_success = SignInLimit(limiter_of(redis), attempts=100, window=HOUR)
        await with_success.count(email=own, address="77.88.8.8")
        await with_success.succeeded(email=own, address="77.88.8.8")
    with pytest.raises(TooManyRequests):
        await limit.count(email=victim, address=address)


def test_subjects_hold_no_personal_data_and_no_way_around() -> None:
    assert "olga" not in account_subject("Olga@Example.com")
    assert account_subject(" Olga@Example.com ") == account_subject("olga@example.com")
    assert address_subject("::ffff:77.88.8.8") == address_subject("77.88.8.8")
    assert address_subject("2a02:6b8::1") == address_subject("2a02:6b8::2") != address_subject("2a02:6b8:0:1::1")
    assert address_subject("not an address") == "unknown"
