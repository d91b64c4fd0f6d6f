"""Calls and what came of them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

from litestar import Controller, get
from litestar.params import FromQuery, PathParameter, QueryParameter

from app.analysis.report import CallReport, call_report
from app.api.auth import Db, may
from app.api.bots import bot_by_ref
from app.api.paging import DEFAULT_LIMIT, Limit, page_of
from app.api.responses import READS, READS_ONE
from app.api.schemas import CallOut, Page
from app.calls import listing
from app.calls.listing import CallFilter, CallRow
from app.calls.models import CallStatus, Direction

CallId = Annotated[UUID, PathParameter(description="The call's id.")]


EARLIEST, LATEST = datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)


class CallsApi(Controller):
    """`/calls`."""

    path = "/calls"
    tags = ("calls",)

    @get(summary="List calls", operation_id="listCalls", guards=[may("calls:read")], responses=READS)
    async def list_calls(
        self,
        *,
        db: Db,
        bot: Annotated[str | None, QueryParameter(description="Id or slug of a bot.")] = None,
        status: FromQuery[CallStatus | None] = None,
        direction: FromQuery[Direction | None] = None,
        outcome: Annotated[str | None, QueryParameter(description="Code from the scenario.")] = None,
        language: FromQuery[str | None] = None,
        caller: Annotated[str | None, QueryParameter(description="E.164.")] = None,
        since: Annotated[datetime | None, QueryParameter(description="Started at this moment or later.")] = None,
        until: Annotated[datetime | None, QueryParameter(description="Started before this moment.")] = None,
        after: Annotated[UUID | None, QueryParameter(description="`next` of the page before.")] = None,
        limit: Limit = DEFAULT_LIMIT,
    ) -> Page[CallOut]:
        """Newest first."""
        wanted = CallFilter(
            bot_id=(await bot_by_ref(db, bot)).id if bot else None,
            status=status,
            direction=direction,
            outcome=outcome,
            language=language,
            caller=caller,
            since=_moment(since),
            until=_moment(until),
        )
        return page_of(await listing.page(db, wanted, after=after, limit=limit + 1), limit, _call, lambda call: call.id)

    @get(
        "/{call_id:uuid}",
        summary="Get a call",
        operation_id="getCall",
        guards=[may("calls:read")],
        responses=READS_ONE,
    )
    async def show(self, call_id: CallId, db: Db) -> CallReport:
        """Transcript, fields, outcome with its evidence, summary; the same as in the `call.analyzed` webhook."""
        return await call_report(db, call_id)


def _moment(at: datetime | None) -> datetime | None:
    """An aware moment that the database can compare: UTC unless it says otherwise, no further than calls can be."""
    if at is None:
        return None
    if not EARLIEST.year <= at.year < LATEST.year:
        return EARLIEST if at.year < EARLIEST.year else LATEST
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def _call(row: CallRow) -> CallOut:
    return CallOut(
        id=row.id,
        bot=row.bot,
        version=row.version,
        status=row.status.value,
        direction=row.direction.value,
        channel=row.channel.value,
        language=row.language,
        caller=row.caller,
        started_at=row.started_at,
        ended_at=row.ended_at,
        duration=(row.ended_at - row.started_at).total_seconds() if row.ended_at else None,
        ended_by=row.ended_by.value if row.ended_by else None,
        outcome=row.outcome,
        summary=row.summary,
        turns=row.turn_count,
        analysed_at=row.analysed_at,
    )
