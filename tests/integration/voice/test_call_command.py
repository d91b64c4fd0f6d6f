"""`otklik call` as a person and a script run it, against servers that are already there."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from app.bots.models import Bot
from tests.conftest import Servers
from tests.support.servers import DatabaseUrls
from tests.support.talks import ORDER
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
        out, err = await process.communicate(typed.encode())
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
        done = await shell.run("call", "--bot", bot.slug, "--company", world.slug, "--script", str(script), "--json")
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
