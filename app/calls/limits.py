"""How many calls of one company run at once."""

from __future__ import annotations

from sqlalchemy import func, select

from app.calls.models import Call, CallStatus, Direction
from app.db.session import TenantDb
from app.errors import TooManyCalls
from app.settings import CallSettings

_SEED = 1
"""Keeps these locks apart from other advisory locks on a company."""


async def make_room(db: TenantDb, direction: Direction, settings: CallSettings) -> None:
    """Returns when one more call may be opened in this transaction; calls of a company are opened one after the other.

    Raises TooManyCalls; a database error refuses the call too, since then nobody knows how many there are.
    """
    await db.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(str(db.company_id), _SEED))))
    trials = func.count().filter(Call.direction == Direction.TRIAL)
    counted = await db.execute(select(func.count(), trials).where(Call.status == CallStatus.RUNNING))
    running, running_trials = counted.one()
    if running >= settings.max_running:
        raise TooManyCalls(limit=settings.max_running)
    if direction is Direction.TRIAL and running_trials >= settings.max_trials:
        raise TooManyCalls(limit=settings.max_trials)
