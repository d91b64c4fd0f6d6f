"""The verbs that write a running call; the block that opened the session commits.

Only the process that holds the call's lease writes. Holding is checked in the same statement that moves the call on,
so two processes can never both continue from one turn.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, cast, func, insert, update
from sqlalchemy.dialects.postgresql import JSONB, Insert
from sqlalchemy.dialects.postgresql import insert as upsert

from app.calls import queries
from app.calls.models import (
    Call,
    CallEvent,
    CallStatus,
    Channel,
    CollectedField,
    Direction,
    FieldStatus,
    Turn,
    TurnKind,
    TurnRole,
)
from app.db.base import Json
from app.db.session import TenantDb
from app.errors import CallBusy, CallEnded
from app.scenario.compiled import CompiledScenario
from app.scenario.state import CallState, Step


@dataclass(frozen=True)
class Hold:
    """Who carries a call, and how long it counts as carried without another word.

    Times of leases are PostgreSQL's: processes on machines with different clocks agree on who has lost a call.
    """

    holder: UUID
    lease: timedelta

    @property
    def until(self) -> ColumnElement[datetime]:
        """The end of the lease, by PostgreSQL's clock when the statement runs."""
        return func.clock_timestamp() + self.lease


@dataclass(frozen=True)
class Said:
    """One turn to be written; `seq` is the engine's number of it."""

    seq: int
    role: TurnRole
    kind: TurnKind
    text: str
    language: str
    stage: str
    at: datetime
    metrics: Json = field(default_factory=dict)
    why: Json = field(default_factory=dict)


@dataclass(frozen=True)
class NewCall:
    """What is known of a call before its first word."""

    id: UUID
    bot_id: UUID
    config_id: UUID
    direction: Direction
    channel: Channel
    caller_number: str | None
    started_at: datetime
    called_number: str | None = None
    room: str | None = None
    voice: Json = field(default_factory=dict)


@dataclass(frozen=True)
class Change:
    """One step of the engine with the turns it adds. `before` is None for the greeting."""

    before: CallState | None
    step: Step
    turns: Sequence[Said] = ()

    @property
    def after(self) -> CallState:
        return self.step.state


async def open_call(db: TenantDb, new: NewCall, scenario: CompiledScenario, change: Change, hold: Hold) -> None:
    """The call with its greeting; every field of the scenario gets a row, missing so far."""
    state = change.after
    db.add(
        Call(
            id=new.id,
            company_id=db.company_id,
            created_at=new.started_at,
            bot_id=new.bot_id,
            config_id=new.config_id,
            direction=new.direction,
            channel=new.channel,
            status=CallStatus.RUNNING,
            language=state.language,
            caller_number=new.caller_number,
            called_number=new.called_number,
            room=new.room,
            voice=new.voice,
            started_at=new.started_at,
            stage=state.stage,
            state=state.to_json(),
            turn_count=state.turn,
            event_count=state.event_seq,
            holder=hold.holder,
            lease_until=hold.until,
        )
    )
    await db.flush()
    await _append(db, new.id, change)
    await _write_fields(db, new.id, scenario, state, scenario.fields)


async def write_step(db: TenantDb, call_id: UUID, scenario: CompiledScenario, change: Change, hold: Hold) -> None:
    """Moves the call on by one step and renews the lease.

    Raises CallEnded when the call is over, CallBusy when another process holds it or has moved it on.
    """
    before, after = change.before, change.after
    if before is None:
        raise ValueError("the greeting opens a call, it does not move one on")
    moved = await db.execute(
        update(Call)
        .where(
            Call.id == call_id,
            Call.status == CallStatus.RUNNING,
            Call.holder == hold.holder,
            Call.event_count == before.event_seq,
        )
        .values(
            language=after.language,
            stage=after.stage,
            state=after.to_json(),
            turn_count=after.turn,
            event_count=after.event_seq,
            lease_until=hold.until,
        )
        .returning(Call.id)
        .execution_options(synchronize_session=False)
    )
    if moved.scalar_one_or_none() is None:
        raise await _refusal(db, call_id)
    await _append(db, call_id, change)
    changed = [name for name in scenario.fields if after.fields.get(name) != before.fields.get(name)]
    await _write_fields(db, call_id, scenario, after, changed)


async def write_heard(db: TenantDb, call_id: UUID, seq: int, heard: str) -> None:
    """What of an interrupted turn was really played; the rest was never heard."""
    await db.execute(update(Turn).where(Turn.call_id == call_id, Turn.seq == seq).values(heard_text=heard))


async def write_metrics(db: TenantDb, call_id: UUID, seconds: Mapping[int, Mapping[str, float]]) -> None:
    """What is known of turns only when they were spoken, beside what they have; by the turns' numbers."""
    for seq, parts in seconds.items():
        mine = update(Turn).where(Turn.call_id == call_id, Turn.seq == seq)
        await db.execute(mine.values(metrics=Turn.metrics.op("||")(cast(dict(parts), JSONB))))


async def renew(db: TenantDb, call_ids: Iterable[UUID], hold: Hold) -> set[UUID]:
    """Keeps the leases of the calls that are still the holder's; returns those."""
    kept = await db.execute(
        update(Call)
        .where(Call.id.in_(list(call_ids)), Call.status == CallStatus.RUNNING, Call.holder == hold.holder)
        .values(lease_until=hold.until)
        .returning(Call.id)
        .execution_options(synchronize_session=False)
    )
    return set(kept.scalars())


async def take_over(db: TenantDb, call_id: UUID, hold: Hold) -> Call:
    """Makes `hold` the call's holder, whoever held it; the row stays locked to the end of the transaction.

    The one before finds out at its next write (CallBusy) and lets go. Raises NotFound, CallEnded.
    """
    call = await queries.locked_call(db, call_id)
    if call.status is not CallStatus.RUNNING:
        raise CallEnded
    mine = update(Call).where(Call.id == call_id).values(holder=hold.holder, lease_until=hold.until)
    await db.execute(mine.execution_options(synchronize_session=False))
    return call


async def _refusal(db: TenantDb, call_id: UUID) -> CallEnded | CallBusy:
    call = await queries.call(db, call_id)
    return CallBusy() if call.status is CallStatus.RUNNING else CallEnded()


async def _append(db: TenantDb, call_id: UUID, change: Change) -> None:
    turns, events = change.turns, change.step.events
    key = {"company_id": db.company_id, "call_id": call_id}
    if turns:
        await db.execute(
            insert(Turn),
            [
                {
                    **key,
                    "seq": turn.seq,
                    "role": turn.role,
                    "kind": turn.kind,
                    "text": turn.text,
                    "language": turn.language,
                    "stage": turn.stage,
                    "at": turn.at,
                    "metrics": turn.metrics,
                    "why": turn.why,
                }
                for turn in turns
            ],
        )
    if events:
        await db.execute(
            insert(CallEvent),
            [
                {
                    **key,
                    "seq": event.seq,
                    "turn_seq": event.turn,
                    "type": event.type,
                    "at": event.at,
                    "data": dict(event.data),
                }
                for event in events
            ],
        )


def _upsert_of_fields() -> Insert:
    new, key = upsert(CollectedField), ("company_id", "call_id", "name")
    changing = {column.name: new.excluded[column.name] for column in CollectedField.__table__.columns}
    return new.on_conflict_do_update(
        index_elements=key, set_={name: value for name, value in changing.items() if name not in key}
    )


_FIELD_UPSERT = _upsert_of_fields()  # built once: it costs more than running it


async def _write_fields(
    db: TenantDb, call_id: UUID, scenario: CompiledScenario, state: CallState, names: Iterable[str]
) -> None:
    rows = [_field_row(db.company_id, call_id, scenario, state, name) for name in names]
    if rows:
        await db.execute(_FIELD_UPSERT, rows)


def _field_row(company_id: UUID, call_id: UUID, scenario: CompiledScenario, state: CallState, name: str) -> Json:
    known = state.fields.get(name)
    row: Json = {
        "company_id": company_id,
        "call_id": call_id,
        "name": name,
        "position": list(scenario.fields).index(name),
        "type": scenario.fields[name].type.value,
        "status": FieldStatus.MISSING,
        "value": None,
        "raw": None,
        "turn_seq": None,
        "confirmed": False,
        "source": None,
        "confidence": None,
        "history": [],
    }
    if known is not None:
        row.update(
            status=FieldStatus(known.status),
            value=known.value,
            raw=known.raw,
            turn_seq=known.turn,
            confirmed=known.confirmed,
            source=known.source,
            confidence=known.confidence,
            history=[entry.to_json() for entry in known.history],
        )
    return row
