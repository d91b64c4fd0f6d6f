"""The room's only SQL that reads."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import Select, func, select

from app.calls.models import Call, CallEvent, CollectedField, Turn
from app.db.session import TenantDb
from app.errors import NotFound


def calls() -> Select[Call]:
    """The company's calls, newest first."""
    return select(Call).order_by(Call.id.desc())


def turns_of(call_id: UUID) -> Select[Turn]:
    """What was said, in order."""
    return select(Turn).where(Turn.call_id == call_id).order_by(Turn.seq)


def events_of(call_id: UUID) -> Select[CallEvent]:
    """What the engine changed, in order."""
    return select(CallEvent).where(CallEvent.call_id == call_id).order_by(CallEvent.seq)


def fields_of(call_id: UUID) -> Select[CollectedField]:
    """Every field of the scenario, in its order."""
    return select(CollectedField).where(CollectedField.call_id == call_id).order_by(CollectedField.position)


def turns_after(call_id: UUID, seq: int) -> Select[Turn]:
    """What was said after turn `seq`, in order."""
    return turns_of(call_id).where(Turn.seq > seq)


def latest_turns(call_id: UUID, count: int) -> Select[Turn]:
    """The last turns, newest first."""
    return select(Turn).where(Turn.call_id == call_id).order_by(Turn.seq.desc()).limit(count)


async def call(db: TenantDb, call_id: UUID) -> Call:
    """Raises NotFound, also for another company's call."""
    found = await db.scalar(select(Call).where(Call.id == call_id).execution_options(populate_existing=True))
    if found is None:
        raise NotFound
    return found


async def locked_call(db: TenantDb, call_id: UUID) -> Call:
    """The call, locked to the end of the transaction. Raises NotFound."""
    found = await db.scalar(
        select(Call).where(Call.id == call_id).with_for_update().execution_options(populate_existing=True)
    )
    if found is None:
        raise NotFound
    return found


async def clock(db: TenantDb) -> datetime:
    """What PostgreSQL's clock shows."""
    now: datetime = (await db.execute(select(func.clock_timestamp()))).scalar_one()
    return now


def set_fields_of(call_ids: Sequence[UUID]) -> Select[CollectedField]:
    """What is known of several calls, each call's fields in the scenario's order."""
    known = CollectedField.call_id.in_(call_ids) & CollectedField.value.is_not(None)
    return select(CollectedField).where(known).order_by(CollectedField.call_id, CollectedField.position)
