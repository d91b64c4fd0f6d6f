"""Signing in over HTTP: one answer for every wrong try, throttled, a session that is new, bound and revocable."""

from __future__ import annotations

import asyncio
import re
import threading
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import timedelta
from random import randrange
from uuid import uuid4

import httpx
import pytest
from litestar import Litestar
from redis.asyncio import Redis
from sqlalchemy import select, update

from app.asgi import create_app
from app.errors import TooManyRequests
from app.runtime import Runtime
from app.security.cookies import SESSION_COOKIE, VISITOR_COOKIE
from app.security.csrf import CSRF_FIELD, Csrf
from app.security.rate_limit import RateLimiter
from app.security.sign_in_limit import EVERYWHERE, SignInLimit
from app.settings import WebSettings, read
from app.tenants.models import UserSession
from tests.conftest import PATIENCE
from tests.support.asgi import asgi, serving
from tests.support.work import hashings
from tests.support.world import PASSWORD, World

pytestmark = pytest.mark.integration

Open = Callable[..., Awaitable[httpx.AsyncClient]]


def new_address() -> str:
    return f"2a02:6b8:{uuid4().hex[:4]}:{uuid4().hex[:4]}::1"


@pytest.fixture
async def browser(app: Litestar) -> AsyncIterator[Open]:
    """Opens a browser at an address that no other test uses."""
    async with AsyncExitStack() as stack:

        async def make(of: Litestar = app, *, address: str | None = None) -> httpx.AsyncClient:
            transport = asgi(of, address=address or new_address())
            return await stack.enter_async_context(
                httpx.AsyncClient(transport=transport, base_url="https://otklik.test")
            )

        yield make


async def try_sign_in(client: httpx.AsyncClient, rt: Runtime, email: str, password: str) -> httpx.Response:
    """Opens the form as a person does, and sends it."""
    await client.get("/sign-in")
    binding = client.cookies.get(SESSION_COOKIE) or client.cookies[VISITOR_COOKIE]
    token = Csrf(rt.csrf_key).token(binding)
    return await client.post("/sign-in", data={"email": email, "password": password, CSRF_FIELD: token})


def seen(answer: httpx.Response, *typed: str) -> tuple[int, str]:
    """What a person, or a guesser, sees of an answer: without the tokens and what was typed."""
    text = answer.text
    for word in typed:
        text = text.replace(word, "")
    start = text.find("<main")
    return answer.status_code, text[start:].split(CSRF_FIELD)[0] if start >= 0 else text


async def test_the_right_password_opens_a_session_in_a_guarded_cookie(browser: Open, rt: Runtime, world: World) -> None:
    client = await browser()
    answer = await try_sign_in(client, rt, world.email, PASSWORD)
    assert answer.status_code == 303
    cookie = next(c for c in answer.headers.get_list("set-cookie") if c.startswith(f"{SESSION_COOKIE}="))
    for attribute in ("HttpOnly", "Secure", "SameSite=lax", "Path=/", "Max-Age="):
        assert attribute in cookie
    assert "Domain" not in cookie
    page = await client.get(f"/c/{world.slug}/")
    assert page.status_code == 200
    assert page.headers["cache-control"] == "no-store"


async def test_an_unknown_account_and_a_wrong_password_get_the_same_answer(
    browser: Open, rt: Runtime, world: World
) -> None:
    client, nobody = await browser(), f"{uuid4().hex}@example.com"
    wrong = await try_sign_in(client, rt, world.email, "not the password")
    unknown = await try_sign_in(client, rt, nobody, "not the password")
    assert seen(wrong, world.email) == seen(unknown, nobody)
    assert wrong.status_code == 422
    assert SESSION_COOKIE not in client.cookies


async def test_an_unknown_account_takes_the_same_work(
    browser: Open, rt: Runtime, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    client, done = await browser(), hashings(monkeypatch)
    for email in (world.email, f"{uuid4().hex}@example.com"):
        await try_sign_in(client, rt, email, "not the password")
    known, unknown = done
    assert known.parameters == unknown.parameters


async def test_after_too_many_failures_from_a_network_even_the_right_password_waits_there(
    browser: Open, rt: Runtime, world: World
) -> None:
    attempts = read(WebSettings).sign_in_attempts
    other = f"198.18.{randrange(256)}"
    for n in range(attempts):
        answer = await try_sign_in(await browser(address=f"{other}.{n}"), rt, world.email, f"guess number {n}")
        assert answer.status_code == 422
    refused = await try_sign_in(await browser(address=f"{other}.200"), rt, world.email, PASSWORD)
    assert refused.status_code in {422, 429}
    assert SESSION_COOKIE not in refused.headers.get("set-cookie", "")
    # The person, elsewhere, is not locked out by a stranger.
    assert (await try_sign_in(await browser(), rt, world.email, PASSWORD)).status_code == 303


async def test_an_account_is_not_guessed_from_everywhere(rt: Runtime) -> None:
    limit = SignInLimit(RateLimiter(rt.redis, timeout=PATIENCE), attempts=2, window=timedelta(minutes=10))
    email = f"{uuid4().hex}@example.com"
    for _ in range(2 * EVERYWHERE):
        await limit.count(email=email, address=new_address())
    with pytest.raises(TooManyRequests):
        await limit.count(email=email, address=new_address())


async def test_an_unknown_account_is_throttled_just_the_same(browser: Open, rt: Runtime, world: World) -> None:
    answers = []
    for email in (world.email, f"{uuid4().hex}@example.com"):
        client = await browser()
        tries = [await try_sign_in(client, rt, email, "wrong password") for _ in range(12)]
        answers.append([answer.status_code for answer in tries])
    assert answers[0] == answers[1]


async def test_when_redis_is_away_nobody_signs_in_unthrottled(browser: Open, rt: Runtime, world: World) -> None:
    away = replace(rt, redis=Redis.from_url("redis://127.0.0.1:1/0", socket_connect_timeout=1))
    async with serving(create_app(away)) as app:
        client = await browser(app)
        answer = await try_sign_in(client, rt, world.email, PASSWORD)
    assert answer.status_code == 503
    assert SESSION_COOKIE not in client.cookies
    await away.redis.aclose()


async def test_a_form_from_elsewhere_signs_nobody_in(browser: Open, rt: Runtime, world: World) -> None:
    client = await browser()
    data = {"email": world.email, "password": PASSWORD}
    assert (await client.post("/sign-in", data=data)).status_code == 403
    await client.get("/sign-in")
    stolen = Csrf(rt.csrf_key).token("another visitor")
    assert (await client.post("/sign-in", data={**data, CSRF_FIELD: stolen})).status_code == 403
    assert SESSION_COOKIE not in client.cookies


async def test_each_sign_in_is_a_new_session_and_only_its_hash_is_kept(
    browser: Open, rt: Runtime, world: World
) -> None:
    tokens = []
    client = await browser()
    for _ in range(2):
        await try_sign_in(client, rt, world.email, PASSWORD)
        tokens.append(client.cookies[SESSION_COOKIE])
    assert tokens[0] != tokens[1]
    async with rt.db.person(world.owner_id) as db:
        stored = (await db.scalars(select(UserSession.token_hash))).all()
    assert len(stored) >= 2
    assert not set(tokens) & set(stored)


async def test_a_session_that_somebody_planted_is_not_taken_over(browser: Open, rt: Runtime, world: World) -> None:
    client = await browser()
    client.cookies.set(SESSION_COOKIE, "planted-by-an-attacker", domain="otklik.test")
    answer = await try_sign_in(client, rt, world.email, PASSWORD)
    assert answer.status_code == 303
    assert "planted" not in str(answer.headers.get_list("set-cookie"))
    outsider = await browser()
    outsider.cookies.set(SESSION_COOKIE, "planted-by-an-attacker", domain="otklik.test")
    assert (await outsider.get(f"/c/{world.slug}/")).status_code == 303


async def test_signing_out_ends_the_session_wherever_its_cookie_is(browser: Open, rt: Runtime, world: World) -> None:
    client, copy = await browser(), await browser()
    await try_sign_in(client, rt, world.email, PASSWORD)
    session = client.cookies[SESSION_COOKIE]
    copy.cookies.set(SESSION_COOKIE, session, domain="otklik.test")
    assert (await copy.get(f"/c/{world.slug}/")).status_code == 200
    token = Csrf(rt.csrf_key).token(session)
    assert (await client.post("/sign-out", data={CSRF_FIELD: token})).status_code == 303
    answer = await copy.get(f"/c/{world.slug}/")
    assert (answer.status_code, answer.headers["location"].split("?")[0]) == (303, "/sign-in")


async def test_other_requests_do_not_wait_for_sign_ins(
    browser: Open, rt: Runtime, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    done = hashings(monkeypatch)
    clients = [await browser() for _ in range(4)]
    await asyncio.gather(*(try_sign_in(client, rt, world.email, "not the password") for client in clients))
    assert len(done) == 4
    assert threading.get_ident() not in {hashing.thread for hashing in done}


async def test_signing_in_again_ends_the_browser_s_older_session(browser: Open, rt: Runtime, world: World) -> None:
    client, copy = await browser(), await browser()
    await try_sign_in(client, rt, world.email, PASSWORD)
    copy.cookies.set(SESSION_COOKIE, client.cookies[SESSION_COOKIE], domain="otklik.test")
    elsewhere = await browser()
    await try_sign_in(elsewhere, rt, world.email, PASSWORD)
    await try_sign_in(client, rt, world.email, PASSWORD)
    assert (await copy.get(f"/c/{world.slug}/")).status_code == 303
    for live in (client, elsewhere):
        assert (await live.get(f"/c/{world.slug}/")).status_code == 200


async def used_before(rt: Runtime, world: World, *, signed_in: timedelta, last_used: timedelta) -> None:
    """Moves the owner's sessions into the past: when they began and when they were last used."""
    now = rt.clock()
    async with rt.db.person(world.owner_id) as db:
        await db.execute(
            update(UserSession)
            .where(UserSession.user_id == world.owner_id)
            .values(
                created_at=now - signed_in,
                last_seen_at=now - last_used,
                expires_at=now - last_used + read(WebSettings).session_ttl,
            )
        )


async def test_use_gives_the_cookie_as_long_as_the_session(browser: Open, rt: Runtime, world: World) -> None:
    client, page = await browser(), f"/c/{world.slug}/"
    await try_sign_in(client, rt, world.email, PASSWORD)
    assert "set-cookie" not in (await client.get(page)).headers
    await used_before(rt, world, signed_in=timedelta(days=20), last_used=timedelta(days=1))
    token = client.cookies[SESSION_COOKIE]
    cookie = (await client.get(page)).headers["set-cookie"]
    assert cookie.startswith(f"{SESSION_COOKIE}={token};")
    assert f"Max-Age={int(read(WebSettings).session_ttl.total_seconds())};" in cookie
    await used_before(rt, world, signed_in=timedelta(days=20), last_used=timedelta(days=1))
    left = await client.post("/sign-out", data={CSRF_FIELD: Csrf(rt.csrf_key).token(token)})
    assert [value.split(";")[0] for value in left.headers.get_list("set-cookie")] == [f'{SESSION_COOKIE}=""']


async def test_a_session_ends_after_ninety_days_of_use(browser: Open, rt: Runtime, world: World) -> None:
    client, page = await browser(), f"/c/{world.slug}/"
    await try_sign_in(client, rt, world.email, PASSWORD)
    await used_before(rt, world, signed_in=timedelta(days=89), last_used=timedelta(days=1))
    answer = await client.get(page)
    assert answer.status_code == 200
    lasts = re.search(r"Max-Age=(\d+)", answer.headers["set-cookie"])
    assert lasts
    assert timedelta(seconds=int(lasts[1])) <= timedelta(days=1)
    await used_before(rt, world, signed_in=timedelta(days=90), last_used=timedelta(days=1))
    assert (await client.get(page)).status_code == 303
