"""The company's start page: what the line did today, and what to do next."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from litestar import Controller, get

from app.bots import queries as bots
from app.bots.models import Bot
from app.calls import listing
from app.calls.listing import CallFilter
from app.db.session import TenantDb
from app.stats import latency
from app.stats import queries as stats
from app.tenants import queries as tenants
from app.ui.bots import BotRow, bot_rows
from app.ui.calls import CallLine, call_lines, scenario_words
from app.ui.responses import Html
from app.ui.visits import ENTRY, Entry, Here
from app.ui.waits import SLOW
from app.ui.wording import outcome_view
from app.webhooks import queries as webhooks

LATEST = 8


@dataclass(frozen=True)
class Step:
    """A next step of a newcomer; `key` names its words in the catalogs."""

    key: str
    done: bool
    href: str


@dataclass(frozen=True)
class OutcomeCount:
    """How often an outcome came in the week."""

    code: str
    label: str
    tone: str
    count: int


@dataclass(frozen=True)
class WaitRow:
    """The waits of one bot, or the part of them that one provider answers for; `part` is a key of the words."""

    name: str
    part: str
    count: int
    p50: float
    p95: float
    slow: bool


@dataclass(frozen=True)
class OverviewPage:
    """Counts of today and of the last seven days, the latest calls and the bots."""

    calls_today: int
    calls_week: int
    leads_today: int
    leads_week: int
    analysed_week: int
    running: int
    average_seconds: float | None
    failing_url: str
    outcomes: tuple[OutcomeCount, ...]
    latest: tuple[CallLine, ...]
    bots: tuple[BotRow, ...]
    waits: tuple[WaitRow, ...]
    """What callers waited for in the week, by bot, then by provider; empty without spoken calls."""
    steps: tuple[Step, ...]
    """Empty for a reader who may not take them."""
    try_slug: str
    """The bot that the page offers to try; empty when none is published."""


class OverviewPages(Controller):
    """`/c/{slug}/`."""

    path = "/c/{slug:str}"
    dependencies = ENTRY

    @get("/")
    async def show(self, entry: Here) -> Html:
        async with entry.db() as db:
            frame = await entry.frame(db, "overview")
            content = await load(db, entry)
        return entry.page("overview.html", frame, content)


async def load(db: TenantDb, entry: Entry) -> OverviewPage:
    """The page's content as it stands."""
    midnight = entry.formats.local(entry.now).replace(hour=0, minute=0, second=0, microsecond=0)
    today = await stats.counts_since(db, midnight)
    week = await stats.counts_since(db, midnight - timedelta(days=6))
    counts = await stats.outcomes_since(db, midnight - timedelta(days=6))
    company_bots = list(await db.scalars(bots.bots()))
    words = await scenario_words(db, entry.lang, company_bots)
    rows = await bot_rows(db, company_bots, entry.now)
    newest = await listing.page(db, CallFilter(), limit=LATEST)
    latest = await call_lines(db, entry, newest, company_bots, words)
    failing = await db.scalar(webhooks.any_failing())
    return OverviewPage(
        calls_today=today.calls,
        calls_week=week.calls,
        leads_today=today.leads,
        leads_week=week.leads,
        analysed_week=week.analysed,
        running=await stats.running(db),
        average_seconds=week.average_seconds,
        failing_url=urlsplit(failing).netloc if failing else "",
        outcomes=tuple(
            OutcomeCount(view.code, view.label, view.tone, count)
            for view, count in ((outcome_view(entry.lang, code), count) for code, count in counts.items())
        ),
        latest=latest,
        bots=rows,
        waits=await _waits(db, company_bots, midnight - timedelta(days=6)),
        steps=await _steps(db, entry, rows, latest) if entry.may_try else (),
        try_slug=next((bot.slug for bot in rows if bot.version), "") if entry.may_try else "",
    )


async def _waits(db: TenantDb, company_bots: Sequence[Bot], since: datetime) -> tuple[WaitRow, ...]:
    by_bot = await latency.waits_by_bot(db, since)
    names = {bot.id: bot.name for bot in company_bots}
    rows = [
        WaitRow(names[bot_id], "total", found.count, found.p50, found.p95, found.p50 > SLOW)
        for bot_id, found in by_bot.items()
        if bot_id in names
    ]
    if not rows:
        return ()
    providers = [
        WaitRow(found.provider, found.part, found.count, found.p50, found.p95, slow=False)
        for found in await latency.waits_by_provider(db, since)
    ]
    return (*sorted(rows, key=lambda row: row.name), *providers)


async def _steps(
    db: TenantDb, entry: Entry, rows: tuple[BotRow, ...], latest: tuple[CallLine, ...]
) -> tuple[Step, ...]:
    """What a newcomer does first; each is done when the data says so."""
    analysed = next((call for call in latest if call.outcome.code), None)
    delivered: datetime | None = await db.scalar(webhooks.last_delivered())
    keys = list(await db.scalars(tenants.keys()))
    first = next((bot for bot in rows if bot.version), None)
    return (
        Step("try", bool(latest), entry.url(f"bots/{first.slug}/try" if first else "bots")),
        Step("result", analysed is not None, entry.url(f"calls/{analysed.id}" if analysed else "calls")),
        Step("webhook", delivered is not None, entry.url("webhooks")),
        Step("key", bool(keys), entry.url("settings/keys")),
    )
