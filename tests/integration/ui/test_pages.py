"""Pages as they are served: without scripts, by blocks for htmx, by role, and when something is wrong."""

from __future__ import annotations

import json
import re
from datetime import timedelta

import pytest

from app.security.tokens import hash_token, new_session_token
from app.tenants.models import Role, UserSession
from tests.integration.ui.reader import Open, Reader
from tests.support.call_rows import START, add_call, add_talk
from tests.support.world import PASSWORD, World

pytestmark = pytest.mark.integration


@pytest.fixture
async def owner(browser: Open, world: World) -> Reader:
    return await browser((await world.sign_in()).token)


async def signed_in_as(world: World, browser: Open, role: Role) -> Reader:
    """A new member of the company at a browser."""
    user_id = (await world.member(role)).id
    token, now = new_session_token(), world.rt.clock()
    assert user_id is not None
    async with world.rt.db.person(user_id) as db:
        db.add(
            UserSession(
                token_hash=hash_token(token),
                user_id=user_id,
                created_at=now,
                last_seen_at=now,
                expires_at=now + timedelta(hours=1),
            )
        )
    return await browser(token)


async def test_a_page_asked_for_before_signing_in_is_opened_after_it(browser: Open, world: World) -> None:
    reader = await browser()
    page = await reader.get(f"/c/{world.slug}/calls?q=x")
    assert page.url.path == "/sign-in"
    answer = await reader.send(
        "/sign-in", {"email": world.email, "password": PASSWORD, "next": f"/c/{world.slug}/calls?q=x"}
    )
    page = await reader.follow(answer)
    assert (page.status_code, page.url.path, page.url.query) == (200, f"/c/{world.slug}/calls", b"q=x")


async def test_signing_in_leads_nowhere_but_to_our_own_pages(browser: Open, world: World) -> None:
    for elsewhere in ("https://evil.example/", "//evil.example/", "/\\evil.example", "/a\r\nSet-Cookie: x=y"):
        reader = await browser()
        await reader.get("/sign-in")
        answer = await reader.send("/sign-in", {"email": world.email, "password": PASSWORD, "next": elsewhere})
        assert answer.headers["location"] == "/"


async def test_a_person_of_one_company_goes_straight_into_it(owner: Reader, world: World) -> None:
    assert (await owner.get("/")).url.path == f"/c/{world.slug}/"
    assert world.slug in (await owner.get("/companies")).text


async def test_signing_out_ends_the_session(owner: Reader, world: World) -> None:
    await owner.get("/me")
    page = await owner.follow(await owner.send("/sign-out"))
    assert page.url.path == "/sign-in"
    assert (await owner.get(f"/c/{world.slug}/")).url.path == "/sign-in"


async def test_language_and_theme_stay_with_the_person(browser: Open, owner: Reader, world: World) -> None:
    await owner.get("/me")
    await owner.send("/preferences", {"language": "en", "back": "/me"})
    await owner.send("/preferences", {"theme": "dark", "back": "/me"})
    elsewhere = await browser((await world.sign_in()).token)
    page = await elsewhere.get(f"/c/{world.slug}/")
    assert '<html lang="en" data-theme="dark">' in page.text


async def test_before_signing_in_the_browser_s_language_is_spoken(browser: Open) -> None:
    reader = await browser()
    assert '<html lang="en">' in (await reader.get("/sign-in", accept_language="de, en-GB;q=0.8, ru;q=0.3")).text
    assert '<html lang="ru">' in (await reader.get("/sign-in", accept_language="ru-RU,ru;q=0.9,en;q=0.5")).text


async def test_htmx_gets_the_block_its_target_names_and_nothing_else(owner: Reader, world: World) -> None:
    path = f"/c/{world.slug}/calls"
    whole = await owner.get(path)
    block = await owner.get(path, hx_request="true", hx_target="list")
    other = await owner.get(path, hx_request="true", hx_target="nobody")
    assert whole.text.startswith("<!doctype html>")
    assert block.text.strip().startswith('<div id="list"')
    assert other.text.startswith("<!doctype html>")
    assert block.headers["hx-push-url"] == path
    assert {"HX-Request", "HX-Target"} <= set(whole.headers["vary"].replace(" ", "").split(","))
    assert whole.headers["cache-control"] == "no-store"


async def test_a_session_that_ended_is_asked_for_in_place(browser: Open, owner: Reader, world: World) -> None:
    page = await owner.get(f"/c/{world.slug}/webhooks/new")
    await owner.send("/sign-out")
    owner.page = page
    answer = await owner.client.get(f"/c/{world.slug}/calls", headers={"HX-Request": "true", "HX-Target": "list"})
    assert (answer.status_code, answer.text) == (401, "")


async def test_signing_in_again_hands_the_open_page_a_new_token(owner: Reader, world: World) -> None:
    await owner.get(f"/c/{world.slug}/webhooks/new")
    again: dict[str, object] = {"email": world.email, "password": PASSWORD, "again": "1"}
    wrong = await owner.send("/sign-in", {**again, "password": "wrong"}, hx_request="true")
    assert wrong.status_code == 422
    assert "<html" not in wrong.text
    answer = await owner.send("/sign-in", again, hx_request="true")
    token = json.loads(answer.headers["hx-trigger"])["signed-in"]["csrf"]
    made = await owner.client.post(
        f"/c/{world.slug}/webhooks", data={"url": "ftp://x", "csrf_token": token, "events": "call.ended"}
    )
    assert made.status_code == 422


async def test_a_form_comes_back_with_every_error_and_what_was_typed(owner: Reader, world: World) -> None:
    await owner.get(f"/c/{world.slug}/webhooks/new")
    answer = await owner.send(f"/c/{world.slug}/webhooks", {"url": "http://10.0.0.1/hook", "description": "CRM"})
    assert answer.status_code == 422
    assert 'value="http://10.0.0.1/hook"' in answer.text
    assert 'value="CRM"' in answer.text
    assert answer.text.count('aria-invalid="true"') == 1
    assert 'href="#f-url"' in answer.text
    assert 'href="#f-events"' in answer.text


async def test_an_endpoint_on_a_private_address_is_refused_with_the_reason(owner: Reader, world: World) -> None:
    await owner.get(f"/c/{world.slug}/webhooks/new")
    answer = await owner.send(f"/c/{world.slug}/webhooks", {"url": "https://192.168.1.10/x", "events": "call.ended"})
    assert answer.status_code == 422
    assert "частную сеть" in answer.text


async def test_a_webhook_s_secret_is_shown_once(owner: Reader, world: World) -> None:
    await owner.get(f"/c/{world.slug}/webhooks/new")
    made = await owner.send(f"/c/{world.slug}/webhooks", {"url": "https://77.88.8.8/hook", "events": "call.ended"})
    first = await owner.follow(made)
    secret = re.search(r"whsec_[A-Za-z0-9+/=]+", first.text)
    assert secret
    assert "Адрес создан" in first.text
    again = await owner.get(made.headers["location"])
    assert secret[0] not in again.text
    assert "Адрес создан" not in again.text


async def test_another_sign_in_cannot_pick_up_the_secret(browser: Open, owner: Reader, world: World) -> None:
    await owner.get(f"/c/{world.slug}/webhooks/new")
    made = await owner.send(f"/c/{world.slug}/webhooks", {"url": "https://77.88.8.8/hook", "events": "call.ended"})
    other = await browser((await world.sign_in()).token)
    assert "whsec_" not in (await other.get(made.headers["location"])).text.replace("whsec_…", "")


async def test_an_api_key_is_made_shown_once_and_revoked(owner: Reader, world: World) -> None:
    path = f"/c/{world.slug}/settings/keys"
    await owner.get(path)
    wrong = await owner.send(path, {"name": " "})
    assert wrong.status_code == 422
    assert {'href="#f-name"', 'href="#f-scopes"'} <= set(re.findall(r'href="#f-\w+"', wrong.text))
    made = await owner.send(path, {"name": "Отчёты", "scopes": ["calls:read", "bots:read"], "expires": "30"})
    page = await owner.follow(made)
    key = re.search(r"otk_live_\w{20,}", page.text)
    assert key
    assert "Отчёты" in page.text
    api = {"authorization": f"Bearer {key[0]}"}
    assert (await owner.client.get("/api/v1/calls", headers=api)).status_code == 200
    revoke = re.search(r'action="([^"]+/revoke)"', page.text)
    assert revoke
    page = await owner.follow(await owner.send(revoke[1]))
    assert "отозван" in page.text
    assert (await owner.client.get("/api/v1/calls", headers=api)).status_code == 401


async def test_a_talk_works_without_scripts(owner: Reader, world: World) -> None:
    await world.bot("dental")
    page = await owner.get(f"/c/{world.slug}/bots/dental")
    page = await owner.follow(await owner.send(f"/c/{world.slug}/bots/dental/try"))
    call = page.url.params["call"]
    answer = await owner.send(f"/c/{world.slug}/bots/dental/try/say", {"call": call, "text": "Запишите на чистку"})
    page = await owner.follow(answer)
    assert 'class="src">чистку</span>' in page.text
    page = await owner.follow(await owner.send(f"/c/{world.slug}/bots/dental/try/hang-up", {"call": call}))
    assert "Вы положили трубку." in page.text
    said = await owner.send(f"/c/{world.slug}/bots/dental/try/say", {"call": call, "text": "ещё"}, hx_request="true")
    assert said.status_code == 409


async def test_a_call_of_one_bot_is_not_shown_as_another_s(owner: Reader, world: World) -> None:
    await world.bot("dental")
    await world.bot("parcels")
    await owner.get(f"/c/{world.slug}/bots")
    page = await owner.follow(await owner.send(f"/c/{world.slug}/bots/dental/try"))
    shown = await owner.get(f"/c/{world.slug}/bots/parcels/try?call={page.url.params['call']}")
    assert shown.status_code == 404


async def test_the_list_goes_on_where_it_stopped(owner: Reader, world: World) -> None:
    bot = await world.bot("dental")
    calls = [await add_call(world, bot.id) for _ in range(45)]
    page = await owner.get(f"/c/{world.slug}/calls")
    first = re.findall(r'class="who"[^>]*href="[^"]*/calls/([0-9a-f-]{36})', page.text)
    more = re.search(r'href="([^"]*after=[^"]*)"', page.text)
    assert more
    rest = await owner.get(more[1].replace("&amp;", "&"), hx_request="true")
    second = re.findall(r'class="who"[^>]*href="[^"]*/calls/([0-9a-f-]{36})', rest.text)
    assert [str(call) for call in reversed(calls)] == first + second
    assert "<html" not in rest.text


@pytest.mark.parametrize("words", ["НИКОЛАЙ", "926 123", "a%b_c", "<script>"])
async def test_calls_are_found_by_what_was_said_as_it_stands(owner: Reader, world: World, words: str) -> None:
    bot = await world.bot("dental")
    wanted = await add_call(world, bot.id)
    await add_talk(world, wanted, "Меня зовут Николай, 100 a%b_c <script>")
    await add_call(world, bot.id, caller_number="+74950000000")
    page = await owner.client.get(f"/c/{world.slug}/calls", params={"q": words})
    assert re.findall(r"/calls/([0-9a-f-]{36})", page.text) == [str(wanted)]
    assert "<script>" not in page.text.replace('<script src="', "")


async def test_previous_and_next_stay_within_the_filter(owner: Reader, world: World) -> None:
    bot = await world.bot("dental")
    oldest, middle, _, newest = [
        await add_call(world, bot.id, outcome_code=code) for code in ("LEAD", "LEAD", "CALLBACK", "LEAD")
    ]
    page = await owner.get(f"/c/{world.slug}/calls/{middle}?outcome=LEAD")
    assert f"/calls/{newest}?outcome=LEAD" in page.text
    assert f"/calls/{oldest}?outcome=LEAD" in page.text


async def test_a_call_that_waits_for_its_analysis_says_so_and_is_live(owner: Reader, world: World) -> None:
    bot = await world.bot("dental")
    call = await add_call(world, bot.id)
    page = await owner.get(f"/c/{world.slug}/calls/{call}")
    assert "Анализ, до 15 с" in page.text
    assert f"events?topics=call:{call}" in page.text
    block = {"hx_request": "true", "hx_target": "call"}
    assert (await owner.get(f"/c/{world.slug}/calls/{call}", **block)).status_code == 200
    settled = await add_call(world, bot.id, analysed_at=START)
    assert (await owner.get(f"/c/{world.slug}/calls/{settled}", **block)).status_code == 286
    assert "events?topics" not in (await owner.get(f"/c/{world.slug}/calls/{settled}")).text


async def test_the_stream_names_only_topics_that_exist(owner: Reader, world: World) -> None:
    for topics in ("everything", "call:x", "calls:1", ""):
        assert (await owner.get(f"/c/{world.slug}/events?topics={topics}")).status_code == 404


async def test_a_viewer_reads_and_cannot_change(browser: Open, world: World) -> None:
    await world.bot("dental")
    viewer = await signed_in_as(world, browser, Role.VIEWER)
    for path in ("", "calls", "bots", "bots/dental", "webhooks", "settings/members"):
        page = await viewer.get(f"/c/{world.slug}/{path}")
        assert page.status_code == 200, path
        assert "/try" not in page.text, path
        assert "webhooks/new" not in page.text, path
    for path in ("bots/dental/try", "webhooks/new", "settings/keys"):
        assert (await viewer.get(f"/c/{world.slug}/{path}")).status_code == 403, path
    await viewer.get(f"/c/{world.slug}/bots")
    assert (await viewer.send(f"/c/{world.slug}/bots/dental/try")).status_code == 403


async def test_what_does_not_exist_is_a_page_of_ours(owner: Reader, world: World) -> None:
    for path in ("/nothing", f"/c/{world.slug}/nothing", "/c/nobody/", f"/c/{world.slug}/bots/nobody"):
        page = await owner.get(path)
        assert page.status_code == 404, path
        assert "Такой страницы нет" in page.text, path


async def test_a_form_without_its_token_changes_nothing_and_says_what_to_do(owner: Reader, world: World) -> None:
    answer = await owner.client.post(f"/c/{world.slug}/webhooks", data={"url": "https://77.88.8.8/"})
    assert answer.status_code == 403
    assert "Обновите её и повторите" in answer.text
