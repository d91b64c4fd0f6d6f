"""The outbox: work that must happen after a commit is a row of the same transaction.

After the commit the rows are published to the broker; what a crash left behind is published by the worker's relay,
and a row is done only when its actor says so. Actors therefore run at least once and check the state first.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index, func
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Json, TenantBase, new_id
from app.db.session import Job, TenantDb


class OutboxRow(TenantBase):
    """One job: the actor's name and its JSON arguments (company_id is passed besides)."""

    __tablename__ = "outbox"
    __table_args__ = (Index("ix_outbox_open", "created_at", postgresql_where="done_at is null"),)

    actor: Mapped[str]
    args: Mapped[Json]
    published_at: Mapped[datetime | None]
    done_at: Mapped[datetime | None]
    attempts: Mapped[int] = mapped_column(default=0, server_default="0")
    updated_at: Mapped[datetime] = mapped_column(server_default=func.now())


def outbox(db: TenantDb, actor: str, **args: object) -> OutboxRow:
    """Adds a job to the transaction. `args` must be JSON values or ids; ids are written as strings."""
    values = {name: str(value) if isinstance(value, UUID) else value for name, value in args.items()}
    row = OutboxRow(id=new_id(), company_id=db.company_id, actor=actor, args=values)
    db.add(row)
    db.jobs.append(Job(db.company_id, row.id, actor, values))
    return row
