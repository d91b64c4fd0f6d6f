"""The sound of calls: kept when a call is over, drawn by the worker, deleted when its time has come."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert

from app.calls.models import Recording
from app.db.base import JsonList
from app.db.outbox import outbox
from app.db.session import Database, TenantDb
from app.errors import InvalidInput, NotFound
from app.files import FileStore, StoredFile
from app.tenants import queries as tenants
from app.tenants.actors import Actor
from app.tenants.audit import audit

SUFFIX = ".ogg"
MIN_DAYS, MAX_DAYS = 1, 1825
"""Days that recordings may be kept."""


def tape_path(files: FileStore, company_id: UUID, call_id: UUID, started_at: datetime) -> Path:
    """Where a running call is recorded. The name tells whose it is, should nobody come back to finish it."""
    return files.unfinished(company_id) / f"{call_id}.{int(started_at.timestamp() * 1000)}{SUFFIX}"


async def keep(
    db: TenantDb, call_id: UUID, file: StoredFile, *, started_at: datetime, seconds: float, at: datetime
) -> None:
    """The recording of a call, kept from `at` for the company's days; orders its drawing. The first one counts."""
    company = await tenants.company(db)
    kept = await db.execute(
        insert(Recording)
        .values(
            company_id=db.company_id,
            call_id=call_id,
            file=file.name,
            size=file.size,
            seconds=seconds,
            started_at=started_at,
            peaks=[],
            delete_after=at + timedelta(days=company.recording_days),
        )
        .on_conflict_do_nothing()
        .returning(Recording.call_id)
    )
    if kept.first() is not None:
        outbox(db, "draw_recording", call_id=call_id)


async def recording(db: TenantDb, call_id: UUID) -> Recording | None:
    """The call's recording, if there is one."""
    return await db.scalar(select(Recording).where(Recording.call_id == call_id))


async def draw(db: TenantDb, call_id: UUID, *, seconds: float, peaks: JsonList) -> None:
    """Keeps what the file really holds. Raises NotFound when the recording is gone."""
    found = await recording(db, call_id)
    if found is None:
        raise NotFound
    found.seconds, found.peaks = seconds, peaks
    await db.flush()


async def rescue(database: Database, files: FileStore, company_id: UUID, call_id: UUID, *, at: datetime) -> bool:
    """Keeps what a process that died had recorded of a call. False when it left nothing."""
    left = await asyncio.to_thread(_left_over, files, company_id, call_id)
    if left is None:
        return False
    path, started_at, seconds = left
    stored = await files.take(company_id, path)
    async with database.tenant(company_id) as db:
        await keep(db, call_id, stored, started_at=started_at, seconds=seconds, at=at)
    return True


def _left_over(files: FileStore, company_id: UUID, call_id: UUID) -> tuple[Path, datetime, float] | None:
    for path in sorted(files.unfinished(company_id).glob(f"{call_id}.*{SUFFIX}")):
        began = int(path.name.split(".")[1]) / 1000
        if path.stat().st_size:
            return path, datetime.fromtimestamp(began).astimezone(), max(path.stat().st_mtime - began, 0.0)
        path.unlink()
    return None


async def keep_for(db: TenantDb, days: int, *, by: Actor, at: datetime) -> None:
    """From now on recordings are kept for so many days, those that are there already included.

    Raises Forbidden; InvalidInput outside MIN_DAYS to MAX_DAYS.
    """
    by.need("keys:write")
    if not MIN_DAYS <= days <= MAX_DAYS:
        raise InvalidInput(field="recording_days", reason="range", low=MIN_DAYS, high=MAX_DAYS)
    company = await tenants.company(db)
    before, company.recording_days = company.recording_days, days
    if before == days:
        return
    audit(db, by, at, "recordings.kept_for", company.id, before={"days": before}, after={"days": days})
    longer = Recording.delete_after + timedelta(days=days - before)
    await db.execute(update(Recording).values(delete_after=longer).execution_options(synchronize_session=False))
    await db.flush()


async def forget(database: Database, files: FileStore, company_id: UUID, call_id: UUID) -> None:
    """Deletes a recording, the file first: a crash between the two is made good by doing it again."""
    async with database.tenant(company_id) as db:
        found = await recording(db, call_id)
        if found is None:
            return
        shared = await db.scalar(select(func.count()).where(Recording.file == found.file))
        name = found.file
    if shared == 1:
        await files.delete(company_id, name)
    async with database.tenant(company_id) as db:
        found = await recording(db, call_id)
        if found is not None:
            await db.delete(found)
