"""Calls written straight into the tables, for tests about how calls are read."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from app.bots import queries as bots
from app.calls.models import (
    Call,
    CallOutcome,
    CallStatus,
    Channel,
    CollectedField,
    Direction,
    FieldStatus,
    OutcomeSource,
    Turn,
    TurnKind,
    TurnRole,
)
from app.db.base import new_id
from tests.support.world import World

START = datetime.now(UTC).replace(microsecond=0)


async def add_call(world: World, bot_id: UUID, **what: Any) -> UUID:  # Any: columns of Call
    """A finished call of a bot, or one as `what` says."""
    started_at = what.get("started_at", START)
    values: dict[str, Any] = {
        "id": new_id(),
        "company_id": world.company_id,
        "bot_id": bot_id,
        "direction": Direction.INBOUND,
        "channel": Channel.PHONE,
        "status": CallStatus.ENDED,
        "language": "ru",
        "caller_number": "+79261234567",
        "started_at": started_at,
        "ended_at": started_at + timedelta(seconds=42),
        "stage": "end",
        "state": {},
        "turn_count": 2,
        "event_count": 0,
        **what,
    }
    async with world.rt.db.tenant(world.company_id) as db:
        values.setdefault("config_id", (await bots.published_config(db, bot_id)).id)
        db.add(Call(**values))
    call_id: UUID = values["id"]
    return call_id


async def add_talk(world: World, call_id: UUID, said: str, *, outcome: str = "booked") -> None:
    """A greeting, the caller's words, a field taken from them and an outcome that rests on them."""
    keys = {"company_id": world.company_id, "call_id": call_id}
    evidence = {
        "event": 1,
        "turn": 2,
        "quote": said,
        "start": 0,
        "end": len(said),
        "kind": "said",
        "about": "field_set",
    }
    async with world.rt.db.tenant(world.company_id) as db:
        for seq, role, text in ((1, TurnRole.AGENT, "Здравствуйте"), (2, TurnRole.CALLER, said)):
            turn = {"role": role, "kind": TurnKind.SPEECH, "text": text, "language": "ru", "stage": "greeting"}
            db.add(Turn(**keys, **turn, seq=seq, at=START, metrics={}, why={}))
        db.add(
            CollectedField(
                **keys,
                name="wish",
                position=0,
                type="text",
                status=FieldStatus.SET,
                value=said,
                raw=said,
                turn_seq=2,
                confirmed=True,
                history=[],
            )
        )
        db.add(
            CallOutcome(
                **keys,
                version=1,
                code=outcome,
                rule="true",
                evidence=[evidence],
                source=OutcomeSource.RULE,
                needs_review=False,
                created_at=START,
            )
        )
