"""What `otklik call` does: finds or starts the installation, holds the call in this process, shows the result."""

from __future__ import annotations

import asyncio
import io
import os
import signal
import sys
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import UUID

import click
from sqlalchemy import select

from app.analysis.report import CallReport, call_report
from app.bots.models import Bot
from app.calls import live, queries
from app.calls.models import CallStatus, TurnRole
from app.commands.call import Wishes, print_json
from app.db import away, lookups
from app.db.outbox import RedisPublisher
from app.embedded import attach, children, state
from app.embedded.home import open_home
from app.embedded.problems import ServerFailed
from app.embedded.state import Phase
from app.errors import CallEnded
from app.i18n import translate
from app.runtime import Runtime, build
from app.scenario.state import EndReason
from app.settings import CommonSettings, DatabaseSettings, LlmSettings, RedisSettings, read
from app.voice.text import TextCalls
from app.voice.warming import warm

START_LIMIT = 120.0
"""Seconds a first start of the embedded parts may take."""


async def hold(wishes: Wishes) -> int:
    """One call from greeting to result; returns the exit code."""
    async with _loading(), _installation():
        redis = read(RedisSettings)
        publisher = RedisPublisher(redis.url.get_secret_value(), redis.timeout) if redis.url else None
        rt = build(redis=redis, publish=publisher)
        calls = TextCalls(rt)
        try:
            with away.told():
                found = await _bot(rt, wishes)
                if found is None:
                    return 2
                report = await Talk(rt, calls, wishes, *found).hold()
        finally:
            await calls.close()
            await rt.close()
            if publisher is not None:
                await publisher.close()
    return _show(report, wishes)


@asynccontextmanager
async def _loading() -> AsyncIterator[None]:
    """Loads livekit beside everything that has to be waited for anyway."""
    loading = asyncio.create_task(warm(model=read(LlmSettings).base_url is not None))
    try:
        yield
    finally:
        await asyncio.gather(loading, return_exceptions=True)


@asynccontextmanager
async def _installation() -> AsyncIterator[None]:
    """The servers of the settings, else the installation that runs here, else one that is started for this call."""
    home = open_home(read(CommonSettings).home)
    if servers_named() or await _running(home):
        yield
        return
    log = home / "logs" / "call.log"
    with log.open("wb") as output:
        up = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "app.cli",
            "up",
            "--end-with-parent",
            stdout=output,
            stderr=output,
            start_new_session=True,  # Ctrl-C is for the call, which hangs up before its servers end
        )
    try:
        await _ready(home, up, log)
        attach.use_running(home)
        yield
    finally:
        if up.returncode is None:
            up.send_signal(signal.SIGTERM)
        await up.wait()


def servers_named() -> bool:
    """Whether the settings name all that a call needs; what they leave out is attached or started, as by `up`."""
    return read(DatabaseSettings).url is not None and read(RedisSettings).url is not None


async def _running(home: Path) -> bool:
    """Leads the settings to the installation that runs here; one that is about to run is waited for. False: none is.

    Raises ServerFailed when its start takes too long.
    """
    await _started(home, home / "logs" / "call.log")
    return attach.use_running(home)


async def _ready(home: Path, up: asyncio.subprocess.Process, log: Path) -> None:
    """Returns when the installation that `up` starts is ready, or one that another program began to start before it.

    Raises ServerFailed.
    """
    try:
        async with asyncio.timeout(2 * START_LIMIT):
            while await _started(home, log) is not Phase.READY:
                if up.returncode is not None and _phase(home) is Phase.STOPPED:
                    raise ServerFailed(part="installation", log=str(log), lines=children.last_lines(log))
                await asyncio.sleep(0.05)
    except TimeoutError as error:
        raise ServerFailed(part="installation", log=str(log), lines=children.last_lines(log)) from error


async def _started(home: Path, log: Path) -> Phase:
    """What the installation is when it is no longer about to run. Raises ServerFailed."""
    try:
        async with asyncio.timeout(START_LIMIT):
            while (phase := _phase(home)) is Phase.STARTING:
                await asyncio.sleep(0.05)
    except TimeoutError as error:
        raise ServerFailed(part="installation", log=str(log), lines=children.last_lines(log)) from error
    return phase


def _phase(home: Path) -> Phase:
    """As the installation's file says. Between taking the lock and writing the file a start is known by its lock: the
    file is then none, or that of a run that ended, or was killed."""
    status = state.read(home)
    if not state.Lock.is_held(home):
        return Phase.STOPPED
    return status.state if _lives(status.pid) else Phase.STARTING


def _lives(pid: int | None) -> bool:
    if pid is None:
        return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True  # another account's
    return True


async def _bot(rt: Runtime, wishes: Wishes) -> tuple[UUID, UUID] | None:
    """Company and bot; None, with a word on standard error, when one does not exist."""
    async with rt.db.system() as system:
        company = await lookups.company_by_slug(system, wishes.company)
    if company is None:
        click.echo(translate(wishes.language, "cli.call.no_company", company=wishes.company), err=True)
        return None
    async with rt.db.tenant(company.id) as db:
        bot = await db.scalar(select(Bot).where(Bot.slug == wishes.bot))
        slugs = (await db.scalars(select(Bot.slug).order_by(Bot.id))).all()
    if bot is None:
        known = ", ".join(slugs) or "-"
        click.echo(translate(wishes.language, "cli.call.no_bot", bot=wishes.bot, known=known), err=True)
        return None
    return company.id, bot.id


class Talk:
    """The call itself. What is said is shown as it comes, unless only JSON is wanted."""

    def __init__(self, rt: Runtime, calls: TextCalls, wishes: Wishes, company_id: UUID, bot_id: UUID) -> None:
        self._rt = rt
        self._calls = calls
        self._wishes = wishes
        self._company_id = company_id
        self._bot_id = bot_id
        self._shown = 0
        self._prompted = False

    async def hold(self) -> CallReport:
        """Holds it, waits for its analysis as long as wished, gives the report."""
        call_id = await self._calls.start(self._company_id, self._bot_id, by=None)
        try:
            if self._wishes.lines is None:
                await self._typed(call_id)
            else:
                await self._scripted(call_id, self._wishes.lines)
        finally:
            # Also on Ctrl-C: the caller who goes away has hung up.
            await asyncio.shield(asyncio.ensure_future(self._calls.hang_up(self._company_id, call_id)))
        await self._show_new(call_id)
        await self._tell_of_transfer(call_id)
        return await self._result(call_id)

    async def _scripted(self, call_id: UUID, lines: tuple[str, ...]) -> None:
        await self._show_new(call_id)
        for line in lines:
            try:
                await self._calls.say(self._company_id, call_id, line)
            except CallEnded:
                return
            await self._show_new(call_id)

    async def _typed(self, call_id: UUID) -> None:
        following = asyncio.create_task(self._follow(call_id))
        lines = _lines_typed()
        try:
            while True:
                typing = asyncio.ensure_future(lines.get())
                await asyncio.wait({typing, following}, return_when=asyncio.FIRST_COMPLETED)
                if not typing.done():
                    typing.cancel()
                    return await following
                line, self._prompted = typing.result(), False
                if line is None:
                    return None
                await self._calls.say(self._company_id, call_id, line)
        except CallEnded:
            return None
        finally:
            following.cancel()
            await asyncio.gather(following, return_exceptions=True)

    async def _follow(self, call_id: UUID) -> None:
        """Shows what the bot says as it comes, prompts of silence included; returns when the call has ended."""
        async for _ in live.subscribe(self._rt.redis, self._company_id, [live.call_topic(call_id)]):
            if await self._show_new(call_id) is not CallStatus.RUNNING:
                return

    async def _show_new(self, call_id: UUID) -> CallStatus:
        async with self._rt.db.tenant(self._company_id) as db:
            turns = (await db.scalars(queries.turns_after(call_id, self._shown))).all()
            status = (await queries.call(db, call_id)).status
        for turn in turns:
            if turn.seq <= self._shown:
                continue  # shown while we read
            self._shown = turn.seq
            typed = self._wishes.lines is None and turn.role is TurnRole.CALLER
            if not self._wishes.as_json and not typed:
                who = translate(self._wishes.language, f"cli.call.{turn.role.value}")
                click.echo(f"{self._prompt_gone()}{who}: {turn.text}")
        self._prompt(status)
        return status

    async def _tell_of_transfer(self, call_id: UUID) -> None:
        """The bot said that it puts the caller through: say that here this is the end."""
        async with self._rt.db.tenant(self._company_id) as db:
            reason = (await queries.call(db, call_id)).end_reason
        if reason == EndReason.TRANSFER.value and not self._wishes.as_json:
            click.echo(self._prompt_gone() + translate(self._wishes.language, "cli.call.transferred"))

    def _prompt(self, status: CallStatus) -> None:
        """A mark where the person types, on a terminal only."""
        wanted = self._wishes.lines is None and not self._wishes.as_json and sys.stdin.isatty()
        if wanted and status is CallStatus.RUNNING and not self._prompted:
            click.echo("> ", nl=False)
            self._prompted = True

    def _prompt_gone(self) -> str:
        """What takes the mark away before something is printed."""
        prompted, self._prompted = self._prompted, False
        return "\r" if prompted else ""

    async def _result(self, call_id: UUID) -> CallReport:
        loop = asyncio.get_running_loop()
        until = loop.time() + self._wishes.wait
        while True:
            async with self._rt.db.tenant(self._company_id) as db:
                report = await call_report(db, call_id)
            if report.analysed_at is not None or loop.time() > until:
                return report
            await asyncio.sleep(0.05)


def _lines_typed() -> asyncio.Queue[str | None]:
    """Lines of standard input, then None. Read by a daemon thread: a call that ends does not wait for another line."""
    lines: asyncio.Queue[str | None] = asyncio.Queue()
    loop = asyncio.get_running_loop()

    def put(line: str | None) -> None:
        loop.call_soon_threadsafe(lines.put_nowait, line)

    def read_all() -> None:
        if isinstance(sys.stdin, io.TextIOWrapper):
            sys.stdin.reconfigure(errors="replace")  # what is no UTF-8 must not end the typing
        for line in sys.stdin:
            put(line.rstrip("\n"))
        put(None)

    threading.Thread(target=_unless_closed(read_all), name="typing", daemon=True).start()
    return lines


def _unless_closed(read_all: Callable[[], None]) -> Callable[[], None]:
    def run() -> None:
        try:
            read_all()
        except RuntimeError:
            return  # the loop is closed: nobody listens any more

    return run


def _show(report: CallReport, wishes: Wishes) -> int:
    """Prints the result; the exit code says whether the call was held to an end and analysed."""
    lang = wishes.language
    if wishes.as_json:
        print_json(report.to_json())
    else:
        click.echo()
        for field in report.fields:
            value = field.value if field.value is not None else translate(lang, f"cli.call.field_{field.status.value}")
            click.echo(translate(lang, "cli.call.field", name=field.name, value=value))
        if report.outcome is not None:
            quotes = "; ".join(f"«{found.quote}»" for found in report.outcome.evidence if found.quote)
            click.echo(translate(lang, "cli.call.outcome", code=report.outcome.code, evidence=quotes))
        if report.summary:
            click.echo(report.summary)
    if report.analysed_at is None:
        click.echo(translate(lang, "cli.call.not_analysed", seconds=f"{wishes.wait:g}"), err=True)
        return 1
    return 0 if report.status is CallStatus.ENDED else 1
