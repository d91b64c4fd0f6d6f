"""What Otklik adds to a spoken turn, how soon it answers and falls silent, and what a call costs.

`python -m bench.voice [--json] [--calls 1,5,10,20]`. Callers speak recorded lines in real time; ears answer 100 ms
after the end of speech, the voice 100 ms after it is asked, Silero hears the pauses. The baseline in the same run is
a bare AgentSession with the same ears, voice, VAD and waits, whose agent says a fixed sentence: so the difference is
the engine, the commit to PostgreSQL and the reply's way through the speech cache (which keeps nothing there). Times
are from the last loud sound of the caller to the first sound of the reply. Started servers are the embedded ones.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

import psutil
from livekit.agents import Agent, AgentSession, ModelSettings, llm
from livekit.agents.types import NOT_GIVEN
from livekit.agents.voice.turn import InterruptionOptions, TurnHandlingOptions

from app.calls.models import Channel, Direction
from app.db.migrating import migrate
from app.embedded.postgres import Roles
from app.voice.endpointing import ENDPOINTING
from app.voice.providers.loading import silero
from app.voice.script_llm import ScriptLLM
from app.voice.spoken import Incoming, SpokenCalls
from bench.voice_parts import BenchEars, BenchLine, BenchModel, BenchSpeech, BenchVoice, trimmed
from tests.conftest import runtime_on
from tests.support import servers
from tests.support.spoken import line
from tests.support.world import World, new_world

OpenCall = Callable[[BenchLine], Awaitable[Callable[[], Awaitable[None]]]]
"""Opens a call on a line; gives back how to end it."""
TURNS = 8
NUMBERS = (
    "один",
    "два",
    "три",
    "четыре",
    "пять",
    "шесть",
    "семь",
    "восемь",
    "девять",
    "десять",
    "сто",
    "двести",
    "триста",
    "четыреста",
)
QUESTIONS = len(NUMBERS)
REPLY = "Это вопрос номер один, ответьте на него, да или нет?"
WORDS = "да, верно, всё правильно"


def scenario() -> str:
    """A row of questions that are answered with yes; none has anything to fill in."""
    fields = "\n".join(
        f'  q{n}: {{type: yes_no, ask: "Это вопрос номер {word}, ответьте на него, да или нет?"}}'
        for n, word in enumerate(NUMBERS, 1)
    )
    names = ", ".join(f"q{n}" for n in range(1, QUESTIONS + 1))
    return f"""version: 1
name: Замер
languages: [ru]
agent: {{name: Анна, persona: Коротко.}}
greeting: "Здравствуйте, начнём замер."
fields:
{fields}
stages:
  - id: ask
    goal: Спросить.
    collect: [{names}]
    transitions:
      - {{to: done, when: collected}}
  - id: done
    say: "Спасибо, это всё."
    end: true
outcomes:
  - {{code: LEAD, when: visited("done")}}
  - {{code: ABANDONED}}
"""


@dataclass
class Figures:
    """Seconds from the end of speech to the first sound, and what the process used meanwhile."""

    waits: list[float] = field(default_factory=list)
    cpu: float = 0.0
    memory: float = 0.0

    def told(self, name: str) -> dict[str, float]:
        """p50 and p95 in ms, CPU of one core and MB of memory."""
        return {
            f"{name}_p50_ms": round(statistics.median(self.waits) * 1000),
            f"{name}_p95_ms": round(statistics.quantiles(self.waits, n=20)[18] * 1000),
            f"{name}_cpu_of_a_core": round(self.cpu, 3),
            f"{name}_memory_mb": round(self.memory, 1),
        }


class Sure:
    """A turn detector that always believes that the caller has finished."""

    model = provider = "sure"

    async def unlikely_threshold(self, language: object) -> float:
        del language
        return 0.5

    async def supports_language(self, language: object) -> bool:
        del language
        return True

    async def predict_end_of_turn(self, chat_ctx: object, *, timeout: float | None = None) -> float:
        del chat_ctx, timeout
        return 1.0


class Bare(Agent):
    """Says the same sentence whatever it hears."""

    def __init__(self) -> None:
        super().__init__(instructions="")

    async def llm_node(
        self, chat_ctx: llm.ChatContext, tools: list[llm.Tool], model_settings: ModelSettings
    ) -> AsyncIterator[str]:
        del chat_ctx, tools, model_settings
        yield REPLY


async def bare_call(place: BenchLine) -> Callable[[], Awaitable[None]]:
    """A call of livekit alone; gives back how to end it."""
    session: AgentSession[None] = AgentSession(
        llm=ScriptLLM(),
        vad=await silero(),
        stt=BenchEars(WORDS),
        tts=BenchVoice(),
        turn_handling=TurnHandlingOptions(
            turn_detection=Sure(),
            endpointing=ENDPOINTING,
            interruption=InterruptionOptions(mode="vad", min_words=1),
        ),
        user_away_timeout=None,
        aec_warmup_duration=None,
        conn_options=NOT_GIVEN,
    )
    await place.start(session, Bare())
    _ = session.say("Здравствуйте, начнём замер.")
    return session.aclose


async def talk(place: BenchLine, turns: int, waits: list[float]) -> None:
    """Answers every question, as soon as it was asked."""
    pcm = trimmed(line("ru_elena_05").pcm)
    await place.ear.until("sound")
    await place.ear.until("quiet")
    for _ in range(turns):
        await asyncio.sleep(0.4)
        ended = await place.mic.say(pcm)
        waits.append(await place.ear.until("sound", ended) - ended)
        await place.ear.until("quiet")


async def measured(calls: int, open_call: OpenCall, turns: int = TURNS) -> Figures:
    """Calls that all speak at the same time."""
    process, figures = psutil.Process(), Figures()
    before = process.memory_full_info().uss
    places = [BenchLine() for _ in range(calls)]
    ends = [await open_call(place) for place in places]
    began, cpu = time.perf_counter(), process.cpu_times()
    await asyncio.gather(*(talk(place, turns, figures.waits) for place in places))
    spent = process.cpu_times()
    figures.cpu = (spent.user + spent.system - cpu.user - cpu.system) / (time.perf_counter() - began)
    figures.memory = max(process.memory_full_info().uss - before, 0) / 2**20
    for place, end in zip(places, ends, strict=True):
        place.mic.stopped = True
        await end()
    return figures


async def barge_in(open_call: OpenCall, times: int) -> list[float]:
    """Seconds from the caller's first sound to the bot's silence, when the caller speaks over a question."""
    pcm, found = trimmed(line("ru_elena_05").pcm), []
    place = BenchLine()
    end = await open_call(place)
    await place.ear.until("sound")
    await place.ear.until("quiet")
    for _ in range(times):
        await asyncio.sleep(0.4)
        ended = await place.mic.say(pcm)
        await place.ear.until("sound", ended)
        await asyncio.sleep(0.5)
        place.mic.began = 0.0
        said = place.mic.say(pcm)
        cut = await place.ear.until("cut", place.ear.first)
        found.append(cut - place.mic.began)
        await place.ear.until("sound", await said)
        await place.ear.until("quiet")
    place.mic.stopped = True
    await end()
    return found


def ours(world: World, bot_id: object, calls: SpokenCalls) -> OpenCall:
    """How a call of Otklik's is opened."""

    async def open_call(place: BenchLine) -> Callable[[], Awaitable[None]]:
        incoming = Incoming(
            company_id=world.company_id,
            bot_id=bot_id,  # type: ignore[arg-type]  # the bot's id
            direction=Direction.INBOUND,
            channel=Channel.WEB,
        )
        conversation = await calls.start(incoming, place)
        return conversation.caller_gone

    return open_call


@asynccontextmanager
async def installation(roles: Roles, redis_url: str) -> AsyncIterator[tuple[World, object]]:
    """A company and its bot on servers that run."""
    database = await servers.create_database(roles)
    await migrate(database.owner, database.app)
    rt = runtime_on(database, redis_url)
    try:
        world = await new_world(rt)
        bot = await world.bot(slug="bench", source=scenario())
        yield world, bot.id
    finally:
        await rt.close()


async def measure(roles: Roles, redis_url: str, counts: Sequence[int]) -> dict[str, float]:
    """Every figure, by name."""
    figures: dict[str, float] = {}
    async with installation(roles, redis_url) as (world, bot_id):
        cold = SpokenCalls(world.rt, speech=BenchSpeech(WORDS, keeps=False))
        await cold.warm()
        await silero()
        for count in counts:
            bare = await measured(count, bare_call)
            full = await measured(count, ours(world, bot_id, cold))
            print(f"{count} calls: measured", file=sys.stderr)
            told = full.told(f"otklik_{count}") | bare.told(f"bare_{count}")
            figures |= told
            figures[f"share_{count}_p50_ms"] = told[f"otklik_{count}_p50_ms"] - told[f"bare_{count}_p50_ms"]
            figures[f"share_{count}_p95_ms"] = told[f"otklik_{count}_p95_ms"] - told[f"bare_{count}_p95_ms"]
            figures[f"ratio_{count}_p50"] = round(told[f"otklik_{count}_p50_ms"] / told[f"bare_{count}_p50_ms"], 3)
        warm = SpokenCalls(world.rt, speech=BenchSpeech(WORDS, keeps=True))
        await measured(1, ours(world, bot_id, warm), turns=QUESTIONS - 2)  # renders every question once
        figures |= (await measured(1, ours(world, bot_id, warm), turns=QUESTIONS - 2)).told("scripted_warm")
        phrasing = SpokenCalls(world.rt, speech=BenchSpeech(WORDS, keeps=True, model=BenchModel(REPLY)))
        figures |= (await measured(1, ours(world, bot_id, phrasing))).told("phrased")
        cuts = await barge_in(ours(world, bot_id, warm), 5)
        figures["barge_in_p50_ms"] = round(statistics.median(cuts) * 1000)
        figures["barge_in_max_ms"] = round(max(cuts) * 1000)
        for calls in (cold, warm, phrasing):
            with suppress(Exception):
                await calls.close()
    return figures


GOALS = {"scripted_warm_p50_ms": 350, "share_10_p50_ms": 10, "share_10_p95_ms": 25}


def main() -> None:
    """Prints the figures; with --json as one object."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--calls", default="1,5,10,20")
    chosen = parser.parse_args()
    counts = [int(count) for count in chosen.calls.split(",")]
    with (
        servers.server_home() as home,
        servers.start_postgres(home) as roles,
        servers.start_valkey(home) as redis_url,
    ):
        figures = asyncio.run(measure(roles, redis_url, counts))
    if chosen.json:
        print(json.dumps(figures))
        return
    for name, value in figures.items():
        goal = f"   goal <= {GOALS[name]:g}" if name in GOALS else ""
        print(f"{name:<32} {value}{goal}")


if __name__ == "__main__":
    main()
