"""`otklik doctor --providers`: a real round trip with each provider, and what to do about those that fail."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from app.bots.voice import BotVoice, Choice
from app.bots.voicing import change_voice
from app.tenants import provider_keys
from tests.support.faults import Fault
from tests.support.providers import Providers, providers
from tests.support.servers import DatabaseUrls
from tests.support.serving import nobody
from tests.support.world import World

pytestmark = pytest.mark.integration

KEY = "test-key-" * 5
"""What the tests' own runtime seals with."""


@pytest.fixture
async def fakes(world: World) -> AsyncIterator[Providers]:
    async with providers(world) as running:
        running.deepgram.will_hear("до свидания")
        yield running


class Doctor:
    """The command, as an operator runs it."""

    def __init__(self, home: Path, fakes: Providers, database: DatabaseUrls, redis_url: str) -> None:
        self._home = home
        self.environment = {
            "PATH": "/usr/bin:/bin",
            "HOME": str(home),
            "PYTHONPATH": str(Path(__file__).parents[3]),
            "OTKLIK_HOME": str(home / "otklik"),
            "OTKLIK_LANGUAGE": "en",
            "OTKLIK_SECRET_KEY": KEY,
            "OTKLIK_DATABASE_URL": database.app,
            "OTKLIK_REDIS_URL": redis_url,
            "OTKLIK_STT": "deepgram/nova-3",
            "OTKLIK_TTS": "cartesia/sonic-2, openai/tts-1",
            "OTKLIK_DEEPGRAM_URL": fakes.deepgram.url,
            "OTKLIK_DEEPGRAM_API_KEY": "platform-deepgram",
            "OTKLIK_CARTESIA_URL": fakes.cartesia.url,
            "OTKLIK_CARTESIA_API_KEY": "platform-cartesia",
            "OTKLIK_OPENAI_URL": fakes.openai.url,
            "OTKLIK_LLM_BASE_URL": fakes.openai.url,
            "OTKLIK_LLM_MODEL": "qwen2:1.5b",
        }

    async def says(self, *arguments: str, **settings: str) -> tuple[int, str]:
        """Exit code and what was printed."""
        done = await asyncio.to_thread(
            subprocess.run,
            [sys.executable, "-m", "app.cli", "doctor", "--providers", *arguments],
            cwd=self._home,
            env={**self.environment, **settings},
            capture_output=True,
            text=True,
            check=False,
        )
        assert "platform-" not in done.stdout + done.stderr, "a key"
        return done.returncode, done.stdout + done.stderr

    async def finds(self, *arguments: str, **settings: str) -> dict[str, dict[str, Any]]:
        """The same as JSON, by part and name."""
        code, text = await self.says("--json", *arguments, **settings)
        said = json.loads(text)
        assert code == (0 if said["ok"] else 1)
        return {f"{trip['part']} {trip['name']}": trip for trip in said["providers"]}


@pytest.fixture
def doctor(tmp_path: Path, fakes: Providers, database: DatabaseUrls, redis_url: str) -> Doctor:
    return Doctor(tmp_path, fakes, database, redis_url)


async def test_each_provider_of_the_platform_is_asked_once(doctor: Doctor, fakes: Providers) -> None:
    code, text = await doctor.says()
    assert code == 0, text
    for name in ("Hears: deepgram/nova-3", "Speaks: cartesia/sonic-2", "Speaks: openai/tts-1", "Phrases: qwen2:1.5b"):
        assert f"✓ {name}, first answer after " in text
    assert len(fakes.deepgram.connections) == len(fakes.openai.said) == len(fakes.openai.requests) == 1
    assert fakes.deepgram.connections[0].voice > 0.5


async def test_what_fails_is_named_with_its_cause_and_what_to_do(doctor: Doctor, fakes: Providers) -> None:
    fakes.cartesia.fault = Fault(status=401)
    fakes.openai.fault = Fault(status=429)
    found = await doctor.finds(OTKLIK_DEEPGRAM_URL=await nobody())
    causes = {name: trip["cause"] for name, trip in found.items()}
    assert causes == {
        "stt deepgram/nova-3": "unreachable",
        "tts cartesia/sonic-2": "unauthorised",
        "tts openai/tts-1": "rate_limited",
        "llm qwen2:1.5b": None,
    }
    assert found["tts cartesia/sonic-2"]["fix"] == "Enter a key that is valid."
    assert found["llm qwen2:1.5b"]["first_ms"] >= 0


async def test_a_company_s_bots_and_keys_are_taken_in(doctor: Doctor, fakes: Providers, world: World) -> None:
    bot = await world.bot()
    voice = BotVoice(tts=(Choice(provider="cartesia", model="sonic-3"),))
    async with world.rt.db.tenant(world.company_id) as db:
        await change_voice(db, bot.id, voice, by=world.owner, at=world.rt.clock())
        await provider_keys.set_key(
            db, world.rt.sealer, "cartesia", "company-key-one", by=world.owner, at=world.rt.clock()
        )
    found = await doctor.finds("--company", world.slug)
    assert {"tts cartesia/sonic-2", "tts cartesia/sonic-3"} <= found.keys()
    assert set(fakes.cartesia.keys) == {"company-key-one"}
    assert (await doctor.says("--company", "nobody-of-this-name"))[0] == 2


async def test_nobody_to_hear_or_speak_is_said_with_what_to_do(doctor: Doctor) -> None:
    keyless = {"OTKLIK_STT": "groq/whisper-large-v3", "OTKLIK_TTS": "openai/tts-1", "OTKLIK_OPENAI_URL": ""}
    found = await doctor.finds(**keyless)
    assert {name: trip["ok"] for name, trip in found.items()} == {
        "stt None": False,
        "tts None": False,
        "llm qwen2:1.5b": True,
    }
    assert "make voice" in found["stt None"]["fix"]
