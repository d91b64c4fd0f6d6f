"""Calls over the API: found by what is known of them, in pages that do not move, and only one's own."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from app.calls.models import CallStatus, Direction
from app.db.base import new_id
from tests.integration.api.conftest import ClientOf
from tests.support.call_rows import START, add_call, add_talk
from tests.support.world import World

pytestmark = pytest.mark.integration


async def ids(api: httpx.AsyncClient, **params: Any) -> list[str]:
    answer = await api.get("/calls", params=params)
    assert answer.status_code == 200, answer.text
    return [call["id"] for call in answer.json()["data"]]


async def test_calls_come_newest_first_and_each_says_what_a_list_needs(api: httpx.AsyncClient, world: World) -> None:
    bot = await world.bot("dental")
    first, second = (
        await add_call(world, bot.id),
        await add_call(world, bot.id, outcome_code="booked", summary="Записан"),
    )
    calls = (await api.get("/calls")).json()["data"]
    assert [call["id"] for call in calls] == [str(second), str(first)]
    assert (calls[0]["bot"], calls[0]["version"], calls[0]["duration"]) == ("dental", 1, 42.0)
    assert (calls[0]["outcome"], calls[0]["summary"], calls[0]["caller"]) == ("booked", "Записан", "+79261234567")
    assert "state" not in calls[0]


async def test_pages_do_not_move_when_calls_come_in(api: httpx.AsyncClient, world: World) -> None:
    bot = await world.bot("dental")
    made = [str(await add_call(world, bot.id)) for _ in range(7)]
    seen, after = [], None
    while True:
        page = (await api.get("/calls", params={"limit": 3, **({"after": after} if after else {})})).json()
        seen += [call["id"] for call in page["data"]]
        await add_call(world, bot.id)  # newer than all of them: it is not on the pages that follow
        after = page["next"]
        if after is None:
            break
    assert seen == made[::-1]


async def test_calls_are_found_by_what_is_known_of_them(api: httpx.AsyncClient, world: World) -> None:
    dental, viewings = await world.bot("dental"), await world.bot("viewings")
    plain = str(await add_call(world, dental.id))
    other_bot = str(await add_call(world, viewings.id))
    trial = str(await add_call(world, dental.id, direction=Direction.TRIAL))
    running = str(await add_call(world, dental.id, status=CallStatus.RUNNING, ended_at=None))
    english = str(await add_call(world, dental.id, language="en"))
    booked = str(await add_call(world, dental.id, outcome_code="booked"))
    number = str(await add_call(world, dental.id, caller_number="+74951112233"))
    assert await ids(api, bot="viewings") == [other_bot] == await ids(api, bot=str(viewings.id))
    assert await ids(api, direction="trial") == [trial]
    assert await ids(api, status="running") == [running]
    assert await ids(api, language="en") == [english]
    assert await ids(api, outcome="booked") == [booked]
    assert await ids(api, caller="+74951112233") == [number]
    assert plain in await ids(api, bot="dental", status="ended", direction="inbound")
    assert (await api.get("/calls", params={"bot": "nobody"})).status_code == 404
    assert (await api.get("/calls", params={"status": "asleep"})).status_code == 422


async def test_a_period_includes_its_beginning_and_not_its_end(api: httpx.AsyncClient, world: World) -> None:
    bot = await world.bot("dental")
    now = datetime.now(UTC)
    at_edge = str(await add_call(world, bot.id, started_at=now))
    since, until = now.isoformat(), (now + timedelta(microseconds=1)).isoformat()
    assert await ids(api, since=since, until=until) == [at_edge]
    assert await ids(api, until=since) == []
    assert await ids(api, since=until) == []


async def test_a_call_is_shown_with_its_turns_fields_and_outcome(api: httpx.AsyncClient, world: World) -> None:
    bot = await world.bot("dental")
    call_id = await add_call(world, bot.id, outcome_code="booked", analysed_at=START)
    await add_talk(world, call_id, "<b>Запишите</b>")
    report = (await api.get(f"/calls/{call_id}")).json()
    assert report["outcome"]["code"] == "booked"
    assert report["outcome"]["evidence"][0]["quote"] == "<b>Запишите</b>"
    assert [turn["text"] for turn in report["turns"]] == ["Здравствуйте", "<b>Запишите</b>"]
    assert [(field["name"], field["value"]) for field in report["fields"]] == [("wish", "<b>Запишите</b>")]


async def test_another_companys_calls_are_not_found(
    api: httpx.AsyncClient, client_of: ClientOf, world: World, other_world: World
) -> None:
    bot = await other_world.bot("dental")
    call_id = await add_call(other_world, bot.id)
    assert await ids(api) == []
    assert (await api.get(f"/calls/{call_id}")).status_code == 404
    assert await ids(api, after=str(new_id())) == []
    assert await ids(await client_of(other_world)) == [str(call_id)]
