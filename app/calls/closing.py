"""Ending a call: once, whoever sees the end first, with the work that follows in the same transaction.

Witnesses are the conversation itself, the person who hangs up, and the watchdog, which closes what a dead process left.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from uuid import UUID

from pydantic import ValidationError

from app.bots import queries as bots
from app.calls import queries, rules, writing
from app.calls.models import Call, CallStatus
from app.calls.scenarios import compiled
from app.db.base import new_id
from app.db.outbox import outbox
from app.db.session import Database, TenantDb
from app.errors import ScenarioRejected
from app.scenario.compiled import CompiledScenario
from app.scenario.engine import ScenarioEngine
from app.scenario.state import CallState, EndReason

log = logging.getLogger(__name__)


async def close(db: TenantDb, call_id: UUID, reason: EndReason, *, at: datetime) -> bool:
    """Ends a running call at `at` and orders its analysis and its announcement. False when it had ended already."""
    call = await queries.locked_call(db, call_id)
    status = rules.status_after(reason)
    if not rules.may_become(call.status, status):
        return False
    call.status, call.ended_by, call.end_reason = status, rules.ended_by(reason), reason.value
    call.ended_at = max(at, call.started_at)
    call.holder, call.lease_until = None, None
    outbox(db, "analyse_call", call_id=call_id)
    outbox(db, "announce_call", call_id=call_id, type="call.ended")
    await db.flush()
    return True


async def close_interrupted(database: Database, company_id: UUID, call_id: UUID) -> bool:
    """Closes a call whose process is gone, with everything up to its last turn. False when there is nothing to do:
    it ended meanwhile, or somebody carries it.

    A call that had said its goodbye ends as that goodbye says, any other as interrupted. Raises NotFound.
    """
    async with database.tenant(company_id) as db:
        call = await queries.call(db, call_id)
        source = (await bots.config_by_id(db, call.config_id)).source
    scenario = await _scenario(source)  # compiled here: no transaction waits for it
    async with database.tenant(company_id) as db:
        call = await queries.locked_call(db, call_id)
        now = await queries.clock(db)  # the clock that leases are written by
        lost = call.lease_until is None or call.lease_until < now
        if call.status is not CallStatus.RUNNING or not lost:
            return False
        ended_at = await _last_heard(db, call)
        reason = await _last_word(db, call, scenario, ended_at)
        return await close(db, call_id, reason, at=ended_at)


async def close_without_engine(database: Database, company_id: UUID, call_id: UUID) -> bool:
    """Closes a lost call that the engine cannot close, as interrupted. False when it ended meanwhile, or somebody
    carries it. Raises NotFound.
    """
    async with database.tenant(company_id) as db:
        call = await queries.locked_call(db, call_id)
        now = await queries.clock(db)
        if call.status is not CallStatus.RUNNING or (call.lease_until is not None and call.lease_until >= now):
            return False
        return await close(db, call_id, EndReason.INTERRUPTED, at=await _last_heard(db, call))


async def _last_heard(db: TenantDb, call: Call) -> datetime:
    """When the last turn was: the lease ran on after it, and would make a call that broke off look longer."""
    turn = (await db.scalars(queries.latest_turns(call.id, 1))).first()
    return call.started_at if turn is None else turn.at


async def _scenario(source: str) -> CompiledScenario | None:
    try:
        return await compiled(source)
    except ScenarioRejected:
        # Published under older rules: the call must end all the same, only the engine's last event is missing.
        log.warning("a call's scenario no longer loads; it is closed without the engine")
        return None


async def _last_word(db: TenantDb, call: Call, scenario: CompiledScenario | None, at: datetime) -> EndReason:
    """Writes the engine's end of the call, if it has not ended it itself; says why the call ended."""
    if scenario is None:
        return EndReason.INTERRUPTED
    try:
        state = CallState.from_json(call.state)
    except ValidationError:
        log.warning("a call's state was written by another version; it is closed without the engine")
        return EndReason.INTERRUPTED
    if state.ended is not None:
        return state.ended
    step = ScenarioEngine(scenario).end_call(state, EndReason.INTERRUPTED, at)
    hold = writing.Hold(new_id(), timedelta())
    await writing.take_over(db, call.id, hold)
    await writing.write_step(db, call.id, scenario, writing.Change(state, step), hold)
    return EndReason.INTERRUPTED
