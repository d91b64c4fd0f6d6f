"""A bot's voice and the company's keys of providers, over the API."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.integration.api.conftest import ClientOf
from tests.support.fake_cartesia import fake_cartesia
from tests.support.world import World

pytestmark = pytest.mark.integration

VOICE: dict[str, Any] = {
    "stt": [{"provider": "deepgram", "model": "nova-3", "voice": None}],
    "tts": [{"provider": "cartesia", "model": "sonic-3", "voice": "olga"}],
    "llm": [],
    "speed": 1.1,
    "filler": None,
    "interrupt_words": 2,
    "patience": 3.0,
    "record": True,
    "notice": "Идёт запись.",
    "voicemail": "go_on",
    "stress": {"Отклик": "+Отклик"},
}


async def test_a_voice_is_read_as_it_was_written(api: httpx.AsyncClient, world: World) -> None:
    await world.bot()
    usual = (await api.get("/bots/dental/voice")).json()
    assert (usual["stt"], usual["speed"], usual["filler"]) == ([], 1.0, 1.2)
    assert (await api.put("/bots/dental/voice", json=VOICE)).json() == VOICE
    assert (await api.get("/bots/dental/voice")).json() == VOICE


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"speed": 9}, "speed"),
        ({"voicemail": "shout"}, "voicemail"),
        ({"stt": [{"provider": "nobody"}]}, "stt"),
        ({"stt": [{"provider": "cartesia"}]}, "stt"),
        ({"tts": [{"provider": "deepgram", "model": "nova-3"}]}, "tts"),
        ({"stt": [{"provider": "deepgram", "model": "nova-99"}]}, "stt"),
        ({"stress": {f"w{n}": "x" for n in range(300)}}, "stress"),
    ],
)
async def test_a_voice_that_cannot_be_is_refused(
    api: httpx.AsyncClient, world: World, change: dict[str, Any], field: str
) -> None:
    await world.bot()
    refused = await api.put("/bots/dental/voice", json={**VOICE, **change})
    assert refused.status_code == 422, refused.text
    assert field in refused.text
    assert (await api.get("/bots/dental/voice")).json()["stt"] == []


async def test_a_key_is_set_tested_removed_and_never_shown(
    api: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with fake_cartesia() as cartesia:
        monkeypatch.setenv("OTKLIK_CARTESIA_URL", cartesia.url)
        key = "company-key-0123456789"
        made = await api.put("/providers/cartesia", json={"key": key})
        assert (made.json()["key"], made.json()["hint"]) == ("company", "6789")
        tested = (await api.post("/providers/cartesia/test")).json()
        assert [(one["part"], one["name"], one["ok"]) for one in tested] == [("tts", "cartesia/sonic-3", True)]
        assert cartesia.keys == [key]
        listed = {one["name"]: one for one in (await api.get("/providers")).json()}
        assert listed["cartesia"]["key"] == "company"
        assert listed["deepgram"]["key"] is None
        assert listed["local"]["key"] == "not_needed"
        assert key not in made.text + str(listed)
        assert (await api.delete("/providers/cartesia")).status_code == 204
        assert (await api.delete("/providers/cartesia")).status_code == 404


async def test_keys_need_their_scope_and_their_form(api: httpx.AsyncClient, client_of: ClientOf, world: World) -> None:
    reading = await client_of(world, "providers:read", "bots:write")
    assert (await reading.get("/providers")).status_code == 200
    assert (await reading.put("/providers/cartesia", json={"key": "x" * 20})).status_code == 403
    assert (await reading.post("/providers/cartesia/test")).status_code == 403
    for body in ({"key": ""}, {"key": "два"}, {"key": "x", "base_url": "https://77.88.8.8/v1"}):
        assert (await api.put("/providers/cartesia", json=body)).status_code == 422
    assert (await api.put("/providers/openai", json={"key": "", "base_url": "http://10.0.0.1/v1"})).status_code == 422
    assert (await api.put("/providers/local", json={"key": "x"})).status_code == 404
