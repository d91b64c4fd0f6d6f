"""A call over a real WebSocket: heard, answered, cut off, and ended whatever the other side does."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from uuid import UUID

import httpx
import pytest
import uvicorn

from app.asgi import create_app
from app.calls.models import CallStatus, Channel
from app.commands.web import server_config
from app.settings import WebSettings, read
from tests.conftest import runtime_on
from tests.support.pitches import Pitches
from tests.support.records import Record, record_of
from tests.support.servers import DatabaseUrls
from tests.support.socket_caller import Caller, calling
from tests.support.talks import SCENARIO
from tests.support.waiting import until
from tests.support.world import World

pytestmark = [pytest.mark.voice, pytest.mark.integration]

GREETING = "Мастерская, здравствуйте. Что чиним?"
SPEECH = Pitches(["часы", "Ольга", "да", "оператора"])


@pytest.fixture(scope="module")
async def port(database: DatabaseUrls, redis_url: str) -> AsyncIterator[int]:
    """The web program as `otklik web` serves it, with speech made of tones."""
    runtime = runtime_on(database, redis_url)
    listener = socket.create_server(("127.0.0.1", 0))
    app = create_app(runtime, speech=SPEECH)
    server = uvicorn.Server(server_config(app, read(WebSettings)))
    serving = asyncio.create_task(server._serve([listener]), name="server")
    yield listener.getsockname()[1]
    server.should_exit = True
    await serving
    await runtime.close()


@dataclass
class Person:
    """The owner of a company with a bot, at a browser."""

    world: World
    port: int
    cookie: str

    @property
    def path(self) -> str:
        return f"/c/{self.world.slug}/bots/workshop/talk"

    async def ticket(self) -> dict[str, str]:
        """What the page is given when Talk is pressed."""
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{self.port}", headers={"Cookie": self.cookie}) as web:
            page = await web.get(f"/c/{self.world.slug}/bots/workshop/try")
            token = page.text.partition('X-CSRF-Token":"')[2].partition('"')[0]
            answer = await web.post(self.path, headers={"X-CSRF-Token": token})
            assert answer.status_code == 200, answer.text
            given: dict[str, str] = answer.json()
            return given

    @asynccontextmanager
    async def call(self) -> AsyncIterator[tuple[Caller, Callable[[], Awaitable[Record]]]]:
        """A call that has begun, and its record."""
        given = await self.ticket()

        async def record() -> Record:
            return await record_of(self.world.rt, self.world.company_id, UUID(given["call"]))

        async with calling(self.port, self.path, self.cookie, given["ticket"]) as caller:
            await caller.until(lambda: caller.has("started"))
            yield caller, record


@pytest.fixture
async def person(port: int, world: World) -> Person:
    await world.bot(slug="workshop", source=SCENARIO)
    signed_in = await world.sign_in()
    return Person(world, port, f"otklik_session={signed_in.token}")


def greeted(caller: Caller) -> Callable[[], bool]:
    """Whether the bot has said something and now listens."""
    return lambda: any(caller.sound.values()) and caller.said[-1].get("state") == "listening"


async def ended(record: Callable[[], Awaitable[Record]]) -> Record:
    """The record when the call is over."""

    async def over() -> bool:
        return (await record()).call.status is not CallStatus.RUNNING

    await until(over)
    return await record()


async def test_a_caller_is_heard_and_answered_to_the_end(person: Person) -> None:
    async with person.call() as (caller, record):
        for line in ("часы", "Ольга", "да"):
            await caller.until(greeted(caller))
            turns = len((await record()).turns)
            await caller.speak(SPEECH.say(line))

            async def answered(turns: int = turns) -> bool:
                return len((await record()).turns) >= turns + 2

            await until(answered)
        assert (await caller.end())[0] == 1000
    found = await ended(record)
    assert found.said == [
        GREETING,
        "часы",
        "Хорошо, часы. Как вас зовут?",
        "Ольга",
        "Записываю: часы, Ольга. Всё верно?",
        "да",
        "Спасибо, до свидания!",
    ]
    assert (found.call.status, found.call.channel) == (CallStatus.ENDED, Channel.WEB)
    assert {name: field.value for name, field in found.fields.items()} == {"thing": "часы", "name": "Ольга"}
    assert caller.has("ended")
