"""Creating bots and writing drafts of their scenarios."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import partial
from uuid import UUID

from sqlalchemy import select

from app.bots import queries
from app.bots.compiling import SUBMITTED, compile_source
from app.bots.models import Bot, BotConfig, ConfigStatus
from app.db.base import new_id
from app.db.session import TenantDb
from app.errors import Conflict, InvalidInput
from app.tenants.actors import Actor
from app.tenants.audit import audit
from app.tenants.rules import checked_name, checked_slug

MAX_NOTE = 500


@dataclass(frozen=True)
class CheckedSource:
    """A scenario without errors. Only `checked_source` makes one."""

    text: str


async def checked_source(source: str, filename: str) -> CheckedSource:
    """The text, compiled to the end: seconds in a bad moment, so before the transaction that stores it is opened.

    Raises ScenarioRejected with every problem of the text, TooManyRequests when too many others are being compiled.
    """
    await SUBMITTED.run(partial(compile_source, source, filename))
    return CheckedSource(source)


async def create_bot(db: TenantDb, *, slug: str, name: str, by: Actor, at: datetime) -> Bot:
    """A bot without a version. Raises InvalidInput, Conflict when the slug is taken."""
    by.need("bots:write")
    slug, name = checked_slug(slug), checked_name(name)
    if await db.scalar(select(Bot.id).where(Bot.slug == slug)) is not None:
        raise Conflict(what="bot", value=slug)
    bot = Bot(id=new_id(), company_id=db.company_id, created_at=at, slug=slug, name=name)
    db.add(bot)
    await db.flush()
    audit(db, by, at, "bot.created", bot.id, after={"slug": slug, "name": name})
    return bot


async def save_draft(
    db: TenantDb, bot_id: UUID, source: CheckedSource, *, note: str | None = None, by: Actor, at: datetime
) -> BotConfig:
    """A new draft version. Raises NotFound, InvalidInput."""
    by.need("bots:write")
    if note is not None and len(note) > MAX_NOTE:
        raise InvalidInput(field="note", reason="too_long", limit=MAX_NOTE)
    bot = await queries.locked_bot(db, bot_id)
    config = BotConfig(
        id=new_id(),
        company_id=db.company_id,
        created_at=at,
        bot_id=bot.id,
        version=await queries.last_version(db, bot.id) + 1,
        status=ConfigStatus.DRAFT,
        source=source.text,
        note=note,
        created_by=by.id,
    )
    db.add(config)
    await db.flush()
    audit(db, by, at, "bot.draft_saved", bot.id, after={"version": config.version})
    return config
