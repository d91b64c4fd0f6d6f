"""Creating bots and writing drafts of their scenarios."""

from __future__ import annotations

import asyncio
from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from app.bots import queries
from app.bots.models import Bot, BotConfig, ConfigStatus
from app.db.base import new_id
from app.db.session import TenantDb
from app.errors import Conflict, InvalidInput, ScenarioRejected
from app.scenario.compiled import CompiledScenario
from app.scenario.config_loader import ScenarioInvalid, load
from app.tenants.actors import Actor
from app.tenants.audit import audit
from app.tenants.rules import checked_name, checked_slug

MAX_NOTE = 500


async def compiled(source: str, filename: str) -> CompiledScenario:
    """The scenario, ready to run; worked out on a thread. Raises as `compile_source`."""
    return await asyncio.to_thread(compile_source, source, filename)


def compile_source(source: str, filename: str) -> CompiledScenario:
    """The scenario, ready to run, in tens of milliseconds. Raises ScenarioRejected with every problem of the text."""
    try:
        return load(source, filename)
    except ScenarioInvalid as error:
        raise ScenarioRejected(error.problems) from error


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
    db: TenantDb, bot_id: UUID, source: str, *, note: str | None = None, by: Actor, at: datetime
) -> BotConfig:
    """A new draft version. A scenario with errors is refused whole: ScenarioRejected. Raises NotFound, InvalidInput."""
    by.need("bots:write")
    if note is not None and len(note) > MAX_NOTE:
        raise InvalidInput(field="note", reason="too_long", limit=MAX_NOTE)
    await compiled(source, f"{(await queries.bot(db, bot_id)).slug}.yaml")
    bot = await queries.locked_bot(db, bot_id)
    config = BotConfig(
        id=new_id(),
        company_id=db.company_id,
        created_at=at,
        bot_id=bot.id,
        version=await queries.last_version(db, bot.id) + 1,
        status=ConfigStatus.DRAFT,
        source=source,
        note=note,
        created_by=by.id,
    )
    db.add(config)
    await db.flush()
    audit(db, by, at, "bot.draft_saved", bot.id, after={"version": config.version})
    return config
