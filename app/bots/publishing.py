"""Making a version live."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from app.bots import queries
from app.bots.drafting import CheckedSource
from app.bots.models import Bot, BotConfig, ConfigStatus
from app.db.outbox import outbox
from app.db.session import TenantDb
from app.tenants.actors import Actor
from app.tenants.audit import audit


async def publish(
    db: TenantDb, bot_id: UUID, version: int, source: CheckedSource, *, by: Actor, at: datetime
) -> BotConfig:
    """Makes a draft the version that answers from the next call on; the one before is archived.

    `source` is the draft's text, checked by the rules of today. Running calls finish on the version they began with.
    Raises NotFound, ConfigNotDraft, ValueError when another text was checked.
    """
    by.need("bots:publish")
    bot = await queries.locked_bot(db, bot_id)
    config = await queries.draft(db, bot_id, version)
    if config.source != source.text:
        raise ValueError("not the text of this draft was checked")  # a draft's text never changes
    before = bot.published_version
    if before is not None:
        (await queries.config(db, bot_id, before)).status = ConfigStatus.ARCHIVED
        await db.flush()  # one published version at a time is a constraint: the old one steps down first
    config.status, config.published_at, bot.published_version = ConfigStatus.PUBLISHED, at, version
    await db.flush()
    prepare_speech(db, bot)
    audit(db, by, at, "bot.published", bot.id, before={"version": before}, after={"version": version})
    return config


def prepare_speech(db: TenantDb, bot: Bot) -> None:
    """After the commit, what the published version always says the same is rendered: a new version, or a new voice."""
    if bot.published_version is not None:
        outbox(db, "prepare_speech", bot_id=bot.id, version=bot.published_version)
