"""Messages and the demo inbox on their pages: whole for who works with calls, without phones for who looks on."""

from __future__ import annotations

import pytest

from app.settings import WebhookSettings, read
from app.tenants.models import Role
from app.webhooks import demo_receiver, endpoints, messages
from app.webhooks.events import EventType
from tests.integration.ui.reader import Open
from tests.integration.ui.test_pages import signed_in_as
from tests.support.world import World

pytestmark = pytest.mark.integration

PHONE = "+79261234567"


async def test_a_viewer_sees_a_message_without_phone_numbers(browser: Open, world: World) -> None:
    at = world.rt.clock()
    url = await endpoints.checked(world.rt, "https://77.88.8.8/hook", by=world.owner)
    async with world.rt.db.tenant(world.company_id) as db:
        endpoint, _ = await endpoints.create(db, world.rt, url, by=world.owner, at=at)
        data: dict[str, object] = {"caller": PHONE, "turns": [{"text": f"Звоните {PHONE}"}]}
        message_id = await messages.announce(
            db, EventType.CALL_ANALYZED, data, dedupe_key="1", happened_at=at, at=at, only=[endpoint.id]
        )
    path = f"/c/{world.slug}/webhooks/{endpoint.id}/messages/{message_id}"
    seen = {role: (await (await signed_in_as(world, browser, role)).get(path)) for role in (Role.EDITOR, Role.VIEWER)}
    assert {page.status_code for page in seen.values()} == {200}
    assert PHONE in seen[Role.EDITOR].text
    assert PHONE not in seen[Role.VIEWER].text
    assert "•••-••-67" in seen[Role.VIEWER].text


async def test_the_demo_page_survives_what_anyone_may_send(
    browser: Open, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    viewer = await signed_in_as(world, browser, Role.VIEWER)
    receiver = f"{demo_receiver.PATH}{world.company_id}"
    assert (await viewer.client.post(receiver, content=b"{}")).status_code == 404, "there is none here"
    monkeypatch.setenv("OTKLIK_WEBHOOK_DEMO_ORIGIN", "http://127.0.0.1:1")
    assert read(WebhookSettings).demo_origin
    for body in (b"[" * 100_000, b'{"type":"\\ud800","a":"\\ud800"}', f'{{"caller":"{PHONE}"}}'.encode()):
        assert (await viewer.client.post(receiver, content=body)).status_code == 401
    page = await viewer.get(f"/c/{world.slug}/webhooks/demo")
    assert page.status_code == 200
    assert "\\ud800" in page.text
    assert PHONE not in page.text


async def test_one_endpoint_too_many_is_explained_in_the_form(
    browser: Open, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OTKLIK_WEBHOOK_MAX_ENDPOINTS", "1")
    owner = await browser((await world.sign_in()).token)
    await owner.get(f"/c/{world.slug}/webhooks/new")
    form: dict[str, object] = {"url": "https://77.88.8.8/hook", "events": "call.ended"}
    assert (await owner.send(f"/c/{world.slug}/webhooks", form)).status_code in {200, 303}
    await owner.get(f"/c/{world.slug}/webhooks/new")
    answer = await owner.send(f"/c/{world.slug}/webhooks", form)
    assert answer.status_code == 422
    assert "У компании уже 1" in answer.text
