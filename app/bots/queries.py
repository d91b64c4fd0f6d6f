"""The room's only SQL."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import Select, func, select

from app.bots.models import Bot, BotConfig, ConfigStatus, PhoneNumber
from app.db.session import TenantDb
from app.errors import BotNotPublished, ConfigNotDraft, NotFound


def bots() -> Select[Bot]:
    """The company's bots, oldest first."""
    return select(Bot).order_by(Bot.id)


def configs_of(bot_id: UUID) -> Select[BotConfig]:
    """A bot's versions, newest first."""
    return select(BotConfig).where(BotConfig.bot_id == bot_id).order_by(BotConfig.version.desc())


async def bot(db: TenantDb, bot_id: UUID) -> Bot:
    """Raises NotFound, also for another company's bot."""
    found = await db.get(Bot, (db.company_id, bot_id))
    if found is None:
        raise NotFound
    return found


async def bot_by_slug(db: TenantDb, slug: str) -> Bot:
    """Raises NotFound."""
    found = await db.scalar(select(Bot).where(Bot.slug == slug))
    if found is None:
        raise NotFound
    return found


async def config(db: TenantDb, bot_id: UUID, version: int) -> BotConfig:
    """One version of a bot. Raises NotFound."""
    found = await db.scalar(configs_of(bot_id).where(BotConfig.version == version))
    if found is None:
        raise NotFound
    return found


async def draft(db: TenantDb, bot_id: UUID, version: int) -> BotConfig:
    """A version that can be published. Raises NotFound, ConfigNotDraft."""
    found = await config(db, bot_id, version)
    if found.status is not ConfigStatus.DRAFT:
        raise ConfigNotDraft(version=version)
    return found


async def config_by_id(db: TenantDb, config_id: UUID) -> BotConfig:
    """The version a call began with. Raises NotFound."""
    found = await db.get(BotConfig, (db.company_id, config_id))
    if found is None:
        raise NotFound
    return found


async def published_config(db: TenantDb, bot_id: UUID) -> BotConfig:
    """The version that answers calls. Raises NotFound for the bot, BotNotPublished when it has none."""
    owner = await bot(db, bot_id)
    found = await db.scalar(configs_of(bot_id).where(BotConfig.status == ConfigStatus.PUBLISHED))
    if found is None:
        raise BotNotPublished(bot=owner.name)
    return found


async def config_to_try(db: TenantDb, bot_id: UUID, version: int | None) -> BotConfig:
    """The version asked for, else the one that answers calls. Raises NotFound, BotNotPublished."""
    return await published_config(db, bot_id) if version is None else await config(db, bot_id, version)


async def locked_bot(db: TenantDb, bot_id: UUID) -> Bot:
    """The bot, locked: changes of its versions wait for each other. Raises NotFound."""
    found = await db.scalar(select(Bot).where(Bot.id == bot_id).with_for_update())
    if found is None:
        raise NotFound
    return found


async def last_version(db: TenantDb, bot_id: UUID) -> int:
    """The highest version of a bot; 0 when it has none."""
    return await db.scalar(select(func.max(BotConfig.version)).where(BotConfig.bot_id == bot_id)) or 0


def numbers() -> Select[PhoneNumber]:
    """The company's phone numbers, oldest first."""
    return select(PhoneNumber).order_by(PhoneNumber.id)
