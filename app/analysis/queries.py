"""The room's only SQL. Everything runs inside a tenant session."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import select

from app.analysis.models import Analysis
from app.calls.models import CallOutcome
from app.db.session import TenantDb


async def outcome_of(db: TenantDb, call_id: UUID) -> CallOutcome | None:
    """The outcome that counts: the last decision. None before the analysis."""
    query = select(CallOutcome).where(CallOutcome.call_id == call_id).order_by(CallOutcome.version.desc()).limit(1)
    return await db.scalar(query)


async def last_analysis(db: TenantDb, call_id: UUID) -> Analysis | None:
    """The last run over a call, finished or not. None when there was none."""
    query = select(Analysis).where(Analysis.call_id == call_id).order_by(Analysis.version.desc()).limit(1)
    return await db.scalar(query)
