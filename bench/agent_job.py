"""How soon a phone hears the bot: from the call's first packet to the first sound, through a real LiveKit server.

`python -m bench.agent_job [--json]`. A real `otklik agent` with one warm job process, ears and voice that answer at
once, a phone that is a participant of kind SIP; everything on loopback. The first call takes the warm process; the
one that follows at once finds the next process still starting, which is the cold start. Baseline in the same run:
the phone's own way into the room, without any agent.
"""

from __future__ import annotations

import asyncio
import json
import statistics
import sys
import tempfile
import time
from pathlib import Path

from app.bots.models import PhoneNumber
from app.db.base import new_id
from app.db.migrating import migrate
from app.embedded.postgres import Roles
from tests.conftest import runtime_on
from tests.support import servers
from tests.support.agent_program import AgentProgram, agent_program
from tests.support.fake_cartesia import fake_cartesia
from tests.support.fake_deepgram import fake_deepgram
from tests.support.livekit_server import LiveKitServer, livekit_server
from tests.support.phone import phone
from tests.support.waiting import until
from tests.support.world import new_world

NUMBER = "+74951234567"
ROUNDS = 5


async def one_call(server: LiveKitServer, agent: str | None = "otklik") -> float:
    """Seconds from dialling to the first sound; without an agent, to being in the room."""
    began = time.perf_counter()
    async with phone(server, NUMBER.lstrip("+"), agent=agent) as caller:
        if agent is not None:
            await caller.hears(0.02)
        took = time.perf_counter() - began
        await caller.hang_up()
    return took


async def measure(roles: Roles, redis_url: str, server: LiveKitServer) -> dict[str, float]:
    """Milliseconds: median of the warm ones, of the cold ones, of the way into the room."""
    database = await servers.create_database(roles)
    await migrate(database.owner, database.app)
    rt = runtime_on(database, redis_url)
    world = await new_world(rt)
    bot = await world.bot()
    async with rt.db.tenant(world.company_id) as db:
        db.add(PhoneNumber(id=new_id(), company_id=world.company_id, e164=NUMBER, bot_id=bot.id))
    warm, cold, bare = [], [], []
    async with fake_deepgram() as ears, fake_cartesia() as mouth:
        settings = {
            "OTKLIK_STT": "deepgram/nova-3",
            "OTKLIK_DEEPGRAM_URL": ears.url,
            "OTKLIK_DEEPGRAM_API_KEY": "key",
            "OTKLIK_TTS": "cartesia/sonic-2:voice",
            "OTKLIK_CARTESIA_URL": mouth.url,
            "OTKLIK_CARTESIA_API_KEY": "key",
        }
        with tempfile.TemporaryDirectory() as folder:
            async with agent_program(Path(folder), server, database, redis_url, settings) as program:
                for _ in range(ROUNDS):
                    bare.append(await one_call(server, agent=None))
                    await idle(program)
                    warm.append(await one_call(server))
                    cold.append(await one_call(server))
    await rt.close()
    medians = {
        name: round(statistics.median(found) * 1000)
        for name, found in (("room_only", bare), ("warm", warm), ("cold", cold))
    }
    return {f"{name}_p50_ms": value for name, value in medians.items()} | {
        "warm_ratio": round(medians["warm"] / medians["room_only"], 2),
        "cold_ratio": round(medians["cold"] / medians["room_only"], 2),
    }


async def idle(program: AgentProgram) -> None:
    """Returns when the agent says that a process is warm."""
    await until(program.is_ready)


def main() -> None:
    """Prints the figures; with --json as one object."""
    with (
        servers.server_home() as home,
        servers.start_postgres(home) as roles,
        servers.start_valkey(home) as redis_url,
        livekit_server() as server,
    ):
        figures = asyncio.run(measure(roles, redis_url, server))
    if "--json" in sys.argv[1:]:
        print(json.dumps(figures))
        return
    for name, value in figures.items():
        print(f"{name:<20} {value}")


if __name__ == "__main__":
    main()
