"""Bots, the versions of their scenarios, and phone numbers. Rows only."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Json, TenantBase, enum, tenant_fk


class ConfigStatus(StrEnum):
    """A version is written as a draft, goes live once, and is archived when another takes its place."""

    DRAFT = "draft"
    PUBLISHED = "published"
    ARCHIVED = "archived"


class Bot(TenantBase):
    """An agent of a company."""

    __tablename__ = "bot"
    __table_args__ = (UniqueConstraint("company_id", "slug"),)

    slug: Mapped[str]
    name: Mapped[str]
    published_version: Mapped[int | None]
    """The version that answers; None: the bot takes no calls. The config row with this version is PUBLISHED."""
    voice: Mapped[Json] = mapped_column(server_default="{}")
    """What it hears and speaks with: `app.bots.voice.BotVoice` as JSON; empty is the platform's defaults."""


class BotConfig(TenantBase):
    """One version of a bot's scenario."""

    __tablename__ = "bot_config"
    __table_args__ = (
        tenant_fk("bot_id", "bot.id"),
        UniqueConstraint("company_id", "bot_id", "version"),
        Index(
            "ix_bot_config_one_published",
            "company_id",
            "bot_id",
            unique=True,
            postgresql_where="status = 'published'",
        ),
    )

    bot_id: Mapped[UUID]
    version: Mapped[int]
    """Counts from 1 for each bot."""
    status: Mapped[ConfigStatus] = mapped_column(enum(ConfigStatus))
    source: Mapped[str]
    """The scenario as it was written: YAML or JSON."""
    note: Mapped[str | None]
    created_by: Mapped[UUID | None]
    published_at: Mapped[datetime | None]


class PhoneNumber(TenantBase):
    """A number of the company and the bot that answers it."""

    __tablename__ = "phone_number"
    __table_args__ = (tenant_fk("bot_id", "bot.id", ondelete="SET NULL (bot_id)"),)

    e164: Mapped[str] = mapped_column(unique=True)
    bot_id: Mapped[UUID | None]
