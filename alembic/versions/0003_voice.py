"""Voice: what a bot speaks with, companies' own provider keys, recordings, and rooms of calls."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from alembic import context, op
from app.db.rls import grant, lookup, protect_tenant

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

TABLES = ("provider_key", "recording")

FUNCTIONS = (
    (
        "recordings_due(p_now timestamptz, p_max int)",
        "table(company_id uuid, id uuid)",
        "select company_id, call_id from recording where delete_after <= p_now order by delete_after limit p_max",
    ),
    (
        "call_by_room(p_room text)",
        "table(company_id uuid, id uuid)",
        "select company_id, id from call where room = p_room order by id desc limit 1",
    ),
)


def upgrade() -> None:
    role = context.config.attributes["app_role"]
    json = postgresql.JSONB(astext_type=sa.Text())
    op.add_column("bot", sa.Column("voice", json, server_default="{}", nullable=False))
    op.add_column("call", sa.Column("called_number", sa.Text(), nullable=True))
    op.add_column("call", sa.Column("room", sa.Text(), nullable=True))
    op.add_column("call", sa.Column("voice", json, server_default="{}", nullable=False))
    op.create_index("ix_call_room", "call", ["room"], postgresql_where=sa.text("room is not null"))
    op.add_column("company", sa.Column("recording_days", sa.Integer(), server_default="30", nullable=False))
    op.create_table(
        "provider_key",
        sa.Column("company_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("sealed", sa.Text(), nullable=False),
        sa.Column("hint", sa.Text(), nullable=False),
        sa.Column("base_url", sa.Text(), nullable=True),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["company_id"], ["company.id"], name=op.f("fk_provider_key_company_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("company_id", "id", name=op.f("pk_provider_key")),
        sa.UniqueConstraint("company_id", "provider", name=op.f("uq_provider_key_company_id_provider")),
    )
    op.create_table(
        "recording",
        sa.Column("company_id", sa.Uuid(), nullable=False),
        sa.Column("call_id", sa.Uuid(), nullable=False),
        sa.Column("file", sa.Text(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("seconds", sa.Float(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("peaks", json, nullable=False),
        sa.Column("delete_after", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["company_id", "call_id"],
            ["call.company_id", "call.id"],
            name=op.f("fk_recording_company_id_call_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["company_id"], ["company.id"], name=op.f("fk_recording_company_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("company_id", "call_id", name=op.f("pk_recording")),
    )
    op.create_index("ix_recording_delete_after", "recording", ["delete_after"])
    statements: list[str] = []
    for table in TABLES:
        statements += [*protect_tenant(table), grant(table, role)]
    for signature, returns, body in FUNCTIONS:
        statements += lookup(signature, returns, body, role)
    for statement in statements:
        op.execute(statement)


def downgrade() -> None:
    for signature, _, _ in FUNCTIONS:
        op.execute(f"drop function {signature.split('(', 1)[0]}")
    for table in TABLES:
        op.drop_table(table)
    op.drop_column("company", "recording_days")
    op.drop_index("ix_call_room", "call")
    for column in ("voice", "room", "called_number"):
        op.drop_column("call", column)
    op.drop_column("bot", "voice")
