"""Calls and what was said in them. Rows only.

Calls, turns and events can be partitioned by month without a rewrite: ids are UUIDv7, which sort by time, and every
key of the three tables begins with company_id and the call's id, so `PARTITION BY RANGE (id)` and `(call_id)` fit.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Json, JsonList, TenantBase, TenantRow, enum, tenant_fk


class Direction(StrEnum):
    """Who began the call; a trial is a talk from the dashboard or the command line."""

    INBOUND = "inbound"
    OUTBOUND = "outbound"
    TRIAL = "trial"


class Channel(StrEnum):
    """What carries the words."""

    TEXT = "text"
    WEB = "web"
    PHONE = "phone"


class CallStatus(StrEnum):
    """RUNNING, then one of the others for ever: see `rules.py`."""

    RUNNING = "running"
    ENDED = "ended"
    INTERRUPTED = "interrupted"
    FAILED = "failed"


class EndedBy(StrEnum):
    """Which side ended the call."""

    CALLER = "caller"
    BOT = "bot"
    SYSTEM = "system"


class TurnRole(StrEnum):
    """Who spoke."""

    AGENT = "agent"
    CALLER = "caller"


class TurnKind(StrEnum):
    """How a turn came about."""

    SPEECH = "speech"
    SILENCE = "silence"
    DTMF = "dtmf"


class FieldStatus(StrEnum):
    """What became of a field of the scenario."""

    SET = "set"
    REFUSED = "refused"
    MISSING = "missing"


class OutcomeSource(StrEnum):
    """Who decided an outcome: the scenario's rules, a model's second opinion, or a person."""

    RULE = "rule"
    MODEL = "model"
    PERSON = "person"


class Call(TenantBase):
    """One call, from its first second."""

    __tablename__ = "call"
    __table_args__ = (
        tenant_fk("bot_id", "bot.id"),
        tenant_fk("config_id", "bot_config.id"),
        Index(None, "company_id", "bot_id", "id"),
        Index(None, "company_id", "outcome_code", "id"),
        Index("ix_call_running", "lease_until", postgresql_where="status = 'running'"),
        Index("ix_call_room", "room", postgresql_where="room is not null"),
    )

    bot_id: Mapped[UUID]
    config_id: Mapped[UUID]
    direction: Mapped[Direction] = mapped_column(enum(Direction))
    channel: Mapped[Channel] = mapped_column(enum(Channel))
    status: Mapped[CallStatus] = mapped_column(enum(CallStatus))
    language: Mapped[str]
    caller_number: Mapped[str | None]
    """E.164; None when it is hidden or there is none."""
    called_number: Mapped[str | None]
    """E.164 of ours that was dialled; None for calls that dialled none."""
    room: Mapped[str | None]
    """Name of the LiveKit room; None when no room carries the call."""
    voice: Mapped[Json] = mapped_column(server_default="{}")
    """What it was heard and spoken with: {stt, tts, llm: "provider/model", voice}; empty for typed calls."""
    started_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    ended_by: Mapped[EndedBy | None] = mapped_column(enum(EndedBy))
    end_reason: Mapped[str | None]
    stage: Mapped[str]
    state: Mapped[Json]
    """The engine's CallState as JSON after the last committed turn."""
    turn_count: Mapped[int] = mapped_column(server_default="0")
    event_count: Mapped[int] = mapped_column(server_default="0")
    holder: Mapped[UUID | None]
    """The process that carries the call."""
    lease_until: Mapped[datetime | None]
    analysed_at: Mapped[datetime | None]
    outcome_code: Mapped[str | None]
    """The current outcome, kept here for lists; the row with its evidence is in call_outcome."""
    summary: Mapped[str | None]
    """The current summary, kept here for lists."""


class Turn(TenantRow):
    """One utterance of one side; seq counts from 1 within the call."""

    __tablename__ = "turn"
    __table_args__ = (tenant_fk("call_id", "call.id"),)

    call_id: Mapped[UUID] = mapped_column(primary_key=True)
    seq: Mapped[int] = mapped_column(primary_key=True)
    role: Mapped[TurnRole] = mapped_column(enum(TurnRole))
    kind: Mapped[TurnKind] = mapped_column(enum(TurnKind))
    text: Mapped[str]
    """What was said; for the agent, what it meant to say."""
    heard_text: Mapped[str | None]
    """The part of an interrupted agent's turn that was played; None when all of it was."""
    language: Mapped[str]
    stage: Mapped[str]
    at: Mapped[datetime]
    metrics: Mapped[Json]
    """Seconds of the turn's latency parts, by name."""
    why: Mapped[Json]
    """Why the engine did this: condition, intent and score, values, script or model and what was refused."""


class CallEvent(TenantRow):
    """One change that the engine made, in order; seq counts from 1 within the call."""

    __tablename__ = "call_event"
    __table_args__ = (tenant_fk("call_id", "call.id"),)

    call_id: Mapped[UUID] = mapped_column(primary_key=True)
    seq: Mapped[int] = mapped_column(primary_key=True)
    turn_seq: Mapped[int]
    type: Mapped[str]
    at: Mapped[datetime]
    data: Mapped[Json]


class CollectedField(TenantRow):
    """What became of one field of the scenario in one call."""

    __tablename__ = "collected_field"
    __table_args__ = (
        tenant_fk("call_id", "call.id"),
        Index(None, "company_id", "name", "value"),
    )

    call_id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(primary_key=True)
    position: Mapped[int]
    """Order of the field in the scenario, from 0."""
    type: Mapped[str]
    status: Mapped[FieldStatus] = mapped_column(enum(FieldStatus))
    value: Mapped[str | None]
    raw: Mapped[str | None]
    """The words that were heard, verbatim."""
    turn_seq: Mapped[int | None]
    confirmed: Mapped[bool] = mapped_column(server_default="false")
    source: Mapped[str | None]
    confidence: Mapped[float | None]
    history: Mapped[JsonList]
    """Values it replaced, oldest first: {value, raw, turn}."""


class CallOutcome(TenantRow):
    """One decision about a call's outcome; the highest version counts."""

    __tablename__ = "call_outcome"
    __table_args__ = (tenant_fk("call_id", "call.id"),)

    call_id: Mapped[UUID] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str]
    rule: Mapped[str | None]
    """The condition that held; None for the scenario's last, unconditional one."""
    evidence: Mapped[JsonList]
    """[{event, turn, quote, start, end}]; quote is the caller's turn from start to end, verbatim."""
    source: Mapped[OutcomeSource] = mapped_column(enum(OutcomeSource))
    needs_review: Mapped[bool] = mapped_column(server_default="false")
    created_at: Mapped[datetime]


class Recording(TenantRow):
    """The sound of one call: caller left, agent right, Ogg/Opus in the file store."""

    __tablename__ = "recording"
    __table_args__ = (tenant_fk("call_id", "call.id"), Index("ix_recording_delete_after", "delete_after"))

    call_id: Mapped[UUID] = mapped_column(primary_key=True)
    file: Mapped[str]
    """Content hash in the file store."""
    size: Mapped[int]
    """Bytes."""
    seconds: Mapped[float]
    started_at: Mapped[datetime]
    """When its first sample was heard: turn times count from here."""
    peaks: Mapped[JsonList]
    """Loudness for the drawing, [{caller, agent}] from 0 to 1, evenly spaced over `seconds`."""
    delete_after: Mapped[datetime]
