"""A process that is warmed and then carries its first typed call.

    python -m tests.support.first_call DATABASE_URL REDIS_URL COMPANY_ID BOT_ID WORDS...

Prints the modules that the call itself loaded, one a line.
"""

from __future__ import annotations

import asyncio
import sys
from uuid import UUID

from app.voice.text import TextCalls
from tests.conftest import runtime_on
from tests.support.servers import DatabaseUrls


async def main(database_url: str, redis_url: str, company: UUID, bot: UUID, words: list[str]) -> None:
    """One call, from the greeting to the caller's hanging up."""
    rt = runtime_on(DatabaseUrls(owner="", app=database_url, name=""), redis_url)
    calls = TextCalls(rt)
    await calls.warm()
    before = set(sys.modules)
    call_id = await calls.start(company, bot, by=None)
    for text in words:
        await calls.say(company, call_id, text)
    await calls.hang_up(company, call_id)
    sys.stdout.write("".join(f"{name}\n" for name in sorted(set(sys.modules) - before)))
    await calls.close()
    await rt.close()


if __name__ == "__main__":
    database_url, redis_url, company, bot, *words = sys.argv[1:]
    asyncio.run(main(database_url, redis_url, UUID(company), UUID(bot), words))
