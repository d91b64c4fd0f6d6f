"""The worker program renders a bot's speech, also where a language model is configured: livekit's plugins load on the
main thread only, and the jobs run on another."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from app.files import FileStore
from app.voice.speech.plans import Rendered, rendered
from tests.integration.workers.conftest import Works, until
from tests.support.fake_cartesia import fake_cartesia
from tests.support.talks import SCENARIO

pytestmark = [pytest.mark.integration, pytest.mark.timeout(600)]


async def test_a_published_bots_speech_is_rendered(works: Works, tmp_path: Path) -> None:
    files = tmp_path / "files"
    bot = await works.world.bot(slug="workshop", source=SCENARIO)
    async with fake_cartesia() as cartesia:
        works.environment.update(
            OTKLIK_FILES_FOLDER=str(files),
            OTKLIK_STT="deepgram/nova-3",
            OTKLIK_DEEPGRAM_API_KEY="key",
            OTKLIK_TTS="cartesia/sonic-2",
            OTKLIK_CARTESIA_API_KEY="key",
            OTKLIK_CARTESIA_URL=cartesia.url,
            OTKLIK_SPEECH_TIMEOUT="100",
            OTKLIK_LLM_BASE_URL="http://127.0.0.1:9/v1",
        )
        async with works.worker():
            await until(works.all_done, "the speech to be rendered", 400)
    found = await rendered(dataclasses.replace(works.rt, files=FileStore(files)), works.world.company_id, bot.id)
    assert found == Rendered(found.total, found.total, 1)
    assert found.total > 50
