"""`otklik call` as a person and a script run it, against servers that are already there."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from app.bots.models import Bot
from app.calls import queries
from app.calls.models import CallStatus
from app.embedded import state
from app.embedded.state import PARTS, Lock, Part, Phase, Status
from tests.conftest import Servers
from tests.support.servers import DatabaseUrls
from tests.support.talks import ORDER
from tests.support.waiting import until
from tests.support.world import World

pytestmark = pytest.mark.integration


@dataclass(frozen=True)
class Ended:
    """How a command ended and what it printed."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:  # Any: JSON
        return json.loads(self.out)


@dataclass(frozen=True)
class Shell:
    """Runs commands with the test's servers in the environment."""

    environment: dict[str, str]

    async def start(self, *arguments: str) -> asyncio.subprocess.Process:
        pipe = asyncio.subprocess.PIPE
        return await asyncio.create_subprocess_exec(
            sys.executable, "-m", "app.cli", *arguments, env=self.environment, stdin=pipe, stdout=pipe, stderr=pipe
        )

    async def run(self, *arguments: str, typed: str = "") -> Ended:
        process = await self.start(*arguments)
        out, err = await process.communicate(typed.encode("utf-8", "surrogateescape"))
        assert process.returncode is not None
        return Ended(process.returncode, out.decode(), err.decode())


@pytest.fixture
def shell(database: DatabaseUrls, test_servers: Servers, tmp_path: Path) -> Shell:
    return Shell(
        {
            **os.environ,
            "OTKLIK_HOME": str(tmp_path),
            "OTKLIK_DATABASE_URL": database.app,
            "OTKLIK_REDIS_URL": test_servers.redis_url,
            "OTKLIK_SECRET_KEY": "test-key-" * 5,
            "OTKLIK_LANGUAGE": "en",
            "OTKLIK_TTS": "cartesia/sonic-3",  # without a key there is no voice, so the worker renders nothing
        }
    )


@pytest.fixture
def script(tmp_path: Path) -> Path:
    file = tmp_path / "caller.txt"
    file.write_text("\ufeff" + "\r\n".join(ORDER), encoding="utf-8")
    return file


@asynccontextmanager
async def worker(shell: Shell) -> AsyncIterator[None]:
    process = await shell.start("worker")
    try:
        yield
    finally:
        process.terminate()
        await process.communicate()


async def test_a_script_is_held_to_its_end_and_the_analysed_call_printed_as_json(
    world: World, bot: Bot, shell: Shell, script: Path
) -> None:
    async with worker(shell):
        done = await shell.run(
            "call", "--bot", bot.slug, "--company", world.slug, "--script", str(script), "--json", "--wait", "250"
        )
    assert (done.code, done.err) == (0, "")
    call = done.json
    assert (call["bot"], call["status"], call["outcome"]["code"]) == ("workshop", "ended", "ORDER")
    assert {field["name"]: field["value"] for field in call["fields"]} == {"thing": "часы", "name": "Ольга"}
    assert [turn["text"] for turn in call["turns"] if turn["role"] == "caller"] == list(ORDER)
    assert call["summary"]
    assert call["analysed_at"]


async def test_the_caller_hangs_up_when_the_typing_ends_and_a_missing_analysis_is_told(
    world: World, bot: Bot, shell: Shell
) -> None:
    done = await shell.run("call", "--bot", bot.slug, "--company", world.slug, "--wait", "0", typed="часы\n")
    assert done.code == 1
    assert "Bot: Мастерская, здравствуйте. Что чиним?\nBot: Хорошо, часы. Как вас зовут?\n" in done.out
    assert "thing: часы\nname: missing\n" in done.out
    assert "otklik worker" in done.err


async def test_a_transfer_is_told_as_the_end_since_nobody_can_be_put_through(
    world: World, bot: Bot, shell: Shell
) -> None:
    typed = "позовите оператора\nалло\n"
    done = await shell.run("call", "--bot", bot.slug, "--company", world.slug, "--wait", "0", typed=typed)
    assert "Bot: Соединяю.\nThe transfer is recorded. In a typed call there is nobody to connect to" in done.out
    async with world.rt.db.tenant(world.company_id) as db:
        [call] = await db.scalars(queries.calls())
    assert (call.status, call.end_reason) == (CallStatus.ENDED, "transfer")


async def test_typed_bytes_that_are_no_text_do_not_end_the_typing(world: World, bot: Bot, shell: Shell) -> None:
    typed = "\udcff\udcfe\nчасы\n"
    strict = Shell({**shell.environment, "PYTHONIOENCODING": "utf-8:strict"})
    done = await strict.run("call", "--bot", bot.slug, "--company", world.slug, "--wait", "0", typed=typed)
    assert "Bot: Хорошо, часы. Как вас зовут?" in done.out
    assert "Traceback" not in done.err


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (["--bot", "nobody", "--company", "{company}"], "workshop"),
        (["--bot", "workshop", "--company", "nowhere"], "nowhere"),
        (["--bot", "workshop", "--company", "{company}", "--script", "/nowhere/caller.txt"], "caller.txt"),
        (["--company", "{company}"], "--bot"),
    ],
    ids=["unknown bot", "unknown company", "no such script", "no bot named"],
)
async def test_wrong_usage_is_told_on_standard_error_with_code_2(
    arguments: list[str], word: str, world: World, bot: Bot, shell: Shell
) -> None:
    done = await shell.run("call", *(argument.format(company=world.slug) for argument in arguments))
    assert (done.code, done.out) == (2, "")
    assert word in done.err


async def test_a_database_that_is_away_is_one_sentence(shell: Shell) -> None:
    gone = Shell({**shell.environment, "OTKLIK_DATABASE_URL": "postgresql://otklik_app:x@127.0.0.1:9/otklik"})
    done = await gone.run("call", "--bot", "workshop")
    assert (done.code, done.out) == (1, "")
    assert done.err.count("\n") == 1
    assert "PostgreSQL" in done.err


@pytest.mark.parametrize(
    "before", [None, Phase.READY, Phase.STARTING], ids=["no word yet", "killed before", "starting"]
)
async def test_an_installation_that_is_starting_is_waited_for_instead_of_starting_another(
    before: Phase | None, world: World, bot: Bot, shell: Shell, tmp_path: Path
) -> None:
    environment = dict(shell.environment)
    parts = {name: Part() for name in PARTS}
    answering = {
        "postgres": Part(environment.pop("OTKLIK_DATABASE_URL"), Phase.READY),
        "redis": Part(environment.pop("OTKLIK_REDIS_URL"), Phase.READY),
    }
    with Lock(tmp_path):
        if before is not None:
            of_a_dead_process = subprocess.Popen([sys.executable, "-c", ""])
            of_a_dead_process.wait()
            pid = os.getpid() if before is Phase.STARTING else of_a_dead_process.pid
            nowhere = {"postgres": Part("postgresql://x:x@127.0.0.1:9/x", before)}
            state.write(tmp_path, Status(before, url="http://x", pid=pid, parts={**parts, **nowhere}))
        call = await Shell(environment).start("call", "--bot", bot.slug, "--company", world.slug, "--wait", "0")

        async def has_looked() -> bool:
            return (tmp_path / "logs").exists()

        await until(has_looked)
        ready = Status(Phase.READY, url="http://x", pid=os.getpid(), parts={**parts, **answering})
        state.write(tmp_path, ready)
        out, err = await call.communicate("часы\n".encode())
    assert "Bot: Хорошо, часы. Как вас зовут?" in out.decode(), err.decode()
    assert not (tmp_path / "logs" / "call.log").exists()


async def test_a_start_that_fails_is_told_with_what_it_printed(shell: Shell) -> None:
    environment = {name: value for name, value in shell.environment.items() if name != "OTKLIK_DATABASE_URL"}
    wrong = Shell({**environment, "OTKLIK_WEB_HOST": "nowhere.invalid"})
    done = await wrong.run("call", "--bot", "workshop")
    assert (done.code, done.out) == (1, "")
    assert "otklik up" in done.err
    assert "Traceback" not in done.err.splitlines()[0]
