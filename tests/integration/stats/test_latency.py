"""What callers waited for: percentiles in the dashboard, histograms for Prometheus."""

from __future__ import annotations

from datetime import timedelta

import httpx
import pytest
from litestar import Litestar

from app.calls import latency as counted
from app.calls.models import Turn, TurnKind, TurnRole
from app.runtime import Runtime
from app.stats import latency
from tests.support.asgi import asgi
from tests.support.call_rows import START, add_call
from tests.support.world import World

pytestmark = pytest.mark.integration


async def reply(world: World, call: object, seq: int, **metrics: float) -> None:
    async with world.rt.db.tenant(world.company_id) as db:
        db.add(
            Turn(
                company_id=world.company_id,
                call_id=call,
                seq=seq,
                role=TurnRole.AGENT,
                kind=TurnKind.SPEECH,
                text="",
                language="ru",
                stage="end",
                at=START,
                metrics=metrics,
                why={},
            )
        )


async def test_waits_are_counted_by_bot_and_by_provider_and_nobody_else_s(world: World, rt: Runtime) -> None:
    bot, silent = await world.bot(), await world.bot(slug="typed")
    nova = await add_call(world, bot.id, voice={"stt": "deepgram/nova-3", "tts": "cartesia/sonic-2"})
    local = await add_call(world, bot.id, voice={"stt": "local"})
    typed = await add_call(world, silent.id)
    for seq, total in enumerate((0.2, 0.4, 0.6), 1):
        await reply(world, nova, seq, total=total, transcription=total / 2, tts_first_byte=0.1)
    await reply(world, local, 1, total=0.8, transcription=0.7)
    await reply(world, typed, 1, llm_first_token=0.3)
    async with world.rt.db.tenant(world.company_id) as db:
        by_bot = await latency.waits_by_bot(db, START - timedelta(days=1))
        by_provider = await latency.waits_by_provider(db, START - timedelta(days=1))
        none_yet = await latency.waits_by_bot(db, START + timedelta(days=1))
    assert set(by_bot) == {bot.id}
    assert by_bot[bot.id].count == 4
    assert by_bot[bot.id].p50 == pytest.approx(0.5)
    assert [(w.part, w.provider, w.count) for w in by_provider] == [
        ("stt", "deepgram/nova-3", 3),
        ("stt", "local", 1),
        ("tts", "cartesia/sonic-2", 3),
    ]
    assert none_yet == {}


async def test_prometheus_reads_histograms_with_the_token(
    rt: Runtime, app: Litestar, monkeypatch: pytest.MonkeyPatch
) -> None:
    await rt.redis.delete(counted.KEY)
    voice = {"stt": "deepgram/nova-3"}
    for total in (0.05, 0.3, 9.0):
        await counted.count(rt.redis, {"total": total, "transcription": 0.2}, voice)
    monkeypatch.setenv("OTKLIK_WEB_METRICS_TOKEN", "let-me-in")
    async with httpx.AsyncClient(transport=asgi(app), base_url="https://otklik.test") as client:
        for headers in ({}, {"authorization": "Bearer wrong"}):
            assert (await client.get("/metrics", headers=headers)).status_code == 404
        text = (await client.get("/metrics", headers={"authorization": "Bearer let-me-in"})).text
    assert 'otklik_wait_seconds_bucket{le="0.1",part="total",provider=""} 1.0' in text
    assert 'otklik_wait_seconds_bucket{le="0.35",part="total",provider=""} 2.0' in text
    assert 'otklik_wait_seconds_bucket{le="+Inf",part="total",provider=""} 3.0' in text
    assert 'otklik_wait_seconds_sum{part="total",provider=""} 9.35' in text
    assert 'otklik_wait_seconds_count{part="transcription",provider="deepgram/nova-3"} 3.0' in text
