"""A call's page: what was said, what came of it and why, what was learned, who was told."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from litestar import Controller, Response, get, post
from litestar.params import FromPath, URLEncodedBody

from app.analysis import queries as analyses
from app.analysis.models import Analysis
from app.bots import queries as bots
from app.bots.models import Bot, BotConfig
from app.calls import listing
from app.calls import queries as calls
from app.calls.models import Call, CallOutcome, CallStatus, Direction, OutcomeSource
from app.calls.recordings import recording
from app.calls.scenarios import compiled
from app.db.session import TenantDb
from app.i18n import translate
from app.ui.calls import Text, Wanted, caller_of
from app.ui.deliveries import DeliveryView, delivery_view
from app.ui.player import Player, player
from app.ui.responses import Html, from_htmx, redirect
from app.ui.transcript import Evidence, FieldView, Line, Source, evidence, field_views, script
from app.ui.visits import ENTRY, Entry, Here
from app.ui.waits import Waits, waits
from app.ui.wording import OutcomeView, ScenarioWords
from app.webhooks import delivery
from app.webhooks import queries as webhooks

STOP_POLLING = 286
"""htmx draws the answer and asks no more."""

HOW_ICONS = {Direction.INBOUND: "phone-incoming", Direction.OUTBOUND: "phone-outgoing"}


@dataclass(frozen=True)
class Detail:
    """A line of the Details card; `code` is shown in the fixed face."""

    label: str
    text: str = ""
    code: str = ""


@dataclass(frozen=True)
class CallPage:
    """One call, running or over."""

    id: UUID
    caller: str
    outcome: OutcomeView
    how: str
    how_icon: str
    started_at: datetime
    seconds: float | None
    bot: str
    bot_slug: str
    version: int
    partial: str
    """Why the call is not whole; empty: it is."""
    running: bool
    analysing: bool
    """Running or not yet analysed: the outcome is still to come."""
    lines: tuple[Line, ...]
    player: Player | None
    """The recording; None when there is none, or the reader may not hear it."""
    waits: Waits
    agent: str
    turns: int
    summary: str
    summary_by: str
    evidence: tuple[Evidence, ...]
    fields: tuple[FieldView, ...]
    deliveries: tuple[DeliveryView, ...]
    no_hooks_text: str
    details: tuple[Detail, ...]
    previous: UUID | None
    next: UUID | None
    list_query: str
    try_again: bool
    announce: str
    live: bool
    """Whether the talk or the analysis may still change by itself."""
    sending: bool
    """Whether a delivery is about to change."""


@dataclass
class ResendForm:
    """Which delivery to send again."""

    delivery: UUID


class CallPages(Controller):
    """`/c/{slug}/calls/{id}`. The list's filter travels in the query, for previous and next."""

    path = "/c/{slug:str}/calls/{call_id:uuid}"
    dependencies = ENTRY

    @get("/")
    async def show(
        self,
        *,
        entry: Here,
        call_id: FromPath[UUID],
        q: Text = "",
        bot: Text = "",
        outcome: Text = "",
        status: Text = "",
    ) -> Html:
        async with entry.db() as db:
            frame = await entry.frame(db, "calls")
            content = await load(db, entry, call_id, Wanted(q, bot, outcome, status))
        # The page asks by itself too, should a "look again" get lost; a settled call changes no more.
        settled = from_htmx(entry.request) and not content.live
        return entry.page("calls/show.html", frame, content, status=STOP_POLLING if settled else 200)

    @post("/resend", status_code=200)
    async def resend(
        self,
        entry: Here,
        call_id: FromPath[UUID],
        data: URLEncodedBody[ResendForm],
    ) -> Response[str] | Response[None]:
        async with entry.db() as db:
            await delivery.resend(db, data.delivery, by=entry.actor, at=entry.now)
        if not from_htmx(entry.request):
            return redirect(entry.request, entry.url(f"calls/{call_id}"))
        async with entry.db() as db:
            frame = await entry.frame(db, "calls")
            content = await load(db, entry, call_id, Wanted())
        return entry.page("calls/show.html", frame, content, blocks=("hooks",))


async def load(db: TenantDb, entry: Entry, call_id: UUID, wanted: Wanted) -> CallPage:
    """The page's content as it stands. Raises NotFound, also for another company's call."""
    call = await calls.call(db, call_id)
    bot = await bots.bot(db, call.bot_id)
    config = await bots.config_by_id(db, call.config_id)
    outcome = await analyses.outcome_of(db, call_id)
    words = ScenarioWords(await compiled(config.source), entry.lang)
    source = Source(
        started_at=call.started_at,
        turns=list(await db.scalars(calls.turns_of(call_id))),
        events=list(await db.scalars(calls.events_of(call_id))),
        fields=list(await db.scalars(calls.fields_of(call_id))),
        words=words,
        formats=entry.formats,
        evidence=outcome.evidence if outcome else (),
    )
    return await _page(db, entry, call=call, bot=bot, config=config, outcome=outcome, source=source, wanted=wanted)


async def _page(
    db: TenantDb,
    entry: Entry,
    *,
    call: Call,
    bot: Bot,
    config: BotConfig,
    outcome: CallOutcome | None,
    source: Source,
    wanted: Wanted,
) -> CallPage:
    lang = entry.lang
    running, analysing = call.status is CallStatus.RUNNING, call.analysed_at is None
    analysis = await analyses.last_analysis(db, call.id)
    rows = (await db.execute(webhooks.deliveries_of_call(call.id))).all()
    deliveries = tuple(delivery_view(entry, row[0], row[1], row[2]) for row in rows)
    found = wanted.filter(list(await db.scalars(bots.bots())))
    newer, older = await listing.neighbours(db, found, call.id) if found else (None, None)
    view = _outcome(lang, call, outcome, source.words)
    caller, how = caller_of(entry, call.direction, call.channel, call.caller_number)
    person = next((f.value for f in source.fields if f.type == "person_name" and f.value), None)
    partial = call.status in (CallStatus.INTERRUPTED, CallStatus.FAILED)
    return CallPage(
        id=call.id,
        caller=caller if call.caller_number or not person else person,
        outcome=view,
        how=how or translate(lang, "ui.calls.how.trial"),
        how_icon=HOW_ICONS.get(call.direction, "message-square-text"),
        started_at=call.started_at,
        seconds=(call.ended_at - call.started_at).total_seconds() if call.ended_at else None,
        bot=bot.name,
        bot_slug=bot.slug,
        version=config.version,
        partial=translate(lang, f"ui.call.partial.{call.status.value}") if partial else "",
        running=running,
        analysing=analysing,
        lines=script(source),
        player=await _player(db, entry, call.id, source),
        waits=waits(source.turns, lang, entry.formats, {turn.seq: source.offset(turn.at) for turn in source.turns}),
        agent=source.words.agent(),
        turns=len(source.turns),
        summary=call.summary or "",
        summary_by=_summary_by(lang, analysis, outcome) if call.summary else "",
        evidence=evidence(source),
        fields=field_views(source),
        deliveries=deliveries,
        no_hooks_text=translate(lang, "ui.call.no_hooks_later" if analysing else "ui.call.no_hooks_none"),
        details=_details(entry, call),
        previous=newer,
        next=older,
        list_query=wanted.query(),
        try_again=entry.may_try and bot.published_version is not None,
        announce="" if analysing else translate(lang, "ui.call.analysed", outcome=view.label),
        live=analysing,
        sending=any(item.soon for item in deliveries),
    )


async def _player(db: TenantDb, entry: Entry, call_id: UUID, source: Source) -> Player | None:
    if entry.formats.masked:
        return None
    found = await recording(db, call_id)
    if found is None:
        return None
    proofs = [turn for item in source.evidence if isinstance(turn := item.get("turn"), int)]
    return player(found, source.turns, proofs, entry.url(f"calls/{call_id}/audio"))


def _outcome(lang: str, call: Call, outcome: CallOutcome | None, words: ScenarioWords) -> OutcomeView:
    if call.status is CallStatus.RUNNING:
        return OutcomeView("", translate(lang, "ui.calls.status.running"), "accent")
    if call.analysed_at is None or outcome is None:
        return OutcomeView("", translate(lang, "ui.calls.analysing"), "")
    return words.outcome(outcome.code, outcome.rule)


def _summary_by(lang: str, analysis: Analysis | None, outcome: CallOutcome | None) -> str:
    if outcome is not None and outcome.source is OutcomeSource.PERSON:
        return translate(lang, "ui.call.corrected")
    if analysis is not None and analysis.model:
        return translate(lang, "ui.call.by_model", model=analysis.model)
    return translate(lang, "ui.call.by_rules")


def _details(entry: Entry, call: Call) -> tuple[Detail, ...]:
    lang = entry.lang

    def words(label: str, text: str = "", code: str = "") -> Detail:
        return Detail(translate(lang, f"ui.call.detail.{label}"), text, code)

    ended = translate(lang, f"ui.call.ended_by.{call.ended_by.value}" if call.ended_by else "ui.call.not_ended")
    language = call.language
    with contextlib.suppress(KeyError):  # a language the dashboard has no word for is shown by its code
        language = translate(lang, f"ui.language.{call.language}")
    return (
        words("ended", ended),
        words("language", language),
        words("channel", translate(lang, f"ui.call.channel.{call.channel.value}")),
        words("started", entry.formats.seconds(call.started_at)),
        words("id", code=str(call.id)),
    )
