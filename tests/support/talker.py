"""A process that carries three typed calls until it is killed: one greeted, one a turn further, one in mid-turn.

    python -m tests.support.talker DATABASE_URL REDIS_URL MODEL_URL COMPANY_ID BOT_ID

Prints the three ids, one a line, before the last call's turn begins; the model never answers it.
"""

from __future__ import annotations

import asyncio
import sys
from datetime import timedelta
from uuid import UUID

from app.runtime import build
from app.settings import (
    CallSettings,
    CommonSettings,
    DatabaseSettings,
    LlmSettings,
    RedisSettings,
    WebhookSettings,
    read,
)
from app.voice.text import TextCalls


async def main(database_url: str, redis_url: str, model_url: str, company: UUID, bot: UUID) -> None:
    """Runs until killed."""
    rt = build(
        common=read(CommonSettings, secret_key="test-key-" * 5),
        database=read(DatabaseSettings, url=database_url),
        redis=read(RedisSettings, url=redis_url),
        webhooks=read(WebhookSettings),
    )
    never = timedelta(days=1)
    settings = CallSettings(lease=timedelta(hours=1))  # that it runs out is a matter of the test, not of the machine
    plain = TextCalls(rt, llm=LlmSettings(base_url=None), calls=settings)
    thinking = TextCalls(
        rt, llm=LlmSettings(base_url=model_url, first_token_timeout=never, total_timeout=never), calls=settings
    )
    ids = [await calls.start(company, bot, by=None) for calls in (plain, plain, thinking)]
    await plain.say(company, ids[1], "часы")
    sys.stdout.write("".join(f"{call_id}\n" for call_id in ids))
    sys.stdout.flush()
    await thinking.say(company, ids[2], "часы")


if __name__ == "__main__":
    database_url, redis_url, model_url, company, bot = sys.argv[1:]
    asyncio.run(main(database_url, redis_url, model_url, UUID(company), UUID(bot)))
