"""A LiveKit server, an `otklik agent` with planned ears and a tone for a voice, and a clinic with a phone number."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from uuid import UUID

import pytest
from sqlalchemy import select

from app.bots.models import Bot, PhoneNumber
from app.calls.models import Call, CallStatus, Turn
from app.db.base import new_id
from app.runtime import Runtime
from tests.support.agent_program import AgentProgram, agent_program
from tests.support.fake_cartesia import FakeCartesia, fake_cartesia
from tests.support.fake_deepgram import FakeDeepgram, fake_deepgram
from tests.support.livekit_server import LiveKitServer, livekit_server
from tests.support.servers import DatabaseUrls
from tests.support.waiting import until
from tests.support.world import World


@dataclass(frozen=True)
class Providers:
    """What the agents hear and speak with."""

    ears: FakeDeepgram
    mouth: FakeCartesia

    @property
    def settings(self) -> dict[str, str]:
        return {
            "OTKLIK_STT": "deepgram/nova-3",
            "OTKLIK_DEEPGRAM_URL": self.ears.url,
            "OTKLIK_DEEPGRAM_API_KEY": "key",
            "OTKLIK_TTS": "cartesia/sonic-2:voice",
            "OTKLIK_CARTESIA_URL": self.mouth.url,
            "OTKLIK_CARTESIA_API_KEY": "key",
            "OTKLIK_SPEECH_TIMEOUT": "60",  # a busy machine is no failing provider
        }


@dataclass(frozen=True)
class Clinic:
    """A company with a bot that answers `number`."""

    world: World
    bot: Bot
    number: str

    async def calls(self) -> list[Call]:
        """In the order in which they came."""
        async with self.world.rt.db.tenant(self.world.company_id) as db:
            return list((await db.scalars(select(Call).order_by(Call.id))).all())

    async def call(self) -> Call:
        """The only one, as soon as there is one."""
        await until(self._rings)
        (only,) = await self.calls()
        return only

    async def ended(self) -> Call:
        """The only one, as soon as it is over."""
        await self.all_over()
        return await self.call()

    async def all_over(self) -> None:
        """Returns when there were calls and none runs."""
        await until(self._silent)

    async def turns(self, call_id: UUID) -> list[Turn]:
        async with self.world.rt.db.tenant(self.world.company_id) as db:
            return list((await db.scalars(select(Turn).where(Turn.call_id == call_id).order_by(Turn.seq))).all())

    async def _rings(self) -> bool:
        return bool(await self.calls())

    async def _silent(self) -> bool:
        calls = await self.calls()
        return bool(calls) and all(call.status is not CallStatus.RUNNING for call in calls)


@pytest.fixture(scope="session")
def server() -> Iterator[LiveKitServer]:
    with livekit_server() as running:
        yield running


@pytest.fixture(scope="session")
async def providers() -> AsyncIterator[Providers]:
    async with fake_deepgram() as ears, fake_cartesia() as mouth:
        yield Providers(ears, mouth)


@pytest.fixture(scope="session")
async def shared_agent(
    tmp_path_factory: pytest.TempPathFactory,
    server: LiveKitServer,
    database: DatabaseUrls,
    redis_url: str,
    providers: Providers,
) -> AsyncIterator[AgentProgram]:
    """One for all tests. Calls that nobody carries any more are lost after 3 seconds."""
    limits = {"OTKLIK_CALL_LEASE": "3", "OTKLIK_CALL_LEASE_RENEWAL": "0.5", "OTKLIK_CALL_MAX_RUNNING": "2"}
    folder = tmp_path_factory.mktemp("agent")
    async with agent_program(folder, server, database, redis_url, {**providers.settings, **limits}) as running:
        yield running


@pytest.fixture
async def agent(shared_agent: AgentProgram) -> AgentProgram:
    """Ready, whatever the test before did to it."""
    await until(shared_agent.is_ready)
    return shared_agent


@pytest.fixture
async def clinic(world: World) -> Clinic:
    """The dental clinic of the examples, with a number of its own."""
    bot = await world.bot()
    return Clinic(world, bot, await give_number(world.rt, world.company_id, bot.id))


async def give_number(rt: Runtime, company_id: UUID, bot_id: UUID | None) -> str:
    """As the bridge writes it: without a plus."""
    digits = f"7495{new_id().int % 10_000_000:07}"
    async with rt.db.tenant(company_id) as db:
        db.add(PhoneNumber(id=new_id(), company_id=company_id, e164=f"+{digits}", bot_id=bot_id))
    return digits
