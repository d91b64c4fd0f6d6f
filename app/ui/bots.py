"""Bots: the list, and a bot's page with what it says, what it collects and its versions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from litestar import Controller, get
from litestar.params import FromPath

from app.bots import queries as bots
from app.bots.models import Bot, ConfigStatus
from app.calls.scenarios import compiled
from app.db.session import TenantDb
from app.i18n import translate
from app.scenario.compiled import CompiledStage, CompiledTransition
from app.scenario.config_loader import ScenarioInvalid
from app.stats import queries as stats
from app.ui.formats import Formats
from app.ui.responses import Html
from app.ui.visits import ENTRY, Entry, Here
from app.ui.wording import OutcomeView, ScenarioWords

PERIOD = timedelta(days=30)
"""What the counts of a bot are about."""


@dataclass(frozen=True)
class BotRow:
    """A bot in a list. version None: nothing is published."""

    slug: str
    name: str
    version: int | None
    number: str | None
    calls: int
    leads: int
    analysed: int
    last_at: datetime | None


@dataclass(frozen=True)
class BotsPage:
    """Every bot of the company."""

    bots: tuple[BotRow, ...]


@dataclass(frozen=True)
class Way:
    """Where a stage may lead, and under which condition; empty: always."""

    to: str
    when: str


@dataclass(frozen=True)
class StageView:
    """A stage as its author meant it."""

    title: str
    say: str
    collects: tuple[str, ...]
    ways: tuple[Way, ...]
    ends: str = ""
    """How the talk leaves the scenario here."""


@dataclass(frozen=True)
class FieldSpecView:
    """A field the bot asks for."""

    label: str
    kind: str
    ask: str
    required: bool


@dataclass(frozen=True)
class VersionRow:
    """A version of the scenario."""

    n: int
    status: str
    at: datetime
    note: str | None


@dataclass(frozen=True)
class BotPage:
    """A bot. Without a scenario to show, `stages` is empty and `source` too."""

    slug: str
    name: str
    version: int | None
    """The published one."""
    shown: int | None
    """The version whose scenario is shown: the published one, else the newest."""
    number: str | None
    calls: int
    languages: tuple[str, ...]
    greeting: str
    stages: tuple[StageView, ...]
    anywhere: tuple[Way, ...]
    fields: tuple[FieldSpecView, ...]
    outcomes: tuple[OutcomeView, ...]
    source: str
    versions: tuple[VersionRow, ...]


class BotPages(Controller):
    """`/c/{slug}/bots`."""

    path = "/c/{slug:str}/bots"
    dependencies = ENTRY

    @get("/")
    async def every(self, entry: Here) -> Html:
        async with entry.db() as db:
            frame = await entry.frame(db, "bots")
            content = BotsPage(await bot_rows(db, list(await db.scalars(bots.bots())), entry.now))
        return entry.page("bots/list.html", frame, content)

    @get("/{bot:str}")
    async def show(self, entry: Here, bot: FromPath[str]) -> Html:
        async with entry.db() as db:
            frame = await entry.frame(db, "bots")
            content = await load(db, entry, bot)
        return entry.page("bots/show.html", frame, content)


async def bot_rows(db: TenantDb, company_bots: Sequence[Bot], now: datetime) -> tuple[BotRow, ...]:
    """The bots with what they did in the last 30 days."""
    counts = await stats.by_bot(db, since=now - PERIOD)
    numbers = await _numbers(db)
    none = stats.BotCounts(0, 0, 0, None)
    return tuple(
        BotRow(
            slug=bot.slug,
            name=bot.name,
            version=bot.published_version,
            number=numbers.get(bot.id),
            calls=(found := counts.get(bot.id, none)).calls,
            leads=found.leads,
            analysed=found.analysed,
            last_at=found.last_at,
        )
        for bot in company_bots
    )


async def _numbers(db: TenantDb) -> dict[object, str]:
    return {number.bot_id: number.e164 for number in await db.scalars(bots.numbers()) if number.bot_id}


async def load(db: TenantDb, entry: Entry, slug: str) -> BotPage:
    """Raises NotFound."""
    bot = await bots.bot_by_slug(db, slug)
    configs = list(await db.scalars(bots.configs_of(bot.id)))
    shown = next((c for c in configs if c.status is ConfigStatus.PUBLISHED), configs[0] if configs else None)
    counts = (await stats.by_bot(db, since=entry.now - PERIOD)).get(bot.id)
    versions = tuple(VersionRow(c.version, c.status.value, c.published_at or c.created_at, c.note) for c in configs)
    calls = counts.calls if counts else 0
    number = (await _numbers(db)).get(bot.id)
    words = await _words(shown.source, entry.lang) if shown else None
    if shown is None or words is None:
        return _bare(
            bot,
            shown=shown.version if shown else None,
            number=number,
            calls=calls,
            source=shown.source if shown else "",
            versions=versions,
        )
    return BotPage(
        slug=bot.slug,
        name=bot.name,
        version=bot.published_version,
        shown=shown.version,
        number=number,
        calls=calls,
        languages=tuple(translate(entry.lang, f"ui.language.{code}") for code in words.scenario.languages),
        greeting=words.text(words.scenario.scenario.greeting),
        stages=tuple(_stage(words, stage, entry.formats) for stage in words.scenario.stages.values()),
        anywhere=tuple(_way(words, way) for way in words.scenario.anywhere),
        fields=_fields(words),
        outcomes=tuple(
            words.outcome(rule.code, rule.condition.source if rule.condition else None)
            for rule in words.scenario.outcomes
        ),
        source=shown.source,
        versions=versions,
    )


async def _words(source: str, lang: str) -> ScenarioWords | None:
    try:
        return ScenarioWords(await compiled(source), lang)
    except ScenarioInvalid:
        return None  # written under older rules: the text is shown, its parts cannot be


def _bare(
    bot: Bot, *, shown: int | None, number: str | None, calls: int, source: str, versions: tuple[VersionRow, ...]
) -> BotPage:
    return BotPage(
        slug=bot.slug,
        name=bot.name,
        version=bot.published_version,
        shown=shown,
        number=number,
        calls=calls,
        languages=(),
        greeting="",
        stages=(),
        anywhere=(),
        fields=(),
        outcomes=(),
        source=source,
        versions=versions,
    )


def _stage(words: ScenarioWords, stage: CompiledStage, formats: Formats) -> StageView:
    spec = stage.spec
    ends = translate(words.lang, "ui.bots.end") if spec.end else ""
    if spec.transfer:
        ends = translate(words.lang, "ui.bots.transfer", number=formats.phone(spec.transfer.to))
    title = words.stage(stage.id)
    return StageView(
        title=title,
        say=words.text(spec.say),
        collects=tuple(words.field(name) for name in spec.collect),
        ways=tuple(_way(words, way) for way in stage.transitions),
        ends="" if ends == title else ends,
    )


def _way(words: ScenarioWords, way: CompiledTransition) -> Way:
    reserved = {"back": "ui.bots.back", "hang_up": "ui.bots.hang_up"}
    to = translate(words.lang, reserved[way.to]) if way.to in reserved else words.stage(way.to)
    return Way(to, way.condition.source if way.condition else "")


def _fields(words: ScenarioWords) -> tuple[FieldSpecView, ...]:
    return tuple(
        FieldSpecView(
            label=words.field(name),
            kind=translate(words.lang, f"ui.kind.{found.type.value}"),
            ask=words.text(found.spec.ask),
            required=found.spec.required,
        )
        for name, found in words.scenario.fields.items()
    )
