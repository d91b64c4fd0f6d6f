"""The recording on a call's page: heard in pieces, by members who may see callers' numbers."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import select

from app.calls import recordings
from app.calls.sound import measure
from app.tenants.models import AuditEntry, Role
from app.ui.sound import PIECE, span
from tests.integration.ui.reader import Open
from tests.integration.ui.test_pages import signed_in_as
from tests.support.call_rows import START, add_call, add_talk
from tests.support.sound import write_tones
from tests.support.world import World

pytestmark = pytest.mark.integration


@pytest.mark.parametrize(
    ("header", "size", "piece"),
    [
        (None, 100, (0, 99)),
        ("bytes=0-", 100, (0, 99)),
        ("bytes=10-19", 100, (10, 19)),
        ("bytes=90-300", 100, (90, 99)),
        ("bytes=-10", 100, (90, 99)),
        ("bytes=0-", 10 * PIECE, (0, PIECE - 1)),
        ("bytes=100-", 100, None),
        ("bytes=-0", 100, None),
        ("bytes=5-4", 100, None),
        ("lines=1-2", 100, (0, 99)),
        ("bytes=0-1,5-6", 100, (0, 99)),
    ],
)
def test_a_range_names_a_piece(header: str | None, size: int, piece: tuple[int, int] | None) -> None:
    assert span(header, size) == piece


async def recorded_call(world: World, folder: Path) -> UUID:
    call_id = await add_call(world, (await world.bot()).id)
    await add_talk(world, call_id, "Хочу записаться на чистку")
    tape = folder / "call.ogg"
    write_tones(tape, caller=(0, 2), agent=(3, 6), seconds=6)
    sound = measure(tape)
    stored = await world.rt.files.take(world.company_id, tape)
    async with world.rt.db.tenant(world.company_id) as db:
        await recordings.keep(db, call_id, stored, started_at=START, seconds=6, at=START)
        await recordings.draw(db, call_id, seconds=sound.seconds, peaks=sound.peaks)
    return call_id


async def test_a_recording_is_played_in_step_with_the_transcript(browser: Open, world: World, tmp_path: Path) -> None:
    owner = await signed_in_as(world, browser, Role.EDITOR)
    call_id = await recorded_call(world, tmp_path)
    page = f"/c/{world.slug}/calls/{call_id}"
    shown = (await owner.get(page)).text
    assert f'src="{page}/audio"' in shown
    assert 'data-at="' in shown
    whole = await owner.client.get(f"{page}/audio")
    assert (whole.status_code, whole.headers["content-type"]) == (206, "audio/ogg")
    assert whole.content.startswith(b"OggS")
    piece = await owner.client.get(f"{page}/audio", headers={"range": "bytes=4-9"})
    assert piece.content == whole.content[4:10]
    assert piece.headers["content-range"] == f"bytes 4-9/{len(whole.content)}"
    beyond = await owner.client.get(f"{page}/audio", headers={"range": f"bytes={len(whole.content)}-"})
    assert beyond.status_code == 416


async def test_who_may_not_see_numbers_does_not_hear_them(browser: Open, world: World, tmp_path: Path) -> None:
    call_id = await recorded_call(world, tmp_path)
    viewer = await signed_in_as(world, browser, Role.VIEWER)
    assert "<audio" not in (await viewer.get(f"/c/{world.slug}/calls/{call_id}")).text
    assert (await viewer.get(f"/c/{world.slug}/calls/{call_id}/audio")).status_code == 404


async def test_recordings_are_kept_as_long_as_the_owner_says(browser: Open, world: World, tmp_path: Path) -> None:
    call_id = await recorded_call(world, tmp_path)
    owner, editor = [await signed_in_as(world, browser, role) for role in (Role.OWNER, Role.EDITOR)]
    page = f"/c/{world.slug}/settings/privacy"
    assert 'value="30"' in (await owner.get(page)).text
    assert (await editor.get(page)).status_code == 403
    for wrong in ("", "0", "x", "99999"):
        assert (await owner.send(page, {"recording_days": wrong})).status_code == 422
    await owner.send(page, {"recording_days": "3"})
    async with world.rt.db.tenant(world.company_id) as db:
        kept = await recordings.recording(db, call_id)
        assert kept is not None
        assert kept.delete_after == START + timedelta(days=3)
        said = (await db.scalars(select(AuditEntry).where(AuditEntry.action == "recordings.kept_for"))).one()
        assert (said.before, said.after) == ({"days": 30}, {"days": 3})
