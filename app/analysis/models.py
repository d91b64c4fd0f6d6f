"""What was worked out after a call. Rows only."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Json, TenantRow, enum, tenant_fk


class AnalysisStatus(StrEnum):
    """DONE also when the model failed and the summary was built from stages and fields."""

    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


class Analysis(TenantRow):
    """One run over a finished call; a re-run adds a version."""

    __tablename__ = "analysis"
    __table_args__ = (tenant_fk("call_id", "call.id"),)

    call_id: Mapped[UUID] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    status: Mapped[AnalysisStatus] = mapped_column(enum(AnalysisStatus))
    language: Mapped[str]
    summary: Mapped[str | None]
    data: Mapped[Json]
    model: Mapped[str | None]
    """The model that wrote the summary; None when it was built from stages and fields."""
    error: Mapped[str | None]
    started_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
