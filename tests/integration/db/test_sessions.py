"""Transactions: committed whole or not at all, jobs only after the commit, a restarted server survived."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import timedelta

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError

from app.db import lookups
from app.db.outbox import OutboxRow, outbox
from app.db.session import Job
from app.runtime import Runtime
from tests.support.waiting import LONG
from tests.support.world import World, new_world

pytestmark = pytest.mark.integration
LEASE = timedelta(seconds=60)


async def test_jobs_are_published_after_the_commit_and_never_after_a_rollback(rt: Runtime, world: World) -> None:
    seen: list[tuple[str, int]] = []

    async def publish(jobs: Sequence[Job]) -> None:
        async with rt.db.tenant(world.company_id) as db:
            committed = await db.scalar(select(func.count()).select_from(OutboxRow)) or 0
        seen.extend((job.actor, committed) for job in jobs)

    rt.db.publish = publish
    with pytest.raises(DBAPIError):
        await _fail_after_adding_a_job(rt, world)
    async with rt.db.tenant(world.company_id) as db:
        outbox(db, "analyse_call", call_id=world.company_id)
    assert seen == [("analyse_call", 1)]


async def _fail_after_adding_a_job(rt: Runtime, world: World) -> None:
    async with rt.db.tenant(world.company_id) as db:
        outbox(db, "never", x=1)
        await db.execute(text("select 1 / 0"))


async def test_a_job_comes_back_until_it_is_done_ever_more_rarely_and_not_for_ever(own_rt: Runtime) -> None:
    rt, world = own_rt, await new_world(own_rt)
    async with rt.db.tenant(world.company_id) as db:
        row = outbox(db, "analyse_call", call_id=world.company_id)
    start = rt.clock()

    async def claimed(after: timedelta, *, give_up: int = 3) -> list[str]:
        now = start + after
        async with rt.db.system() as db:
            jobs = await lookups.outbox_claim(
                db, unpublished_before=now - timedelta(seconds=5), now=now, lease=LEASE, give_up=give_up, limit=10
            )
        return [job.actor for job in jobs]

    minute = timedelta(minutes=1)
    assert await claimed(timedelta(seconds=1)) == []
    assert await claimed(minute) == ["analyse_call"]
    assert await claimed(1.5 * minute) == []
    assert await claimed(2.1 * minute) == ["analyse_call"]
    assert await claimed(3.5 * minute) == []
    assert await claimed(4.2 * minute) == ["analyse_call"]
    assert await claimed(60 * minute) == []
    async with rt.db.system() as system:
        assert await system.scalar(text("select outbox_given_up(3)")) == 1
    async with rt.db.tenant(world.company_id) as db:
        await db.execute(text("update outbox set done_at = :at where id = :id"), {"at": start, "id": row.id})
    assert await claimed(60 * minute, give_up=100) == []


async def test_done_jobs_are_forgotten_and_open_ones_kept(own_rt: Runtime) -> None:
    rt, world = own_rt, await new_world(own_rt)
    async with rt.db.tenant(world.company_id) as db:
        done = outbox(db, "done")
        outbox(db, "open")
        await db.flush()
        done.done_at = rt.clock() - timedelta(days=8)
    async with rt.db.system() as db:
        assert await lookups.outbox_forget(db, done_before=rt.clock() - timedelta(days=7), limit=10) == 1
    async with rt.db.tenant(world.company_id) as db:
        assert list(await db.scalars(select(OutboxRow.actor))) == ["open"]


async def test_connections_that_the_server_closed_are_replaced_unseen(own_rt: Runtime) -> None:
    mine = "from pg_stat_activity where datname = current_database() and usename = current_user"
    async with own_rt.db.system() as first, own_rt.db.system() as second:
        await first.execute(text("select 1"))
        await second.execute(text("select 1"))
    async with own_rt.db.system() as db, asyncio.timeout(LONG):
        await db.execute(text(f"select pg_terminate_backend(pid) {mine} and pid <> pg_backend_pid()"))
        while await db.scalar(text(f"select count(*) {mine}")) != 1:
            await db.execute(text("select pg_stat_clear_snapshot()"))
    async with own_rt.db.system() as first, own_rt.db.system() as second:
        assert await first.scalar(text("select 1")) == await second.scalar(text("select 1"))
