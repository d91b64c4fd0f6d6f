"""Recordings: kept with the call, measured by the worker, rescued from a dead process, deleted in time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import select, update

from app.calls import recordings
from app.calls.models import Recording
from app.calls.sound import measure
from app.db import lookups
from app.db.outbox import OutboxRow, RedisPublisher
from app.runtime import Runtime
from app.settings import LlmSettings, RedisSettings, WebhookSettings, read
from app.tenants.models import Company
from tests.support.call_rows import add_call
from tests.support.sound import write_tones
from tests.support.world import World
from workers.recordings import draw_recording
from workers.tools import Tools, tools_of

pytestmark = pytest.mark.integration
NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)


@pytest.fixture
async def call_id(world: World) -> UUID:
    return await add_call(world, (await world.bot()).id)


@pytest.fixture
def tape(tmp_path: Path) -> Path:
    path = tmp_path / "call.ogg"
    write_tones(path, caller=(0, 1), agent=(2, 4), seconds=4)
    return path


async def kept(world: World, call_id: UUID, tape: Path) -> Recording:
    stored = await world.rt.files.take(world.company_id, tape)
    async with world.rt.db.tenant(world.company_id) as db:
        await recordings.keep(db, call_id, stored, started_at=NOW, seconds=9, at=NOW)
    return await found(world, call_id)


async def found(world: World, call_id: UUID) -> Recording:
    async with world.rt.db.tenant(world.company_id) as db:
        recording = await recordings.recording(db, call_id)
    assert recording is not None
    return recording


def tools(rt: Runtime, redis_url: str) -> Tools:
    publisher = RedisPublisher(redis_url, read(RedisSettings).timeout)
    return tools_of(rt, publisher, read(WebhookSettings), read(LlmSettings))


def test_a_sound_is_measured_side_by_side(tape: Path) -> None:
    sound = measure(tape)
    assert sound.seconds == pytest.approx(4, abs=0.1)
    quarters = [sound.peaks[len(sound.peaks) * part // 8] for part in (1, 3, 5, 7)]
    assert [point["caller"] > 0.3 for point in quarters] == [True, False, False, False]
    assert [point["agent"] > 0.3 for point in quarters] == [False, False, True, True]


async def test_a_recording_is_kept_once_for_the_days_of_the_company_and_drawn(
    world: World, call_id: UUID, tape: Path, redis_url: str
) -> None:
    async with world.rt.db.tenant(world.company_id) as db:
        await db.execute(update(Company).values(recording_days=7))
    recording = await kept(world, call_id, tape)
    assert recording.delete_after == NOW + timedelta(days=7)
    assert not tape.exists()
    async with world.rt.db.tenant(world.company_id) as db:
        orders = (await db.scalars(select(OutboxRow.args).where(OutboxRow.actor == "draw_recording"))).all()
    assert orders == [{"call_id": str(call_id)}]
    held = tools(world.rt, redis_url)
    await draw_recording(held, world.company_id, call_id=str(call_id))
    await held.publisher.close()
    drawn = await found(world, call_id)
    assert drawn.seconds == pytest.approx(4, abs=0.1)
    assert len(drawn.peaks) > 40


async def test_what_a_dead_process_recorded_is_kept(world: World, call_id: UUID, tape: Path) -> None:
    left = recordings.tape_path(world.rt.files, world.company_id, call_id, NOW)
    left.parent.mkdir(parents=True)
    left.write_bytes(tape.read_bytes()[:-4000])  # it broke off
    assert await recordings.rescue(world.rt.db, world.rt.files, world.company_id, call_id, at=NOW)
    recording = await found(world, call_id)
    assert recording.started_at == NOW
    assert measure(world.rt.files.path(world.company_id, recording.file)).seconds > 1
    assert not await recordings.rescue(world.rt.db, world.rt.files, world.company_id, call_id, at=NOW)


async def test_what_was_kept_long_enough_is_deleted_with_its_file(world: World, call_id: UUID, tape: Path) -> None:
    recording = await kept(world, call_id, tape)
    file = world.rt.files.path(world.company_id, recording.file)
    async with world.rt.db.system() as db:
        early = await lookups.recordings_due(db, now=recording.delete_after - timedelta(seconds=1), limit=1000)
        due = await lookups.recordings_due(db, now=recording.delete_after, limit=1000)
    mine = lookups.Reference(world.company_id, call_id)
    assert (mine in early, mine in due, file.exists()) == (False, True, True)
    await recordings.forget(world.rt.db, world.rt.files, world.company_id, call_id)
    async with world.rt.db.tenant(world.company_id) as db:
        assert await recordings.recording(db, call_id) is None
    assert not file.exists()
