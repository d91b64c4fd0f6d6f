"""How soon a bot answers with the local voice: Whisper base hears, Piper speaks, both on this machine.

`python -m bench.local_voice [--json] [--calls 1,2]`. Callers speak recorded lines in real time, over the other calls.
Three wirings: a bare AgentSession with livekit's own adapter around the recogniser, which decodes when the caller has
stopped; the same session with our recogniser, which decodes in the pause; a whole call of Otklik, whose questions are
spoken by Piper the first time and come from the speech cache the second. Times are from the last loud sound of the
caller to the first sound of the reply.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import statistics
import time
from collections.abc import AsyncIterator, Awaitable, Callable

import psutil
from livekit.agents import Agent, AgentSession, ModelSettings, llm, stt
from livekit.agents.voice.turn import InterruptionOptions

from app.db.migrating import migrate
from app.embedded.postgres import Roles
from app.voice.endpointing import ENDPOINTING
from app.voice.providers.loading import WHOLE, silero
from app.voice.providers.local import local_stt, local_tts, prewarm
from app.voice.script_llm import ScriptLLM
from app.voice.spoken import SpokenCalls
from bench.voice import Figures, OpenCall, ours
from bench.voice_parts import BenchLine, trimmed
from tests.conftest import runtime_on
from tests.support import servers
from tests.support.spoken import line
from tests.support.world import new_world

QUESTIONS = ("one", "two", "three", "four", "five", "six", "seven", "eight")
TURNS = len(QUESTIONS) - 2


def scenario() -> str:
    """A row of questions that are answered with yes."""
    fields = "\n".join(
        f'  q{n}: {{type: yes_no, ask: "This is question number {word}, please answer it: yes or no?"}}'
        for n, word in enumerate(QUESTIONS)
    )
    return f"""version: 1
name: Bench
languages: [en]
agent: {{name: Anna, persona: Short.}}
greeting: "Hello, here are some questions."
fields:
{fields}
stages:
  - id: ask
    goal: Ask.
    collect: [{", ".join(f"q{n}" for n in range(len(QUESTIONS)))}]
    transitions:
      - {{to: done, when: collected}}
  - id: done
    say: "Thank you, that is all."
    end: true
outcomes:
  - {{code: LEAD, when: visited("done")}}
  - {{code: ABANDONED}}
"""


class Bare(Agent):
    """Asks the same question whatever it hears."""

    def __init__(self) -> None:
        super().__init__(instructions="")

    async def llm_node(
        self, chat_ctx: llm.ChatContext, tools: list[llm.Tool], model_settings: ModelSettings
    ) -> AsyncIterator[str]:
        del chat_ctx, tools, model_settings
        yield "This is question number one, please answer it: yes or no?"


def bare(*, adapter: bool) -> OpenCall:
    """A call of livekit alone, with the local ears and voice."""

    async def open_call(place: BenchLine) -> Callable[[], Awaitable[None]]:
        ears = local_stt(["en"])
        session: AgentSession[None] = AgentSession(
            llm=ScriptLLM(),
            vad=await silero(WHOLE),
            stt=stt.StreamAdapter(stt=ears, vad=await silero(WHOLE)) if adapter else ears,
            tts=local_tts(None, "en"),
            turn_handling={
                "turn_detection": "vad",
                "endpointing": ENDPOINTING,
                "interruption": InterruptionOptions(mode="vad", min_words=1),
            },
            user_away_timeout=None,
            aec_warmup_duration=None,
        )
        await place.start(session, Bare())
        _ = session.say("Hello, here are some questions.")
        return session.aclose

    return open_call


async def talk(place: BenchLine, waits: list[float]) -> None:
    """Answers every question, as soon as it was asked."""
    pcm = trimmed(line("en_bdl_05").pcm)
    await place.ear.until("sound")
    await place.ear.until("quiet")
    for _ in range(TURNS):
        await asyncio.sleep(0.4)
        ended = await place.mic.say(pcm)
        waits.append(await place.ear.until("sound", ended) - ended)
        await place.ear.until("quiet")


async def measured(calls: int, open_call: OpenCall) -> Figures:
    """Calls that all speak at the same time; what they use includes the voice's process."""
    figures, places = Figures(), [BenchLine() for _ in range(calls)]
    ends = [await open_call(place) for place in places]
    began, cpu = time.perf_counter(), used()[0]
    await asyncio.gather(*(talk(place, figures.waits) for place in places))
    spent, figures.memory = used()
    figures.cpu = (spent - cpu) / (time.perf_counter() - began)
    for place, end in zip(places, ends, strict=True):
        place.mic.stopped = True
        await end()
    return figures


def used() -> tuple[float, float]:
    """CPU seconds and MB of this process and the voices it started."""
    this = psutil.Process()
    voices = [child for child in this.children() if "piper_program" in " ".join(child.cmdline())]
    times = [process.cpu_times() for process in (this, *voices)]
    memory = sum(process.memory_full_info().uss for process in (this, *voices)) / 2**20
    return sum(one.user + one.system for one in times), memory


def told(name: str, figures: Figures) -> dict[str, float]:
    """p50 and longest wait in ms, CPU in cores, MB of memory."""
    return {
        f"{name}_p50_ms": round(statistics.median(figures.waits) * 1000),
        f"{name}_max_ms": round(max(figures.waits) * 1000),
        f"{name}_cores": round(figures.cpu, 2),
        f"{name}_memory_mb": round(figures.memory),
    }


async def measure(roles: Roles, redis_url: str, counts: list[int]) -> dict[str, float]:
    """Every figure, by name."""
    began = time.perf_counter()
    await prewarm()
    figures: dict[str, float] = {"load_ms": round((time.perf_counter() - began) * 1000)}
    database = await servers.create_database(roles)
    await migrate(database.owner, database.app)
    rt = runtime_on(database, redis_url)
    world = await new_world(rt)
    bot = await world.bot(slug="bench", source=scenario())
    calls = SpokenCalls(rt)
    await calls.warm()
    await silero(WHOLE)
    for count in counts:
        figures |= told(f"adapter_{count}", await measured(count, bare(adapter=True)))
        figures |= told(f"bare_{count}", await measured(count, bare(adapter=False)))
        figures |= told(f"otklik_{count}", await measured(count, ours(world, bot.id, calls)))
    figures |= told("otklik_cached", await measured(1, ours(world, bot.id, calls)))
    await calls.close()
    await rt.close()
    return figures


def main() -> None:
    """Prints the figures; with --json as one object."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--calls", default="1,2")
    chosen = parser.parse_args()
    counts = [int(count) for count in chosen.calls.split(",")]
    with (
        servers.server_home() as home,
        servers.start_postgres(home) as roles,
        servers.start_valkey(home) as redis_url,
    ):
        os.environ["OTKLIK_HOME"] = str(home)  # where the model is put together
        figures = asyncio.run(measure(roles, redis_url, counts))
    if chosen.json:
        print(json.dumps(figures))
        return
    for name, value in figures.items():
        print(f"{name:<28} {value}")


if __name__ == "__main__":
    main()
