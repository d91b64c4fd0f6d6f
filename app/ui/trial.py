"""Try it: a talk with a bot by typing. Real calls, recorded and analysed like any other."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from litestar import Controller, Response, get, post
from litestar.di import Provide
from litestar.params import FromPath, FromQuery, URLEncodedBody

from app.bots import queries as bots
from app.calls import queries as calls
from app.calls.models import Call, CallEvent, CallStatus, Channel
from app.calls.scenarios import compiled
from app.db.session import TenantDb
from app.errors import NotFound
from app.i18n import translate
from app.scenario.compiled import CompiledScenario
from app.scenario.outcome_classifier import classify
from app.scenario.state import CallState, Event
from app.ui.frame import Frame
from app.ui.responses import Html, from_htmx, redirect
from app.ui.talks import Talks, provide_talks
from app.ui.transcript import FieldView, Line, Source, field_views, script
from app.ui.visits import ENTRY, Entry, Here
from app.ui.why import WhyRow
from app.ui.wording import OutcomeView, ScenarioWords

LIVE = ("talk", "side", "hang")
TEMPLATE = "bots/try.html"
LOCAL = "local"
"""How the name of the speech that runs on this machine begins."""
DEFAULT_RULE = "default"
"""What the classifier calls the last outcome, which has no condition."""


@dataclass(frozen=True)
class StageStep:
    """A stage on the way; state: past, here or ahead."""

    title: str
    state: str


@dataclass(frozen=True)
class TryPage:
    """A talk as it stands; without `call` it has not begun."""

    slug: str
    bot: str
    version: int
    call: UUID | None = None
    running: bool = False
    spoken: bool = False
    demo_voice: bool = False
    """The bot speaks, or hears, with what runs on this machine: good enough to try, not to take calls."""
    agent: str = ""
    lines: tuple[Line, ...] = ()
    stages: tuple[StageStep, ...] = ()
    fields: tuple[FieldView, ...] = ()
    outcome: OutcomeView = field(default_factory=lambda: OutcomeView("", "", ""))
    why: tuple[WhyRow, ...] = ()
    ended_how: str = ""
    announce: str = ""


@dataclass
class CallForm:
    """Which talk a button is about."""

    call: UUID | None = None


@dataclass
class SayForm:
    """One line of the caller."""

    call: UUID
    text: str = ""


WITH_TALKS = {**ENTRY, "talks": Provide(provide_talks, sync_to_thread=False)}


class TrialPages(Controller):
    """`/c/{slug}/bots/{bot}/try`."""

    path = "/c/{slug:str}/bots/{bot:str}/try"
    dependencies = WITH_TALKS

    @get("/")
    async def show(self, entry: Here, bot: FromPath[str], call: FromQuery[UUID | None] = None) -> Html:
        entry.actor.need("bots:try")
        return await _page(entry, bot, call)

    @post("/")
    async def start(
        self, entry: Here, talks: Talks, bot: FromPath[str], data: URLEncodedBody[CallForm]
    ) -> Response[Any]:
        """Begins a talk; one that was going on is hung up first."""
        entry.actor.need("bots:try")
        async with entry.db() as db:
            found = await bots.bot_by_slug(db, bot)
        if data.call is not None:
            await talks.hang_up(entry.company.id, data.call)
        call_id = await talks.start(entry.company.id, found.id, by=entry.actor)
        return redirect(entry.request, entry.url(f"bots/{found.slug}/try?call={call_id}"))

    @post("/say", status_code=200)
    async def say(self, entry: Here, talks: Talks, bot: FromPath[str], data: URLEncodedBody[SayForm]) -> Response[Any]:
        entry.actor.need("bots:try")
        await talks.say(entry.company.id, data.call, data.text)
        return await self._after(entry, bot, data.call)

    @post("/hang-up", status_code=200)
    async def hang_up(
        self, entry: Here, talks: Talks, bot: FromPath[str], data: URLEncodedBody[SayForm]
    ) -> Response[Any]:
        entry.actor.need("bots:try")
        await talks.hang_up(entry.company.id, data.call)
        return await self._after(entry, bot, data.call)

    async def _after(self, entry: Here, bot: FromPath[str], call: UUID) -> Response[Any]:
        if from_htmx(entry.request):
            return await _page(entry, bot, call)
        async with entry.db() as db:
            found = await bots.bot_by_slug(db, bot)
        return redirect(entry.request, entry.url(f"bots/{found.slug}/try?call={call}"))


async def _page(entry: Entry, bot: str, call: UUID | None) -> Html:
    async with entry.db() as db:
        frame: Frame = await entry.frame(db, "bots")
        content = await load(db, entry, bot, call)
    # A running talk keeps its text box, and what is typed in it; an ended one says how to go on.
    blocks = LIVE if content.running else (*LIVE, "composer", "again")
    return entry.page(TEMPLATE, frame, content, blocks=blocks)


async def load(db: TenantDb, entry: Entry, slug: str, call_id: UUID | None) -> TryPage:
    """The page's content. Raises NotFound, BotNotPublished."""
    bot = await bots.bot_by_slug(db, slug)
    if call_id is None:
        config = await bots.published_config(db, bot.id)
        return TryPage(slug=bot.slug, bot=bot.name, version=config.version)
    call = await calls.call(db, call_id)
    if call.bot_id != bot.id:
        raise NotFound
    config = await bots.config_by_id(db, call.config_id)
    scenario = await compiled(config.source)
    words = ScenarioWords(scenario, entry.lang)
    events = list(await db.scalars(calls.events_of(call_id)))
    source = Source(
        started_at=call.started_at,
        turns=list(await db.scalars(calls.turns_of(call_id))),
        events=events,
        fields=list(await db.scalars(calls.fields_of(call_id))),
        words=words,
        formats=entry.formats,
    )
    lines = script(source)
    last = next((line for line in reversed(lines) if line.kind == "turn" and line.role == "agent"), None)
    running = call.status is CallStatus.RUNNING
    return TryPage(
        slug=bot.slug,
        bot=bot.name,
        version=config.version,
        call=call.id,
        running=running,
        spoken=call.channel is Channel.WEB,
        demo_voice=any(str(name).startswith(LOCAL) for name in call.voice.values()),
        agent=words.agent(),
        lines=lines,
        stages=_stages(words, call),
        fields=field_views(source),
        outcome=_outcome(scenario, words, call, events),
        why=last.why if last and last.kind == "turn" else (),
        ended_how=translate(entry.lang, f"ui.try.ended_by.{call.ended_by.value}") if call.ended_by else "",
        announce="".join(p.text for g in last.groups for p in g.pieces) if last and last.kind == "turn" else "",
    )


def _stages(words: ScenarioWords, call: Call) -> tuple[StageStep, ...]:
    """Stages that were visited, in order, and the one the talk is in."""
    visited = [str(stage) for stage in call.state.get("visited", [])]
    return tuple(
        StageStep(words.stage(stage), "here" if stage == call.stage else "past")
        for stage in dict.fromkeys([*(s for s in visited if s != call.stage), call.stage])
    )


def _outcome(scenario: CompiledScenario, words: ScenarioWords, call: Call, events: list[CallEvent]) -> OutcomeView:
    """What the rules say so far, as if the caller hung up now."""
    changes = [Event(e.seq, e.type, e.turn_seq, e.at, e.data) for e in events]
    found = classify(scenario, CallState.from_json(call.state), changes)
    return words.outcome(found.code, None if found.rule == DEFAULT_RULE else found.rule)
