"""What PostgreSQL holds of a call, read with the rights of its company."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select, text

from app.calls import queries
from app.calls.models import Call, CallEvent, CollectedField, Turn
from app.db.outbox import OutboxRow
from app.runtime import Runtime


@dataclass(frozen=True)
class Record:
    """One call with everything written about it, in order."""

    call: Call
    turns: Sequence[Turn]
    events: Sequence[CallEvent]
    fields: dict[str, CollectedField]
    jobs: list[tuple[str, dict[str, object]]]
    """Actor and arguments of the outbox rows that name the call."""

    @property
    def said(self) -> list[str]:
        return [turn.text for turn in self.turns]

    def event(self, kind: str) -> list[dict[str, object]]:
        """The data of every event of a type."""
        return [event.data for event in self.events if event.type == kind]


async def record_of(rt: Runtime, company_id: UUID, call_id: UUID) -> Record:
    """Everything committed so far."""
    async with rt.db.tenant(company_id) as db:
        call = await queries.call(db, call_id)
        turns = (await db.scalars(queries.turns_of(call_id))).all()
        events = (await db.scalars(queries.events_of(call_id))).all()
        fields = {field.name: field for field in (await db.scalars(queries.fields_of(call_id))).all()}
        rows = (await db.scalars(select(OutboxRow).order_by(OutboxRow.id))).all()
    jobs = [(row.actor, row.args) for row in rows if row.args.get("call_id") == str(call_id)]
    return Record(call, turns, events, fields, jobs)


async def lose_lease(rt: Runtime, company_id: UUID, call_id: UUID) -> None:
    """The call's process has not been heard of for longer than its lease."""
    lost = text("update call set lease_until = clock_timestamp() - interval '1 second' where id = :id")
    async with rt.db.tenant(company_id) as db:
        await db.execute(lost, {"id": call_id})
