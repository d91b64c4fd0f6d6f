"""Jobs that follow the end of a call."""

from __future__ import annotations

from uuid import UUID

from app.analysis import analysing
from app.webhooks.events import EventType
from workers.jobs import NotNow, job
from workers.tools import Tools


@job("analyse_call")
async def analyse_call(tools: Tools, company_id: UUID, *, call_id: str) -> None:
    """Outcome, summary and `call.analyzed`."""
    try:
        await analysing.analyse(tools.rt, tools.model, company_id, UUID(call_id))
    except analysing.StillRunning as error:
        raise NotNow from error


@job("announce_call")
async def announce_call(tools: Tools, company_id: UUID, *, call_id: str, type: str) -> None:  # noqa: A002  # the outbox row's word
    """The call as it stands, under this event type."""
    async with tools.rt.db.tenant(company_id) as db:
        await analysing.announce(db, EventType(type), UUID(call_id), at=tools.rt.clock())
