"""The list of calls as programs and pages read it: filtered, newest first, continued after a call's id.

Continuing by key costs the same on the first page and on the ten-thousandth, and a new call moves nothing. Only the
columns of a list are read: a call's state may be large.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, false, or_, select

from app.bots.models import Bot, BotConfig
from app.calls.models import Call, CallStatus, Channel, CollectedField, Direction, EndedBy, Turn
from app.db.session import TenantDb

_SLACK = timedelta(minutes=5)


@dataclass(frozen=True)
class CallFilter:
    """Which calls; None and empty: any. `since` is included, `until` is not; both are about the call's start."""

    bot_id: UUID | None = None
    status: CallStatus | None = None
    direction: Direction | None = None
    outcome: str | None = None
    language: str | None = None
    caller: str | None = None
    words: str | None = None
    """Words that were said, a value that was collected, the caller's number or the summary; case does not matter."""
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True)
class CallRow:
    """One call in a list."""

    id: UUID
    bot: str
    version: int
    direction: Direction
    channel: Channel
    status: CallStatus
    language: str
    caller: str | None
    started_at: datetime
    ended_at: datetime | None
    ended_by: EndedBy | None
    outcome: str | None
    summary: str | None
    turn_count: int
    analysed_at: datetime | None


_ROWS = (
    select(
        Call.id,
        Bot.slug,
        BotConfig.version,
        Call.direction,
        Call.channel,
        Call.status,
        Call.language,
        Call.caller_number,
        Call.started_at,
        Call.ended_at,
        Call.ended_by,
        Call.outcome_code,
        Call.summary,
        Call.turn_count,
        Call.analysed_at,
    )
    .join(Bot, (Bot.company_id == Call.company_id) & (Bot.id == Call.bot_id))
    .join(BotConfig, (BotConfig.company_id == Call.company_id) & (BotConfig.id == Call.config_id))
)


async def page(db: TenantDb, wanted: CallFilter, *, after: UUID | None = None, limit: int = 50) -> Sequence[CallRow]:
    """Up to `limit` calls older than the call `after`, which need not exist any more."""
    statement = _ROWS.where(*_conditions(wanted)).order_by(Call.id.desc()).limit(limit)
    if after is not None:
        statement = statement.where(Call.id < after)
    rows: Sequence[Any] = (await db.execute(statement)).all()  # Any: columns in the order of CallRow
    return [CallRow(*row) for row in rows]


def _conditions(wanted: CallFilter) -> list[ColumnElement[bool]]:
    exact = (
        (Call.bot_id, wanted.bot_id),
        (Call.status, wanted.status),
        (Call.direction, wanted.direction),
        (Call.outcome_code, wanted.outcome),
        (Call.language, wanted.language),
        (Call.caller_number, wanted.caller),
    )
    found: list[ColumnElement[bool]] = [column == value for column, value in exact if value]
    if wanted.words:
        found.append(_mentions(wanted.words))
    # Ids are made when calls start, so the primary key narrows a period; the exact limits are the times themselves.
    if wanted.since is not None:
        found += [Call.id >= _first_id(wanted.since - _SLACK), Call.started_at >= wanted.since]
    if wanted.until is not None:
        found += [Call.id < _first_id(wanted.until + _SLACK), Call.started_at < wanted.until]
    return found


def _mentions(words: str) -> ColumnElement[bool]:
    """The caller's number, the summary, a collected value or something said holds the words, as they stand."""
    digits = "".join(letter for letter in words if letter.isdigit())
    number = Call.caller_number.contains(digits, autoescape=True) if len(digits) > 3 else false()
    said = select(Turn.seq).where(Turn.call_id == Call.id, Turn.text.icontains(words, autoescape=True)).exists()
    known = CollectedField.value.icontains(words, autoescape=True)
    if len(digits) > 3:
        known = known | CollectedField.value.contains(digits, autoescape=True)
    collected = select(CollectedField.name).where(CollectedField.call_id == Call.id, known).exists()
    return or_(number, Call.summary.icontains(words, autoescape=True), collected, said)


async def neighbours(db: TenantDb, wanted: CallFilter, call_id: UUID) -> tuple[UUID | None, UUID | None]:
    """The next newer and the next older call that the filter lets through; None at either end."""
    fitting = select(Call.id).where(*_conditions(wanted))
    newer = await db.scalar(fitting.where(Call.id > call_id).order_by(Call.id).limit(1))
    older = await db.scalar(fitting.where(Call.id < call_id).order_by(Call.id.desc()).limit(1))
    return newer, older


def _first_id(at: datetime) -> UUID:
    """The smallest UUIDv7 of a moment (RFC 9562, 5.7: 48 bits of Unix milliseconds come first)."""
    milliseconds = min(max(int(at.timestamp() * 1000), 0), 2**48 - 1)
    return UUID(int=milliseconds << 80)
