"""What a bot hears and speaks with: read and changed."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from pydantic import ValidationError

from app.bots import queries
from app.bots.models import Bot
from app.bots.publishing import prepare_speech
from app.bots.voice import BotVoice
from app.db.session import TenantDb
from app.tenants.actors import Actor
from app.tenants.audit import audit


def voice_of(bot: Bot) -> BotVoice:
    """The bot's voice; the platform's defaults when nothing, or nothing that is known any more, is set."""
    try:
        return BotVoice.model_validate(bot.voice)
    except ValidationError:  # of an older version
        return BotVoice()


async def change_voice(db: TenantDb, bot_id: UUID, voice: BotVoice, *, by: Actor, at: datetime) -> Bot:
    """From the next call on. Whether the providers exist is for the edge to say. Raises Forbidden, NotFound."""
    by.need("bots:write")
    bot = await queries.locked_bot(db, bot_id)
    before, after = bot.voice, voice.model_dump(mode="json", exclude_defaults=True)
    if after != before:
        bot.voice = after
        audit(db, by, at, "bot.voice_changed", bot.id, before=before, after=after)
        prepare_speech(db, bot)
        await db.flush()
    return bot
