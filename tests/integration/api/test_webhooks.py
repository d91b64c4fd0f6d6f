"""Webhook endpoints over the API: made, changed, tried, sent again; secrets are shown once."""

from __future__ import annotations

import dataclasses
from typing import Any
from uuid import uuid4

import httpx
import pytest
from sqlalchemy.pool import QueuePool

from app.asgi import create_app
from app.runtime import Runtime
from app.security.outbound import OutboundGuard, OutboundPolicy
from tests.integration.api.conftest import ClientOf
from tests.integration.conftest import patient
from tests.support.asgi import asgi, serving
from tests.support.world import World

pytestmark = pytest.mark.integration

URL = "https://77.88.8.8/hook"  # a public address in figures: no name is looked up


async def make(api: httpx.AsyncClient, **what: Any) -> dict[str, Any]:
    answer = await api.post("/webhooks/endpoints", json={"url": URL, **what})
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


async def test_the_secret_is_shown_when_made_and_never_again(api: httpx.AsyncClient) -> None:
    made = await make(api, event_types=["call.analyzed"], description="CRM")
    assert made["secret"].startswith("whsec_")
    shown = await api.get(f"/webhooks/endpoints/{made['id']}")
    listed = await api.get("/webhooks/endpoints")
    assert "whsec_" not in shown.text + listed.text
    assert "sealed" not in shown.text + listed.text
    assert shown.json() == {key: value for key, value in made.items() if key != "secret"} == listed.json()["data"][0]


@pytest.mark.parametrize(
    "url",
    [
        "http://77.88.8.8/hook",
        "https://127.0.0.1/hook",
        "https://[::1]/hook",
        "https://10.0.0.1/",
        "https://169.254.169.254/latest/meta-data",
        "https://user:password@77.88.8.8/",
        "nonsense",
    ],
)
async def test_an_address_that_may_not_be_called_is_refused_with_the_reason(api: httpx.AsyncClient, url: str) -> None:
    answer = await api.post("/webhooks/endpoints", json={"url": url})
    assert (answer.status_code, answer.json()["code"]) == (422, "outbound_refused")
    assert len(answer.json()["detail"]) > 20
    made = await make(api)
    assert (await api.patch(f"/webhooks/endpoints/{made['id']}", json={"url": url})).status_code == 422
    assert [endpoint["url"] for endpoint in (await api.get("/webhooks/endpoints")).json()["data"]] == [URL]


async def test_only_what_is_named_is_changed(api: httpx.AsyncClient) -> None:
    made = await make(api, event_types=["call.ended"], description="CRM")
    path = f"/webhooks/endpoints/{made['id']}"
    assert (await api.patch(path, json={"description": "ERP"})).json()["event_types"] == ["call.ended"]
    assert (await api.patch(path, json={"event_types": []})).json()["description"] == "ERP"
    assert (await api.patch(path, json={"description": ""})).json()["description"] is None
    off = (await api.patch(path, json={"enabled": False})).json()
    assert (off["enabled"], off["disabled_reason"]) == (False, "person")
    assert (await api.patch(path, json={"enabled": True})).json()["enabled"] is True
    wrong = await api.patch(path, json={"event_types": ["call.sneezed"]})
    assert (wrong.status_code, wrong.json()["errors"][0]["field"]) == (422, "event_types")


async def test_rotating_gives_another_secret_and_says_how_long_the_old_one_signs(api: httpx.AsyncClient) -> None:
    made = await make(api)
    rotated = (await api.post(f"/webhooks/endpoints/{made['id']}/rotate-secret")).json()
    assert rotated["secret"].startswith("whsec_")
    assert rotated["secret"] != made["secret"]
    assert rotated["old_secret_until"] is not None


async def test_a_test_event_is_announced_and_can_be_sent_again(api: httpx.AsyncClient) -> None:
    made = await make(api)
    sent = await api.post(f"/webhooks/endpoints/{made['id']}/test")
    assert sent.status_code == 202
    message = (await api.get(f"/webhooks/messages/{sent.json()['message_id']}")).json()
    assert message["type"] == "test.ping"
    assert '"type":"test.ping"' in message["payload"]
    delivery = message["deliveries"][0]
    assert (delivery["endpoint_id"], delivery["status"]) == (made["id"], "pending")
    shown = (await api.get(f"/webhooks/deliveries/{delivery['id']}")).json()
    assert shown["attempt_log"] == []
    again = await api.post(f"/webhooks/deliveries/{delivery['id']}/resend")
    assert (again.status_code, again.json()["status"]) == (202, "pending")
    listed = (await api.get(f"/webhooks/endpoints/{made['id']}/deliveries", params={"status": "pending"})).json()
    assert [row["id"] for row in listed["data"]] == [delivery["id"]]
    assert (await api.get("/webhooks/messages", params={"type": "call.ended"})).json()["data"] == []
    assert len((await api.get("/webhooks/messages", params={"type": "test.ping"})).json()["data"]) == 1


async def test_messages_go_on_page_by_page(api: httpx.AsyncClient) -> None:
    made = await make(api)
    sent = [(await api.post(f"/webhooks/endpoints/{made['id']}/test")).json()["message_id"] for _ in range(5)]
    first = (await api.get("/webhooks/messages", params={"limit": 3})).json()
    second = (await api.get("/webhooks/messages", params={"limit": 3, "after": first["next"]})).json()
    assert [message["id"] for message in first["data"] + second["data"]] == sent[::-1]
    assert second["next"] is None


async def test_a_deleted_endpoint_is_gone(api: httpx.AsyncClient) -> None:
    made = await make(api)
    assert (await api.delete(f"/webhooks/endpoints/{made['id']}")).status_code == 204
    assert (await api.get(f"/webhooks/endpoints/{made['id']}")).status_code == 404
    assert (await api.delete(f"/webhooks/endpoints/{uuid4()}")).status_code == 404


async def test_a_reader_changes_nothing(client_of: ClientOf, api: httpx.AsyncClient, world: World) -> None:
    made = await make(api)
    reader = await client_of(world, "webhooks:read")
    path = f"/webhooks/endpoints/{made['id']}"
    refused = [
        await reader.post("/webhooks/endpoints", json={"url": URL}),
        await reader.patch(path, json={"enabled": False}),
        await reader.post(f"{path}/rotate-secret"),
        await reader.post(f"{path}/test"),
        await reader.delete(path),
    ]
    assert {answer.status_code for answer in refused} == {403}
    assert (await reader.get(path)).json()["enabled"] is True


async def test_no_connection_is_held_while_a_name_is_looked_up(rt: Runtime, world: World) -> None:
    pool, held = rt.db.engine.sync_engine.pool, list[int]()
    assert isinstance(pool, QueuePool)

    async def resolve(host: str, port: int) -> tuple[str, ...]:
        held.append(pool.checkedout())
        return ("77.88.8.8",)

    watched = dataclasses.replace(rt, guard=OutboundGuard(OutboundPolicy(), resolve))
    headers = {"authorization": f"Bearer {await world.key()}"}
    async with (
        serving(patient(create_app(watched), watched)) as app,
        httpx.AsyncClient(transport=asgi(app), base_url="http://otklik.test/api/v1", headers=headers) as api,
    ):
        made = await make(api, url="https://example.com/hook")
        changed = await api.patch(f"/webhooks/endpoints/{made['id']}", json={"url": "https://example.org/hook"})
    assert changed.json()["url"] == "https://example.org/hook"
    assert held == [0, 0]


def test_the_guard_of_these_tests_is_the_real_one(world: World) -> None:
    assert isinstance(world.rt.guard, OutboundGuard)
    assert world.rt.guard.policy == OutboundPolicy()


async def test_a_key_that_may_not_read_calls_sees_no_body_of_a_message(
    client_of: ClientOf, api: httpx.AsyncClient, world: World
) -> None:
    made = await make(api)
    sent = await api.post(f"/webhooks/endpoints/{made['id']}/test")
    path = f"/webhooks/messages/{sent.json()['message_id']}"
    reader = await client_of(world, "webhooks:read")
    both = await client_of(world, "webhooks:read", "calls:read")
    shown = await reader.get(path)
    assert (shown.status_code, shown.json()["payload"]) == (200, None)
    assert "sent_by" not in shown.text
    assert "sent_by" in (await both.get(path)).json()["payload"]
