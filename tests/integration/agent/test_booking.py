"""The main thing: somebody phones the clinic, is understood by a real recogniser, and has an appointment afterwards.

Real: LiveKit server, agent, recogniser (Whisper base), worker, webhook. The bot's voice is a tone. The caller's lines
are recordings, and like a person the caller answers what was asked and repeats what was misunderstood.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from sqlalchemy import select, update
from standardwebhooks import Webhook

from app.bots.models import Bot
from app.bots.voice import BotVoice
from app.calls.models import Call, CallOutcome, CallStatus, CollectedField, EndedBy, Recording, Turn, TurnRole
from app.scenario.state import CallState
from app.voice.providers.local import available
from app.webhooks import endpoints
from tests.integration.agent.conftest import Clinic, Providers, give_number
from tests.integration.workers.conftest import Works, open_works
from tests.support import servers, spoken
from tests.support.agent_program import agent_program
from tests.support.livekit_server import LiveKitServer
from tests.support.phone import Phone, phone
from tests.support.servers import DatabaseUrls
from tests.support.waiting import until
from tests.support.world import EXAMPLES

pytestmark = pytest.mark.integration

PHONE = "+79161234567"
CHANGES = (
    ("    max: today+60d\n    weekdays: [mon, tue, wed, thu, fri, sat]\n", "    max: today+400d\n"),
    ("""      - {to: complaint, when: 'collected && fields.service == "лечение" && !visited("complaint")'}\n""", ""),
)
"""The recorded day is in March, and nobody recorded a complaint."""
TRIES = 30
"""Turns of the caller at most."""


@pytest.fixture
def own_redis() -> Iterator[str]:
    with servers.server_home() as home, servers.start_valkey(home) as url:
        yield url


@pytest.fixture
async def works(own_database: DatabaseUrls, own_redis: str, tmp_path: Path) -> AsyncIterator[Works]:
    """A company whose worker sends webhooks to a receiver."""
    async with open_works(own_database, own_redis, tmp_path) as opened:
        opened.environment["OTKLIK_FILES_FOLDER"] = str(tmp_path / "files")
        yield opened


class Caller:
    """Somebody with a toothache, who says what is asked for and changes the day and the time at the end.

    A number that was misheard twice is pressed on the keys: Whisper base drops digits of numbers said in groups.
    """

    def __init__(self, clinic: Clinic, line: Phone) -> None:
        self._clinic, self._line = clinic, line
        self._phone_lines = iter(("ru_elena_02", "ru_aleksandr_02"))

    async def talks(self) -> None:
        """Until the bot hangs up."""
        seen = 0
        for _ in range(TRIES):
            call = await self._clinic.call()
            turn = await self._answer_after(call, seen)
            if turn is None:
                return
            seen = turn.seq
            await self._speak(await self._clinic.call(), turn)
        pytest.fail("the call went round in circles")

    async def _answer_after(self, call: Call, seen: int) -> Turn | None:
        """The bot's newest words, when they are out; None when the call is over."""
        found: list[Turn] = []

        async def spoken_or_over() -> bool:
            turns = [turn for turn in await self._clinic.turns(call.id) if turn.role is TurnRole.AGENT]
            found[:] = [turn for turn in turns[-1:] if turn.seq > seen]
            return bool(found) or self._line.left.is_set()

        await until(spoken_or_over)
        await self._line.heard_out_or_over()
        return None if self._line.left.is_set() else found[0]

    async def _speak(self, call: Call, turn: Turn) -> None:
        name = self._line_for(CallState.from_json(call.state), turn)
        if name is None:
            await self._line.press("89161234567#")
        else:
            await self._line.say(spoken.line(name).pcm + spoken.silence(1.0))

    def _line_for(self, state: CallState, turn: Turn) -> str | None:
        """A recording by name; None: the number, on the keys."""
        value = {field: known.value for field, known in state.fields.items()}
        if state.stage == "confirm":
            return "ru_elena_05" if value.get("time") == "10:30" else "ru_elena_03"
        asked, confirms = turn.why.get("field"), turn.why["asks"] == "confirm"
        if asked == "phone" and confirms and state.pending.value == PHONE:
            return "ru_elena_05"
        if asked == "phone":
            return next(self._phone_lines, None)
        return {"date": "ru_elena_20", "time": "ru_elena_20", "name": "ru_elena_01"}.get(str(asked), "ru_elena_14")


async def test_a_caller_books_a_visit_by_voice(
    server: LiveKitServer, providers: Providers, works: Works, own_database: DatabaseUrls, tmp_path: Path
) -> None:
    if not available().stt:
        pytest.skip("no local recogniser: make install-dev")
    clinic = await _clinic(works)
    secret = await _endpoint(works)
    settings = {
        **providers.settings,
        **works.environment,
        "OTKLIK_STT": "local",
        "OTKLIK_TTS": "cartesia/sonic-2:voice",
    }
    redis_url = works.environment["OTKLIK_REDIS_URL"]
    async with works.worker(), agent_program(tmp_path, server, own_database, redis_url, settings) as agent:
        async with phone(server, clinic.number, caller="anonymous") as line:
            await line.status("active")
            await Caller(clinic, line).talks()
        call = await clinic.ended()
        assert (call.status, call.ended_by) == (CallStatus.ENDED, EndedBy.BOT), agent.log
        await works.receiver.until(lambda: any(b"call.analyzed" in one.body for one in works.receiver.received))
        await _booked(clinic, call)
    (told,) = [one for one in works.receiver.received if b'"call.analyzed"' in one.body]
    Webhook(secret).verify(told.body, told.headers)
    assert json.loads(told.body)["data"]["outcome"]["code"] == "LEAD"


async def _booked(clinic: Clinic, call: Call) -> None:
    """The record: what is known and from which words, the outcome with its evidence, the sound and how fast it was."""
    async with clinic.world.rt.db.tenant(clinic.world.company_id) as db:
        rows = (await db.scalars(select(CollectedField).where(CollectedField.call_id == call.id))).all()
        outcome = (await db.scalars(select(CallOutcome).where(CallOutcome.call_id == call.id))).one()
    turns = {turn.seq: turn for turn in await clinic.turns(call.id)}
    known = {row.name: row for row in rows if row.value is not None}
    story = "\n".join(f"{turn.role}: {turn.text}" for turn in turns.values())
    assert known["service"].value == "лечение", story
    assert (known["time"].value, known["phone"].value) == ("10:30", PHONE), story
    assert known["date"].value is not None
    assert known["date"].value.endswith("-03-15"), story
    assert known["phone"].confirmed
    assert known["time"].history, story  # what the correction replaced is kept
    for row in known.values():
        assert row.turn_seq is not None
        assert turns[row.turn_seq].role is TurnRole.CALLER
        assert row.raw
    assert outcome.code == "LEAD"
    assert outcome.evidence
    recording = await _recording(clinic, call)
    assert recording.seconds > 20
    assert max(peak["caller"] for peak in recording.peaks) > 0.05 < max(peak["agent"] for peak in recording.peaks)
    assert any(turn.metrics.get("total", 0) > 0 for turn in turns.values())


async def _recording(clinic: Clinic, call: Call) -> Recording:
    """It is finished after the goodbye."""
    found: list[Recording] = []

    async def kept() -> bool:
        async with clinic.world.rt.db.tenant(clinic.world.company_id) as db:
            found[:] = (await db.scalars(select(Recording).where(Recording.call_id == call.id))).all()
        return bool(found and found[0].peaks)

    await until(kept)
    return found[0]


async def _clinic(works: Works) -> Clinic:
    world = works.world
    source = (EXAMPLES / "dental.yaml").read_text(encoding="utf-8")
    for old, new in CHANGES:
        assert old in source
        source = source.replace(old, new)
    bot = await world.bot(source=source)
    voice = BotVoice(record=True).model_dump(mode="json")
    async with world.rt.db.tenant(world.company_id) as db:
        await db.execute(update(Bot).where(Bot.id == bot.id).values(voice=voice))
    return Clinic(world, bot, await give_number(world.rt, world.company_id, bot.id))


async def _endpoint(works: Works) -> str:
    """Its secret."""
    url = await endpoints.checked(works.rt, works.receiver.url("/hook"), by=works.world.owner)
    async with works.rt.db.tenant(works.world.company_id) as db:
        _, secret = await endpoints.create(
            db, works.rt, url, event_types=("call.analyzed",), by=works.world.owner, at=works.rt.clock()
        )
    return secret
