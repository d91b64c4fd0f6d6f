"""The audit row that each change writes."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from app.db.base import Json, new_id
from app.db.session import TenantDb
from app.tenants.actors import Actor
from app.tenants.models import AuditEntry


def audit(
    db: TenantDb,
    by: Actor,
    at: datetime,
    action: str,
    subject_id: UUID | None,
    *,
    before: Json | None = None,
    after: Json | None = None,
) -> None:
    """Writes who did what to which row; part of the same transaction as the change. Never secrets or phone numbers."""
    db.add(
        AuditEntry(
            id=new_id(),
            company_id=db.company_id,
            created_at=at,
            at=at,
            actor_kind=by.kind,
            actor_id=by.id,
            action=action,
            subject_id=subject_id,
            before=before,
            after=after,
            ip=by.ip,
        )
    )
