"""Jobs: functions that an outbox row names. A job runs at least once, so each checks the state before it acts."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from app.errors import NotFound
from workers.tools import Tools

log = logging.getLogger(__name__)

JobFunction = Callable[..., Awaitable[None]]
"""Takes the tools, the company and the outbox row's arguments by name."""

LEASE = timedelta(seconds=60)
"""A published job that is not done after this long is published again: its worker, or Redis, lost it."""


@dataclass(frozen=True)
class Job:
    """A registered job. `limit` bounds one run and is shorter than the lease, so that two runs rarely meet."""

    name: str
    run: JobFunction
    limit: timedelta


JOBS: dict[str, Job] = {}


class NotNow(Exception):
    """Raised by a job that is to come again after its lease, without being an error."""


def job(name: str, *, limit: timedelta = timedelta(seconds=50)) -> Callable[[JobFunction], JobFunction]:
    """Registers the function for outbox rows with this actor name. Raises ValueError for a name given twice."""

    def register(function: JobFunction) -> JobFunction:
        if name in JOBS:
            raise ValueError(f"two jobs are named {name}")
        if limit >= LEASE:
            raise ValueError(f"job {name} may run longer than its lease")
        JOBS[name] = Job(name, function, limit)
        return function

    return register


async def run(tools: Tools, name: str, company_id: UUID, job_id: UUID, **args: object) -> None:
    """Runs one job and ticks off its outbox row. Raises what the job raises: the row stays open and comes again."""
    found = JOBS[name]
    try:
        async with asyncio.timeout(found.limit.total_seconds()):
            await found.run(tools, company_id, **args)
    except NotNow:
        return  # the row stays open, and the relay brings it again after its lease
    except NotFound:
        # What the job was about was deleted since: there is nothing left to do, now or later.
        log.info("job %s %s: its subject is gone", name, job_id)
    tools.finished.add(company_id, job_id)
