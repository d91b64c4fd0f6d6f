"""The room's only SQL: counts over calls. A week is read through the primary key, whatever the table's size."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, func, select

from app.bots.models import Bot
from app.calls.models import Call, CallStatus
from app.db.session import TenantDb

LEAD = "LEAD"


@dataclass(frozen=True)
class CallCounts:
    """Calls of a period. `average_seconds`: of those that ended; None when none did."""

    calls: int
    leads: int
    analysed: int
    average_seconds: float | None


@dataclass(frozen=True)
class BotCounts:
    """A bot's calls of a period; `last_at` is about all its calls."""

    calls: int
    leads: int
    analysed: int
    last_at: datetime | None


def first_id(at: datetime) -> UUID:
    """The smallest UUIDv7 of a moment (RFC 9562, 5.7: 48 bits of Unix milliseconds come first)."""
    return UUID(int=min(max(int(at.timestamp() * 1000), 0), 2**48 - 1) << 80)


def _leads() -> ColumnElement[int]:
    return func.count().filter(Call.outcome_code == LEAD)


def _analysed() -> ColumnElement[int]:
    return func.count().filter(Call.outcome_code.is_not(None))


async def counts_since(db: TenantDb, since: datetime) -> CallCounts:
    """Calls that began at `since` or later."""
    length = func.extract("epoch", Call.ended_at - Call.started_at)
    row = (
        await db.execute(
            select(func.count(), _leads(), _analysed(), func.avg(length)).where(
                Call.id >= first_id(since), Call.started_at >= since
            )
        )
    ).one()
    return CallCounts(row[0], row[1], row[2], None if row[3] is None else float(row[3]))


async def outcomes_since(db: TenantDb, since: datetime) -> Mapping[str, int]:
    """How often each outcome came, the most frequent first."""
    rows = await db.execute(
        select(Call.outcome_code, func.count())
        .where(Call.id >= first_id(since), Call.started_at >= since, Call.outcome_code.is_not(None))
        .group_by(Call.outcome_code)
        .order_by(func.count().desc(), Call.outcome_code)
    )
    return {code: count for code, count in rows if code is not None}


async def running(db: TenantDb) -> int:
    """Calls in progress."""
    return await db.scalar(select(func.count()).where(Call.status == CallStatus.RUNNING)) or 0


async def by_bot(db: TenantDb, since: datetime) -> Mapping[UUID, BotCounts]:
    """Of every bot: its calls since then, and its last call whenever that was."""
    counted = {
        row[0]: row
        for row in await db.execute(
            select(Call.bot_id, func.count(), _leads(), _analysed())
            .where(Call.id >= first_id(since), Call.started_at >= since)
            .group_by(Call.bot_id)
        )
    }
    newest = select(Call.started_at).where(Call.bot_id == Bot.id).order_by(Call.id.desc()).limit(1).scalar_subquery()
    found = {}
    for bot_id, last_at in await db.execute(select(Bot.id, newest)):
        _, calls, leads, analysed = counted.get(bot_id, (bot_id, 0, 0, 0))
        found[bot_id] = BotCounts(calls, leads, analysed, last_at)
    return found
