"""A call over a real WebSocket: heard, answered, cut off, and ended whatever the other side does."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from uuid import UUID

import httpx
import pytest
import uvicorn
import websockets

from app.asgi import create_app
from app.calls.models import CallStatus, Channel, EndedBy
from app.commands.web import server_config
from app.errors import NoVoice
from app.settings import WebSettings, read
from app.voice.providers.speech import Speech
from tests.conftest import runtime_on
from tests.support.pitches import SPOKEN, Pitches, quiet, tone
from tests.support.records import Record, record_of
from tests.support.servers import DatabaseUrls
from tests.support.socket_caller import Caller, calling
from tests.support.talks import SCENARIO
from tests.support.waiting import until
from tests.support.world import World, new_world

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
        return self.path_of("workshop")

    def path_of(self, bot: str) -> str:
        return f"/c/{self.world.slug}/bots/{bot}/talk"

    async def ticket(self, bot: str = "workshop") -> dict[str, str]:
        """What the page is given when Talk is pressed."""
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{self.port}", headers={"Cookie": self.cookie}) as web:
            page = await web.get(f"/c/{self.world.slug}/bots/workshop/try")
            token = page.text.partition('X-CSRF-Token":"')[2].partition('"')[0]
            answer = await web.post(self.path_of(bot), headers={"X-CSRF-Token": token})
            assert answer.status_code == 200, answer.text
            given: dict[str, str] = answer.json()
            return given

    @asynccontextmanager
    async def call(self, bot: str = "workshop") -> AsyncIterator[tuple[Caller, Callable[[], Awaitable[Record]]]]:
        """A call that has begun, and its record."""
        given = await self.ticket(bot)

        async def record() -> Record:
            return await record_of(self.world.rt, self.world.company_id, UUID(given["call"]))

        async with calling(self.port, self.path_of(bot), self.cookie, given["ticket"]) as caller:
            await caller.until(lambda: caller.has("started"))
            yield caller, record


@pytest.fixture
async def person(port: int, world: World) -> Person:
    return await person_of(world, port)


async def other_person(person: Person) -> Person:
    """Of another company."""
    return await person_of(await new_world(person.world.rt), person.port)


async def person_of(world: World, port: int) -> Person:
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


LONG_GREETING = SCENARIO.replace("Мастерская, здравствуйте.", "Мастерская, здравствуйте. " + "Слушаем вас. " * 30)


async def test_a_caller_who_speaks_over_the_bot_silences_it_and_the_record_keeps_what_was_played(
    person: Person,
) -> None:
    await person.world.bot(slug="talker", source=LONG_GREETING)
    async with person.call("talker") as (caller, record):
        await caller.until(lambda: bool(caller.played.get(1)))
        await caller.speak(SPEECH.say("часы"))
        await caller.until(lambda: caller.has("clear", segment=1) and len(caller.sound) > 1)
        seconds = caller.played[1] / SPOKEN
    found = await ended(record)
    greeting = found.turns[0]
    assert greeting.heard_text is not None
    assert greeting.text.startswith(greeting.heard_text[:-1])
    words = len(greeting.heard_text.split())
    assert 0 < words < len(greeting.text.split())
    assert abs(words - seconds / SPEECH.word) <= 3, "what came out of the loudspeaker, not what was sent"
    assert found.said[1] == "часы"


async def test_what_was_said_just_before_hanging_up_is_kept(person: Person) -> None:
    async with person.call() as (caller, record):
        await caller.until(greeted(caller))
        await caller.speak(tone(300, 0.6))  # no silence after it: only the end of the call tells that it is over
        await caller.tell("hang_up")
        assert (await caller.end())[0] == 1000
    found = await ended(record)
    assert found.said[:2] == [GREETING, "часы"]
    assert (found.call.status, found.call.ended_by) == (CallStatus.ENDED, EndedBy.CALLER)
    assert found.event("line_lost") == []


async def test_a_page_that_is_left_hangs_up_and_a_line_that_breaks_is_told_apart(person: Person) -> None:
    async with person.call() as (caller, record):
        await caller.socket.close(1001)
    assert (await ended(record)).call.ended_by is EndedBy.CALLER
    async with person.call() as (caller, record):
        caller.socket.transport.abort()
        found = await ended(record)
    assert found.call.status is CallStatus.INTERRUPTED
    assert found.event("line_lost") == [{"cause": "connection_lost"}]


SECOND = tone(300, 1)


@pytest.mark.parametrize(
    ("messages", "code", "cause"),
    [
        (["not JSON"], 1003, "bad_message"),
        (['{"type": "become_root"}'], 1003, "bad_message"),
        (['{"type": "played", "segment": "1", "samples": null, "done": 1}'], 1003, "bad_message"),
        ([b"\x01"], 1003, "bad_message"),
        (["[" * 2000], 1003, "bad_message"),
        ([b"\x01" * 70_000], 1009, "message_too_long"),
        ([SECOND] * 40, 1008, "too_fast"),
        ([b"\x01\x00"] * 4000, 1008, "too_fast"),
    ],
    ids=["text", "unknown", "wrong types", "half a sample", "nested", "too long", "too fast", "too many"],
)
async def test_what_no_page_of_ours_sends_ends_the_call_with_its_cause(
    person: Person, messages: list[str | bytes], code: int, cause: str
) -> None:
    async with person.call() as (caller, record):
        with suppress(websockets.ConnectionClosed):
            for message in messages:
                await caller.socket.send(message)
        assert (await caller.end())[0] == code
        assert code == 1009 or caller.has("error", code=cause)
    found = await ended(record)
    assert found.call.status is CallStatus.INTERRUPTED
    assert found.event("line_lost") == [{"cause": cause}]
    assert found.said[0] == GREETING, "nothing is lost"


async def test_a_ticket_opens_one_call_for_the_one_who_asked_for_it(person: Person, world: World) -> None:
    given = (await person.ticket())["ticket"]
    stranger = await other_person(person)
    for whose, path, ticket in (
        (stranger, person.path, given),  # another company's person
        (stranger, stranger.path, given),
        (person, person.path, "x" * 32),
        (person, person.path, ""),
    ):
        async with calling(person.port, path, whose.cookie, ticket) as caller:
            assert await caller.end() == (1008, "no_ticket")
    async with calling(person.port, person.path, person.cookie, given) as caller:
        await caller.until(lambda: caller.has("started"))
    async with calling(person.port, person.path, person.cookie, given) as caller:
        assert await caller.end() == (1008, "no_ticket")
    async with calling(person.port, person.path, person.cookie, None) as caller:
        await caller.speak(quiet(0.1))  # sound instead of a ticket
        assert await caller.end() == (1008, "no_ticket")


@pytest.mark.parametrize("origin", ["https://evil.example", None, "null"])
async def test_another_site_s_page_is_not_let_in(person: Person, origin: str | None) -> None:
    with pytest.raises(websockets.InvalidStatus):
        async with calling(person.port, person.path, person.cookie, None, origin=origin):
            pass


async def test_nobody_is_let_in_without_a_sign_in(person: Person) -> None:
    with pytest.raises(websockets.InvalidStatus):
        async with calling(person.port, person.path, "otklik_session=nobody", None):
            pass


async def test_a_viewer_gets_no_ticket(person: Person, world: World) -> None:
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{person.port}") as web:
        answer = await web.post(person.path, headers={"Cookie": person.cookie})
    assert answer.status_code == 403, "no form of ours sent it"


async def test_a_refusal_is_told_in_words(person: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    async def none(*_: object, **__: object) -> Speech:
        raise NoVoice(missing="tts")

    monkeypatch.setattr(SPEECH, "speech", none)
    given = await person.ticket()
    async with calling(person.port, person.path, person.cookie, given["ticket"]) as caller:
        assert await caller.end() == (1008, "no_voice")
        (refusal,) = (one for one in caller.said if one["type"] == "error")
        assert refusal == {"type": "error", "code": "no_voice", "text": NoVoice(missing="tts").text("ru")}
