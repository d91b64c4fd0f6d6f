"""Bots over the API: from a new bot to a published version, and what is refused on the way."""

from __future__ import annotations

import httpx
import pytest

from tests.integration.api.conftest import ClientOf
from tests.support.world import EXAMPLES, World

pytestmark = pytest.mark.integration

SOURCE = (EXAMPLES / "dental.yaml").read_text(encoding="utf-8")


async def test_a_bot_is_created_drafted_and_published(api: httpx.AsyncClient) -> None:
    made = await api.post("/bots", json={"slug": "clinic", "name": "Клиника"})
    assert made.status_code == 201
    assert made.json()["published_version"] is None
    draft = await api.post("/bots/clinic/versions", json={"source": SOURCE, "note": "first"})
    assert (draft.status_code, draft.json()["version"], draft.json()["status"]) == (201, 1, "draft")
    published = await api.post("/bots/clinic/versions/1/publish")
    assert (published.status_code, published.json()["status"]) == (200, "published")
    bot = (await api.get(f"/bots/{made.json()['id']}")).json()
    assert bot == (await api.get("/bots/clinic")).json()
    assert bot["published_version"] == 1
    source = await api.get("/bots/clinic/versions/1/scenario")
    assert source.text == SOURCE
    assert source.headers["content-type"].startswith("application/yaml")


async def test_a_published_version_is_not_published_again(api: httpx.AsyncClient, world: World) -> None:
    await world.bot("dental")
    answer = await api.post("/bots/dental/versions/1/publish")
    assert (answer.status_code, answer.json()["code"]) == (409, "config_not_draft")


async def test_a_scenario_with_errors_is_refused_with_all_of_them_and_not_saved(
    api: httpx.AsyncClient, world: World
) -> None:
    await world.bot("dental")
    broken = SOURCE.replace("stages:", "stagez:").replace("fields:", "feelds:")
    answer = await api.post("/bots/dental/versions", json={"source": broken}, headers={"accept-language": "ru"})
    assert (answer.status_code, answer.json()["code"]) == (422, "scenario_rejected")
    errors = answer.json()["errors"]
    assert len(errors) >= 2
    assert all(error["line"] >= 1 and error["column"] >= 1 and error["message"] and error["fix"] for error in errors)
    assert [version["version"] for version in (await api.get("/bots/dental/versions")).json()["data"]] == [1]
    checked = (await api.post("/scenarios/validate", json={"source": broken})).json()
    assert checked["valid"] is False
    assert len(checked["problems"]) == len(errors)
    assert (await api.post("/scenarios/validate", json={"source": SOURCE})).json() == {"valid": True, "problems": []}


async def test_a_slug_is_taken_once_and_must_be_one(api: httpx.AsyncClient) -> None:
    assert (await api.post("/bots", json={"slug": "clinic", "name": "One"})).status_code == 201
    taken = await api.post("/bots", json={"slug": "clinic", "name": "Two"})
    assert (taken.status_code, taken.json()["code"]) == (409, "conflict")
    wrong = await api.post("/bots", json={"slug": "Клиника!", "name": "Three"})
    assert (wrong.status_code, wrong.json()["errors"][0]["field"]) == (422, "slug")


async def test_versions_come_newest_first_and_go_on_without_gaps(api: httpx.AsyncClient) -> None:
    await api.post("/bots", json={"slug": "clinic", "name": "One"})
    for _ in range(5):
        assert (await api.post("/bots/clinic/versions", json={"source": SOURCE})).status_code == 201
    first = (await api.get("/bots/clinic/versions", params={"limit": 2})).json()
    await api.post("/bots/clinic/versions", json={"source": SOURCE})  # a new one moves nothing
    second = (await api.get("/bots/clinic/versions", params={"limit": 2, "after": first["next"]})).json()
    third = (await api.get("/bots/clinic/versions", params={"limit": 2, "after": second["next"]})).json()
    numbers = [version["version"] for page in (first, second, third) for version in page["data"]]
    assert numbers == [5, 4, 3, 2, 1]
    assert third["next"] is None


async def test_a_key_does_only_what_its_scopes_allow(client_of: ClientOf, world: World) -> None:
    await world.bot("dental")
    reader = await client_of(world, "bots:read")
    assert (await reader.get("/bots/dental")).status_code == 200
    for method, path in (
        ("POST", "/bots"),
        ("POST", "/bots/dental/versions"),
        ("POST", "/bots/dental/versions/1/publish"),
    ):
        answer = await reader.request(method, path, json={"slug": "x", "name": "x", "source": SOURCE})
        assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")
    assert (await reader.get("/calls")).status_code == 403
    writer = await client_of(world, "bots:write")
    assert (await writer.get("/bots")).status_code == 403


async def test_another_companys_bot_is_not_found_by_id_nor_by_slug(
    api: httpx.AsyncClient, client_of: ClientOf, other_world: World
) -> None:
    bot = await other_world.bot("dental")
    assert (await api.get("/bots")).json()["data"] == []
    unknown = await api.get("/bots/never-existed")
    for ref in (str(bot.id), "dental"):
        answer = await api.get(f"/bots/{ref}")
        assert answer.status_code == 404
        assert {**answer.json(), "request_id": ""} == {**unknown.json(), "request_id": ""}
        assert (await api.post(f"/bots/{ref}/versions", json={"source": SOURCE})).status_code == 404
        assert (await api.post(f"/bots/{ref}/versions/1/publish")).status_code == 404
