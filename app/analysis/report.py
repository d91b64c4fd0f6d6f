"""A call as others see it: the JSON of the API, of `otklik call --json` and of the webhook. One shape, made here."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from app.analysis import queries
from app.bots import queries as bots
from app.calls import queries as calls
from app.calls.models import (
    Call,
    CallOutcome,
    CallStatus,
    Channel,
    CollectedField,
    Direction,
    EndedBy,
    FieldStatus,
    Turn,
    TurnRole,
)
from app.db.session import TenantDb


class Part(BaseModel):
    """A part of the report."""

    model_config = ConfigDict(frozen=True)


class Evidence(Part):
    """What an outcome rests on: words, `quote` is turn `turn` from `start` to `end`, verbatim; or an event alone."""

    turn: int = Field(description="The turn with the words, or in which the event happened")
    quote: str | None = Field(description="null: kind is event, as are start and end")
    start: int | None
    end: int | None
    event: int = Field(description="Number of the change in the call that the condition saw")
    kind: Literal["said", "event"] = Field(description="said: the caller's words; event: it happened without any")
    about: str = Field(description="What changed: stage_changed, field_set, silence, ...")


class Outcome(Part):
    """What came of the call."""

    code: str
    rule: str | None = Field(description="The scenario's condition that held; null for its last, unconditional outcome")
    evidence: tuple[Evidence, ...]


class ReplacedValue(Part):
    """A value that the caller corrected."""

    value: str
    raw: str
    turn: int


class FieldReport(Part):
    """What became of one field of the scenario."""

    name: str
    type: str
    value: str | None = Field(description="Normalised: E.164, ISO 8601, decimal, lower-case e-mail, option name, text")
    raw: str | None = Field(description="The caller's words, verbatim")
    turn: int | None
    confirmed: bool
    status: FieldStatus
    history: tuple[ReplacedValue, ...] = Field(description="Values it replaced, oldest first")


class TurnReport(Part):
    """One utterance."""

    seq: int
    role: TurnRole
    text: str
    heard_text: str | None = Field(description="What was played of an interrupted agent's turn; null: all of it")
    stage: str
    at: datetime


class CallReport(Part):
    """One call: complete once `analysed_at` is set; before that, as far as it has come."""

    id: UUID
    bot: str = Field(description="The bot's slug")
    version: int = Field(description="The version of its scenario that the call was held with")
    status: CallStatus
    direction: Direction
    channel: Channel
    language: str
    caller: str | None = Field(description="E.164; null when hidden or typed")
    started_at: datetime
    ended_at: datetime | None
    duration: float | None = Field(description="Seconds")
    ended_by: EndedBy | None
    outcome: Outcome | None
    fields: tuple[FieldReport, ...]
    summary: str | None
    turns: tuple[TurnReport, ...]
    analysed_at: datetime | None

    def to_json(self) -> dict[str, Any]:  # Any: JSON
        """The report as it is sent."""
        return self.model_dump(mode="json")


async def call_report(db: TenantDb, call_id: UUID) -> CallReport:
    """The report of a call as it stands in this transaction. Raises NotFound, also for another company's call."""
    call = await calls.call(db, call_id)
    bot = await bots.bot(db, call.bot_id)
    config = await bots.config_by_id(db, call.config_id)
    outcome = await queries.outcome_of(db, call_id)
    fields = (await db.scalars(calls.fields_of(call_id))).all()
    turns = (await db.scalars(calls.turns_of(call_id))).all()
    return CallReport(
        id=call.id,
        bot=bot.slug,
        version=config.version,
        status=call.status,
        direction=call.direction,
        channel=call.channel,
        language=call.language,
        caller=call.caller_number,
        started_at=call.started_at,
        ended_at=call.ended_at,
        duration=_duration(call),
        ended_by=call.ended_by,
        outcome=None if outcome is None else _outcome(outcome),
        fields=tuple(map(_field, fields)),
        summary=call.summary,
        turns=tuple(map(_turn, turns)),
        analysed_at=call.analysed_at,
    )


def _duration(call: Call) -> float | None:
    return None if call.ended_at is None else round((call.ended_at - call.started_at).total_seconds(), 3)


def _outcome(row: CallOutcome) -> Outcome:
    return Outcome(code=row.code, rule=row.rule, evidence=tuple(map(_evidence, row.evidence)))


def _evidence(found: Mapping[str, Any]) -> Evidence:  # Any: JSON
    """Without words for an event; a row may have empty ones."""
    words = {} if found["quote"] else {"quote": None, "start": None, "end": None}
    return Evidence(**{**found, **words})


def _field(row: CollectedField) -> FieldReport:
    return FieldReport(
        name=row.name,
        type=row.type,
        value=row.value,
        raw=row.raw,
        turn=row.turn_seq,
        confirmed=row.confirmed,
        status=row.status,
        history=tuple(ReplacedValue(**replaced) for replaced in row.history),
    )


def _turn(row: Turn) -> TurnReport:
    return TurnReport(seq=row.seq, role=row.role, text=row.text, heard_text=row.heard_text, stage=row.stage, at=row.at)
