"""Registering jobs, and the message that carries one."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest
from dramatiq import Message

from app.db.outbox import QUEUE, as_message
from app.db.session import Job
from workers import analysis, recordings, speech, webhooks
from workers.jobs import JOBS, LEASE, job
from workers.main import CONCERNS
from workers.tools import Tools

pytestmark = pytest.mark.unit


async def nothing(tools: Tools, company_id: UUID) -> None:
    """A job."""


def test_every_concern_is_run_by_the_worker() -> None:
    assert set(CONCERNS) == {analysis, recordings, speech, webhooks}
    assert {found.run.__module__ for found in JOBS.values()} == {concern.__name__ for concern in CONCERNS}


def test_two_jobs_of_one_name_are_refused() -> None:
    with pytest.raises(ValueError, match="two jobs"):
        job("analyse_call")(nothing)


def test_a_job_may_not_run_longer_than_its_lease() -> None:
    with pytest.raises(ValueError, match="longer than its lease"):
        job("endless", limit=LEASE)(nothing)
    assert "endless" not in JOBS
    assert all(found.limit < LEASE for found in JOBS.values())
    assert all(found.limit > timedelta(0) for found in JOBS.values())


def test_the_message_survives_dramatiqs_encoding() -> None:
    row = Job(UUID(int=1), UUID(int=2), "analyse_call", {"call_id": str(UUID(int=3))})
    sent = Message.decode(as_message(row).encode())
    assert (sent.actor_name, sent.queue_name, sent.message_id) == ("analyse_call", QUEUE, str(row.id))
    assert sent.kwargs == {"company_id": str(row.company_id), "job_id": str(row.id), "call_id": str(UUID(int=3))}
