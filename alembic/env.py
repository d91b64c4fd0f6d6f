"""Runs migrations as the role that owns the tables. `otklik migrate` hands the connection in; nothing else is read."""

from __future__ import annotations

from alembic import context
from app.db import models

connection = context.config.attributes.get("connection")
if connection is None:
    raise SystemExit("Run migrations with `otklik migrate`: it knows the owner's address of the database.")

context.configure(
    connection=connection,
    target_metadata=models.Base.metadata,
    compare_type=True,
    compare_server_default=False,
    transaction_per_migration=True,
)
with context.begin_transaction():
    context.run_migrations()
