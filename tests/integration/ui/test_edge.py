"""What a stranger or a broken neighbour can do to pages: odd addresses, forged log lines, secrets that nobody saw."""

from __future__ import annotations

import logging
import re
from dataclasses import replace

import httpx
import pytest
from redis.asyncio import Redis
from sqlalchemy import func, select

from app.asgi import create_app
from app.runtime import Runtime
from app.security.cookies import SESSION_COOKIE
from app.tenants.models import ApiKey
from app.webhooks import endpoints
from app.webhooks.models import WebhookEndpoint
from tests.integration.ui.reader import Open, Reader
from tests.support.asgi import asgi
from tests.support.world import PASSWORD, World

pytestmark = pytest.mark.integration

KEY = re.compile(r"otk_live_\w{20,}")


@pytest.fixture
async def owner(browser: Open, world: World) -> Reader:
    return await browser((await world.sign_in()).token)


@pytest.mark.parametrize(
    ("wanted", "leads_to"),
    [
        ("/Иван?q=ё", "/%D0%98%D0%B2%D0%B0%D0%BD?q=%D1%91"),
        ("/a\x1fb", "/"),
        ("/\u2028a", "/"),
        ("/\x7f", "/"),
        ("/a%20b", "/a%20b"),
    ],
)
async def test_an_odd_address_to_go_on_to_breaks_no_sign_in(
    browser: Open, world: World, wanted: str, leads_to: str
) -> None:
    reader = await browser()
    await reader.get("/sign-in")
    answer = await reader.send("/sign-in", {"email": world.email, "password": PASSWORD, "next": wanted})
    assert (answer.status_code, answer.headers["location"]) == (303, leads_to)
    again = await reader.client.get("/sign-in", params={"next": wanted})
    assert (again.status_code, again.headers["location"]) == (303, leads_to)


async def test_a_talk_leads_on_only_to_a_bot_that_there_is(owner: Reader, world: World) -> None:
    await world.bot("dental")
    await owner.get(f"/c/{world.slug}/bots/dental/try")
    page = await owner.follow(await owner.send(f"/c/{world.slug}/bots/dental/try"))
    call = page.url.params["call"]
    answer = await owner.send(f"/c/{world.slug}/bots/%D0%BD%D0%B5%D1%82%0A/try/hang-up", {"call": call})
    assert answer.status_code == 404


async def test_a_path_cannot_write_a_log_line_of_its_own(
    rt: Runtime, world: World, caplog: pytest.LogCaptureFixture
) -> None:
    away = replace(rt, redis=Redis.from_url("redis://127.0.0.1:1/0", socket_connect_timeout=1))
    headers = {"authorization": f"Bearer {await world.key()}"}
    async with httpx.AsyncClient(transport=asgi(create_app(away)), base_url="https://otklik.test") as client:
        with caplog.at_level(logging.ERROR, logger="otklik.web"):
            answer = await client.get("/api/v1/bots/x%0A2026-01-01%20ERROR%20forged", headers=headers)
    assert answer.status_code == 503
    messages = [record.getMessage() for record in caplog.records if record.name == "otklik.web"]
    assert messages
    assert not any("\n" in message for message in messages)
    await away.redis.aclose()


async def test_with_redis_away_nothing_is_made_whose_secret_nobody_saw(
    rt: Runtime, owner: Reader, world: World
) -> None:
    base = f"/c/{world.slug}"
    async with rt.db.tenant(world.company_id) as db:
        url = await endpoints.checked(rt, "https://8.8.8.8/hook", by=world.owner)
        made, _ = await endpoints.create(db, rt, url, event_types=[], by=world.owner, at=rt.clock())
    await owner.get(f"{base}/settings/keys")
    away = replace(rt, redis=Redis.from_url("redis://127.0.0.1:1/0", socket_connect_timeout=1))
    async with httpx.AsyncClient(transport=asgi(create_app(away)), base_url="https://otklik.test") as client:
        client.cookies.set(SESSION_COOKIE, owner.client.cookies[SESSION_COOKIE], domain="otklik.test")
        broken = Reader(client, None)
        broken.page = owner.page
        for path, form in (
            ("settings/keys", {"name": "CRM", "scopes": "calls:read"}),
            ("webhooks", {"url": "https://8.8.4.4/two", "events": "call.ended"}),
            (f"webhooks/{made.id}/rotate", {}),
        ):
            answer = await broken.send(f"{base}/{path}", dict(form))
            assert answer.status_code == 503, (path, answer.text)
    async with rt.db.tenant(world.company_id) as db:
        assert await db.scalar(select(func.count()).select_from(ApiKey)) == 0
        (endpoint,) = (await db.scalars(select(WebhookEndpoint))).all()
    assert endpoint.previous_sealed_secret is None
    await away.redis.aclose()


async def test_another_sign_in_neither_sees_nor_removes_a_secret(browser: Open, owner: Reader, world: World) -> None:
    path = f"/c/{world.slug}/settings/keys"
    await owner.get(path)
    answer = await owner.send(path, {"name": "CRM", "scopes": "calls:read"})
    other = await browser((await world.sign_in()).token)
    assert not KEY.search((await other.get(answer.headers["location"])).text)
    assert KEY.search((await owner.follow(answer)).text)
