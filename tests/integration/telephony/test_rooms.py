"""Rooms on a real LiveKit server."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from livekit import api, rtc

from app.errors import ServiceUnavailable, SettingsInvalid
from app.settings import LiveKitSettings
from app.telephony.rooms import Rooms, ws_url
from tests.support.livekit_server import KEY, SECRET, LiveKitServer

pytestmark = pytest.mark.integration


async def test_a_deleted_room_is_over_for_everybody_in_it(rooms: Rooms, server: LiveKitServer) -> None:
    left = asyncio.Event()
    browser = rtc.Room()
    browser.on("disconnected", lambda _: left.set())
    token = rooms.token("web-1", "visitor", metadata="{}", ttl=timedelta(minutes=1))
    await browser.connect(ws_url(server.url), token)
    assert await rooms.names() == ["web-1"]
    await rooms.delete("web-1")
    async with asyncio.timeout(60):
        await left.wait()
    assert await rooms.names() == []
    await rooms.delete("web-1")  # nothing there: nothing happens


async def test_an_agent_is_asked_for_in_a_room_that_nobody_made(rooms: Rooms) -> None:
    await rooms.dispatch("call_1", '{"company": "x"}')
    assert "call_1" in await rooms.names()
    assert (await rooms.inside("call_1")).agents == ()
    assert (await rooms.inside("no such room")).phones == ()
    await rooms.delete("call_1")


async def test_a_browser_may_use_its_token_for_one_room_and_a_microphone(rooms: Rooms) -> None:
    token = rooms.token("web-2", "v", metadata='{"call": 1}', ttl=timedelta(minutes=5))
    claims = api.TokenVerifier(KEY, SECRET).verify(token)
    assert claims.video is not None
    assert claims.room_config is not None
    assert (claims.video.room, claims.video.can_publish_sources) == ("web-2", ["microphone"])
    assert claims.video.can_publish_data is False
    assert claims.video.can_update_own_metadata is False
    assert claims.video.room_admin is None
    assert [agent.metadata for agent in claims.room_config.agents] == ['{"call": 1}']


async def test_a_server_that_is_away_is_a_fact_and_not_a_wait(server: LiveKitServer) -> None:
    away = Rooms(LiveKitSettings(url="http://127.0.0.1:9", api_key="k", api_secret="s" * 32))
    stranger = Rooms(LiveKitSettings(url=server.url, api_key="k", api_secret="s" * 32))
    try:
        with pytest.raises(ServiceUnavailable):
            await away.ping()
        with pytest.raises(ServiceUnavailable):
            await stranger.ping()
    finally:
        await away.aclose()
        await stranger.aclose()
    with pytest.raises(SettingsInvalid):
        Rooms(LiveKitSettings(url=server.url))
