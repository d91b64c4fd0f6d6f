"""How long callers waited for replies: percentiles by bot and by provider, from what each turn measured."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, func, select

from app.calls.models import Call, Turn
from app.db.session import TenantDb
from app.stats.queries import first_id

PARTS = {"stt": "transcription", "llm": "llm_first_token", "tts": "tts_first_byte"}
"""What a provider is for -> the measure in `turn.metrics` that it answers for."""


@dataclass(frozen=True)
class Waits:
    """Seconds: the usual wait, and the one that one reply in twenty exceeds."""

    count: int
    p50: float
    p95: float


@dataclass(frozen=True)
class ProviderWaits(Waits):
    """The share of one provider. `part`: stt, llm or tts; `provider`: name/model."""

    part: str
    provider: str


async def waits_by_bot(db: TenantDb, since: datetime) -> Mapping[UUID, Waits]:
    """From the end of the caller's speech to the first sound of the reply, of calls that began at `since` or later."""
    measured = Turn.metrics["total"].as_float()
    rows = await db.execute(
        select(Call.bot_id, func.count(), _percentile(0.5, measured), _percentile(0.95, measured))
        .join(Call, Call.id == Turn.call_id)
        .where(Turn.call_id >= first_id(since), Turn.metrics.has_key("total"))
        .group_by(Call.bot_id)
    )
    return {bot_id: Waits(count, float(p50), float(p95)) for bot_id, count, p50, p95 in rows}


async def waits_by_provider(db: TenantDb, since: datetime) -> list[ProviderWaits]:
    """Of every provider that was used: its part of the wait, in the order stt, llm, tts."""
    found = []
    for part, measure in PARTS.items():
        measured, provider = Turn.metrics[measure].as_float(), Call.voice[part].as_string()
        rows = await db.execute(
            select(provider, func.count(), _percentile(0.5, measured), _percentile(0.95, measured))
            .join(Call, Call.id == Turn.call_id)
            .where(Turn.call_id >= first_id(since), Turn.metrics.has_key(measure), provider.is_not(None))
            .group_by(provider)
            .order_by(provider)
        )
        found += [
            ProviderWaits(count, float(p50), float(p95), part=part, provider=name) for name, count, p50, p95 in rows
        ]
    return found


def _percentile(share: float, measured: ColumnElement[float]) -> ColumnElement[float]:
    return func.percentile_cont(share).within_group(measured)
