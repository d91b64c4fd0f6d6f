"""After the call: outcome with evidence, summary, and one `call.analyzed` message, however often it is repeated."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from pydantic import ValidationError
from redis.exceptions import RedisError

from app.analysis import queries
from app.analysis.models import Analysis, AnalysisStatus
from app.analysis.report import call_report
from app.analysis.summarising import Summary, phrased
from app.bots import queries as bots
from app.calls import live
from app.calls import queries as calls
from app.calls.models import Call, CallEvent, CallOutcome, CallStatus, OutcomeSource, Turn, TurnRole
from app.calls.scenarios import compiled
from app.db.session import TenantDb
from app.errors import ScenarioRejected
from app.runtime import Runtime
from app.scenario.outcome_classifier import Evidence, Outcome, classify
from app.scenario.state import CallState, Event
from app.scenario.summary import summarise
from app.tenants import queries as tenants
from app.voice.providers.model import Model
from app.webhooks import messages
from app.webhooks.events import EventType

log = logging.getLogger(__name__)

MODEL_CLAIM = timedelta(seconds=45)
"""How long one run may hold a call while its model writes; after that another run takes it up."""


class StillRunning(Exception):
    """The call has not ended, or another run is at it: the job is to come again."""


@dataclass(frozen=True)
class Record:
    """What an analysis reads of a finished call."""

    source: str
    language: str
    state: dict[str, object]
    turns: tuple[Turn, ...]
    events: tuple[Event, ...]


@dataclass(frozen=True)
class Finding:
    """What an analysis found. `error`: the record cannot be read by this version of the scenario or the program."""

    outcome: Outcome | None
    summary: Summary | None
    language: str
    error: str | None = None


async def analyse(rt: Runtime, model: Model | None, company_id: UUID, call_id: UUID) -> bool:
    """Analyses a finished call and announces the result in one transaction. False: that was done before.

    Raises NotFound, and StillRunning when it must be tried later. Waits for the model in no transaction.
    """
    async with rt.db.tenant(company_id) as db:
        record = await _record(db, call_id)
    if record is None:
        return False
    finding = await _find(record)
    if model is not None and finding.summary is not None:
        async with rt.db.tenant(company_id) as db:
            await _claim(db, call_id, finding.language, model.name, at=rt.clock())
        summary = await phrased(model, finding.summary.text, record.turns, finding.language)
        finding = Finding(finding.outcome, summary, finding.language)
    async with rt.db.tenant(company_id) as db:
        done = await _write(db, call_id, finding, at=rt.clock())
    if done:
        await _tell(rt, company_id, call_id)
    return done


async def announce(db: TenantDb, kind: EventType, call_id: UUID, *, at: datetime) -> UUID | None:
    """Announces the call as it stands, once per kind. None: that was done before. Raises NotFound."""
    report = await call_report(db, call_id)
    happened_at = report.analysed_at if kind is EventType.CALL_ANALYZED else report.ended_at
    return await messages.announce(
        db,
        kind,
        report.to_json(),
        dedupe_key=f"{kind.value}:{call_id}",
        happened_at=happened_at or at,
        at=at,
        call_id=call_id,
    )


async def _record(db: TenantDb, call_id: UUID) -> Record | None:
    call = await calls.call(db, call_id)
    if call.status is CallStatus.RUNNING:
        raise StillRunning(call_id)
    if call.analysed_at is not None:
        return None
    config = await bots.config_by_id(db, call.config_id)
    company = await tenants.company(db)
    return Record(
        source=config.source,
        language=company.language,
        state=call.state,
        turns=tuple((await db.scalars(calls.turns_of(call_id))).all()),
        events=tuple(_event(row) for row in (await db.scalars(calls.events_of(call_id))).all()),
    )


async def _find(record: Record) -> Finding:
    """The decisions of the scenario's own rules, made again from what is stored. Pure but for compiling."""
    try:
        scenario = await compiled(record.source)
        state = CallState.from_json(record.state)
    except ScenarioRejected:
        return Finding(None, None, record.language, "scenario_invalid")
    except ValidationError:
        return Finding(None, None, record.language, "state_unreadable")
    language = record.language if record.language in scenario.languages else state.language
    said = {turn.seq: turn.text for turn in record.turns if turn.role is TurnRole.CALLER}
    outcome = classify(scenario, state, record.events, said)
    if not scenario.scenario.analysis.summary:
        return Finding(outcome, None, language)
    return Finding(outcome, Summary(summarise(scenario, state, record.events, language)), language)


async def _claim(db: TenantDb, call_id: UUID, language: str, model: str, *, at: datetime) -> None:
    """Says that a model is at it, so that a repeated job does not ask it twice. Raises StillRunning."""
    call = await calls.locked_call(db, call_id)
    last = await queries.last_analysis(db, call_id)
    running = last is not None and last.status is AnalysisStatus.RUNNING
    if call.analysed_at is not None or (running and last is not None and at - last.started_at < MODEL_CLAIM):
        raise StillRunning(call_id)
    if running and last is not None:
        last.started_at = at
    else:
        db.add(_next_analysis(call, last, language=language, model=model, at=at))
    await db.flush()


async def _write(db: TenantDb, call_id: UUID, finding: Finding, *, at: datetime) -> bool:
    call = await calls.locked_call(db, call_id)
    if call.analysed_at is not None:
        return False
    last = await queries.last_analysis(db, call_id)
    row = last if last is not None and last.status is AnalysisStatus.RUNNING else None
    if row is None:
        row = _next_analysis(call, last, language=finding.language, model=None, at=at)
        db.add(row)
    row.status = AnalysisStatus.DONE if finding.error is None else AnalysisStatus.FAILED
    row.finished_at, row.language = at, finding.language
    row.error = finding.error or (finding.summary.problem if finding.summary else None)
    row.summary = call.summary = finding.summary.text if finding.summary else None
    row.model = finding.summary.model if finding.summary else None
    if finding.outcome is not None:
        await _write_outcome(db, call, finding.outcome, at)
    call.analysed_at = at
    await db.flush()
    await announce(db, EventType.CALL_ANALYZED, call_id, at=at)
    return True


async def _write_outcome(db: TenantDb, call: Call, outcome: Outcome, at: datetime) -> None:
    last = await queries.outcome_of(db, call.id)
    if last is not None and last.source is OutcomeSource.PERSON:
        return  # a person decided meanwhile; rules do not overrule people
    db.add(
        CallOutcome(
            company_id=db.company_id,
            call_id=call.id,
            version=last.version + 1 if last else 1,
            code=outcome.code,
            rule=None if outcome.rule == "default" else outcome.rule,
            evidence=[_evidence(found) for found in outcome.evidence],
            source=OutcomeSource.RULE,
            needs_review=outcome.needs_review,
            created_at=at,
        )
    )
    call.outcome_code = outcome.code


async def _tell(rt: Runtime, company_id: UUID, call_id: UUID) -> None:
    try:
        for topic in (live.call_topic(call_id), live.CALLS):
            await live.announce(rt.redis, company_id, topic)
    except (RedisError, OSError) as error:
        log.warning("open pages were not told of an analysis: %s", type(error).__name__)


def _next_analysis(call: Call, last: Analysis | None, *, language: str, model: str | None, at: datetime) -> Analysis:
    return Analysis(
        company_id=call.company_id,
        call_id=call.id,
        version=last.version + 1 if last else 1,
        status=AnalysisStatus.RUNNING,
        language=language,
        data={},
        model=model,
        started_at=at,
    )


def _event(row: CallEvent) -> Event:
    return Event(seq=row.seq, type=row.type, turn=row.turn_seq, at=row.at, data=row.data)


def _evidence(found: Evidence) -> dict[str, object]:
    said = found.kind == "said"
    return {
        "event": found.event_seq,
        "turn": found.turn,
        "quote": found.quote if said else None,
        "start": found.start if said else None,
        "end": found.end if said else None,
        "kind": found.kind,
        "about": found.about,
    }
