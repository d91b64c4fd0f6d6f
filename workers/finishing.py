"""Ticking off finished jobs, many in one statement: a job is done when it has run, the tick only saves repeating it."""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict
from uuid import UUID

from sqlalchemy import update
from sqlalchemy.exc import SQLAlchemyError

from app.db.outbox import OutboxRow
from app.runtime import Runtime

log = logging.getLogger(__name__)

EVERY = 0.1
"""Seconds that ticks are gathered."""


class Finished:
    """Jobs that have run and are not ticked off yet. What a crash forgets here runs once more, which is safe."""

    def __init__(self, rt: Runtime) -> None:
        self._rt = rt
        self._jobs: defaultdict[UUID, set[UUID]] = defaultdict(set)
        self._writing: asyncio.Task[None] | None = None
        self._closing = asyncio.Event()

    def add(self, company_id: UUID, job_id: UUID) -> None:
        """This job has run. Returns at once."""
        self._jobs[company_id].add(job_id)
        if self._writing is None:
            self._writing = asyncio.create_task(self._write_soon(), name="finished jobs")

    async def close(self) -> None:
        """Writes what is left, if the database is there."""
        self._closing.set()
        if self._writing is not None:
            await self._writing

    async def _write_soon(self) -> None:
        try:
            while self._jobs:
                try:
                    async with asyncio.timeout(EVERY):
                        await self._closing.wait()
                except TimeoutError:
                    pass  # the usual case: enough was gathered
                await self._write()
        except (SQLAlchemyError, OSError) as error:
            log.warning("finished jobs were not ticked off (%s); they run once more", type(error).__name__)
        finally:
            self._writing = None

    async def _write(self) -> None:
        while self._jobs:
            company_id, job_ids = self._jobs.popitem()
            async with self._rt.db.tenant(company_id) as db:
                open_ones = update(OutboxRow).where(OutboxRow.id.in_(job_ids), OutboxRow.done_at.is_(None))
                ticked = open_ones.values(done_at=self._rt.clock())
                await db.execute(ticked.execution_options(synchronize_session=False))
