"""The list of calls: found by words, filtered, newest first, more on demand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated
from urllib.parse import urlencode
from uuid import UUID

from litestar import Controller, get
from litestar.params import FromQuery, QueryParameter

from app.bots import queries as bots
from app.bots.models import Bot
from app.calls import listing
from app.calls import queries as calls
from app.calls.listing import CallFilter, CallRow
from app.calls.models import CallStatus, Channel, CollectedField, Direction
from app.calls.scenarios import compiled
from app.db.session import TenantDb
from app.i18n import translate
from app.scenario.config_loader import ScenarioInvalid
from app.ui.responses import Html, from_htmx
from app.ui.transcript import Chip
from app.ui.visits import ENTRY, Entry, Here
from app.ui.wording import OutcomeView, ScenarioWords, outcome_view

PAGE = 40
KEYS = 2
"""Fields of a call that its row shows."""
AUTO = 300
"""Rows that load by themselves; after them the person presses a button."""

Text = Annotated[str, QueryParameter(max_length=200)]


@dataclass(frozen=True)
class CallLine:
    """A call in a list."""

    id: UUID
    caller: str
    how: str
    bot: str
    started_at: datetime
    seconds: float | None
    outcome: OutcomeView
    summary: str | None
    keys: tuple[Chip, ...] = ()


@dataclass(frozen=True)
class CallsPage:
    """Rows and the filter they were found with. `next` and `query` are query strings, with their question mark."""

    rows: tuple[CallLine, ...]
    q: str
    bot: str
    outcome: str
    status: str
    bot_options: tuple[tuple[str, str], ...]
    outcome_options: tuple[tuple[str, str], ...]
    status_options: tuple[tuple[str, str], ...]
    query: str
    next: str
    news: int
    since: str
    """Id of the newest call on the page: newer ones are counted as news."""
    auto: bool
    """Whether the next rows load by themselves."""

    @property
    def filtered(self) -> bool:
        return bool(self.query)


@dataclass(frozen=True)
class Wanted:
    """The filter as it stands in the address."""

    q: str = ""
    bot: str = ""
    outcome: str = ""
    status: str = ""

    def query(self, **more: object) -> str:
        """The query string with what is set, and `more`."""
        pairs = {"q": self.q, "bot": self.bot, "outcome": self.outcome, "status": self.status}
        chosen = {key: value for key, value in {**pairs, **more}.items() if value}
        return f"?{urlencode(chosen)}" if chosen else ""

    def filter(self, company_bots: Sequence[Bot]) -> CallFilter | None:
        """The same for the database; None when nothing can match."""
        bot = next((b for b in company_bots if b.slug == self.bot), None)
        known = self.status in {status.value for status in CallStatus}
        if (self.bot and bot is None) or (self.status and not known):
            return None
        return CallFilter(
            bot_id=bot.id if bot else None,
            status=CallStatus(self.status) if self.status else None,
            outcome=self.outcome or None,
            words=self.q.strip() or None,
        )


class CallListPages(Controller):
    """`/c/{slug}/calls`."""

    path = "/c/{slug:str}/calls"
    dependencies = ENTRY

    @get("/")
    async def every(
        self,
        *,
        entry: Here,
        q: Text = "",
        bot: Text = "",
        outcome: Text = "",
        status: Text = "",
        after: FromQuery[UUID | None] = None,
        shown: Annotated[int, QueryParameter(ge=0, le=100_000)] = 0,
        since: Text = "",
    ) -> Html:
        wanted = Wanted(q, bot, outcome, status)
        async with entry.db() as db:
            frame = await entry.frame(db, "calls")
            asks_for_news = entry.request.headers.get("hx-target") == "news"
            content = await load(
                db, entry, wanted, after=after, shown=shown, since=_id(since) if asks_for_news else None
            )
        if after is not None and from_htmx(entry.request):
            return entry.page("calls/list.html", frame, content, blocks=("rows",))
        headers = {}
        if entry.request.headers.get("hx-target") == "list":
            headers["HX-Push-Url"] = entry.url("calls" + wanted.query())
        return entry.page("calls/list.html", frame, content, headers=headers)


def _id(text: str) -> UUID | None:
    """The id in an address; None when it is not one."""
    try:
        return UUID(text)
    except ValueError:
        return None


async def load(
    db: TenantDb, entry: Entry, wanted: Wanted, *, after: UUID | None = None, shown: int = 0, since: UUID | None = None
) -> CallsPage:
    """The page's content. `since`: only how many calls are newer than this one is asked for."""
    company_bots = list(await db.scalars(bots.bots()))
    found = wanted.filter(company_bots)
    rows = [] if found is None else list(await listing.page(db, found, after=after, limit=PAGE + 1))
    more = len(rows) > PAGE
    rows = rows[:PAGE]
    lang = entry.lang
    words = await scenario_words(db, lang, company_bots)
    news = sum(row.id > since for row in rows) if since else 0
    last = rows[-1].id if more else None
    shown += len(rows)
    return CallsPage(
        rows=await call_lines(db, entry, rows, company_bots, words),
        q=wanted.q,
        bot=wanted.bot,
        outcome=wanted.outcome,
        status=wanted.status,
        bot_options=(("", translate(lang, "ui.calls.all_bots")), *((b.slug, b.name) for b in company_bots)),
        outcome_options=_outcome_options(lang, words, wanted.outcome),
        status_options=(
            ("", translate(lang, "ui.calls.all_statuses")),
            *((s.value, translate(lang, f"ui.calls.status.{s.value}")) for s in CallStatus),
        ),
        query=wanted.query(),
        next=wanted.query(after=last, shown=shown) if last else "",
        news=news,
        since=str(since or (rows[0].id if rows else UUID(int=0))),
        auto=shown < AUTO,
    )


def _outcome_options(lang: str, words: Mapping[str, ScenarioWords], chosen: str) -> tuple[tuple[str, str], ...]:
    """Every outcome that a published scenario knows, in the scenarios' order."""
    codes = dict.fromkeys(rule.code for found in words.values() for rule in found.scenario.outcomes)
    if chosen:
        codes.setdefault(chosen)
    options = [(code, outcome_view(lang, code).label) for code in codes]
    return (("", translate(lang, "ui.calls.all_outcomes")), *options)


async def call_lines(
    db: TenantDb,
    entry: Entry,
    rows: Sequence[CallRow],
    company_bots: Sequence[Bot],
    words: Mapping[str, ScenarioWords],
) -> tuple[CallLine, ...]:
    """Rows as people read them: numbers formatted, outcomes named, two key fields each."""
    names = {bot.slug: bot.name for bot in company_bots}
    fields: dict[UUID, list[CollectedField]] = {}
    if rows:
        for item in await db.scalars(calls.set_fields_of([row.id for row in rows])):
            fields.setdefault(item.call_id, []).append(item)
    return tuple(
        _line(entry, row, names.get(row.bot, row.bot), words.get(row.bot), fields.get(row.id, [])) for row in rows
    )


async def scenario_words(db: TenantDb, lang: str, company_bots: Sequence[Bot]) -> Mapping[str, ScenarioWords]:
    """The published scenario's words of each bot, by slug; a bot without one is left out."""
    found = {}
    for bot in company_bots:
        if bot.published_version is None:
            continue
        config = await bots.config(db, bot.id, bot.published_version)
        try:
            found[bot.slug] = ScenarioWords(await compiled(config.source), lang)
        except ScenarioInvalid:
            continue  # written under older rules: its rows show plain names
    return found


def _line(
    entry: Entry, row: CallRow, bot: str, words: ScenarioWords | None, fields: Sequence[CollectedField]
) -> CallLine:
    person = next((item.value for item in fields if item.type == "person_name"), None)
    shown = [item for item in fields if item.type not in ("person_name", "phone")][:KEYS]
    caller, how = caller_of(entry, row.direction, row.channel, row.caller)
    return CallLine(
        id=row.id,
        caller=person or caller,
        how=f"{caller}" if person and row.caller else how,
        bot=bot,
        started_at=row.started_at,
        seconds=(row.ended_at - row.started_at).total_seconds() if row.ended_at else None,
        outcome=_outcome(entry.lang, row, words),
        summary=row.summary,
        keys=tuple(_chip(entry, item, words) for item in shown),
    )


def caller_of(entry: Entry, direction: Direction, channel: Channel, number: str | None) -> tuple[str, str]:
    """Who called, and how: a number if there is one."""
    spoken = "trial" if channel is Channel.TEXT else "trial_web"
    kind = spoken if direction is Direction.TRIAL else direction.value
    how = translate(entry.lang, f"ui.calls.how.{kind}")
    if number:
        return entry.formats.phone(number), how
    if direction is Direction.TRIAL:
        return translate(entry.lang, "ui.calls.trial"), "" if channel is Channel.TEXT else how
    return translate(entry.lang, "ui.calls.hidden"), how


def _outcome(lang: str, row: CallRow, words: ScenarioWords | None) -> OutcomeView:
    if row.status is CallStatus.RUNNING:
        return OutcomeView("", translate(lang, "ui.calls.status.running"), "accent")
    if row.analysed_at is None:
        return OutcomeView("", translate(lang, "ui.calls.analysing"), "")
    return words.outcome(row.outcome) if words else outcome_view(lang, row.outcome)


def _chip(entry: Entry, item: CollectedField, words: ScenarioWords | None) -> Chip:
    value = words.value(item.name, item.value or "") if words else item.value or ""
    return Chip(
        label=words.field(item.name) if words else item.name, value=entry.formats.value(value, item.type, short=True)
    )
