"""What to do after a delivery attempt: pure decisions. Source: promises.md, webhook schedule; RFC 9110."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from enum import StrEnum

SCHEDULE: tuple[timedelta, ...] = (
    timedelta(seconds=5),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=5),
    timedelta(hours=10),
    timedelta(hours=10),
)
"""Waits after the first, second, ... failed attempt; the first attempt is made at once, the eighth is the last."""

ATTEMPTS = len(SCHEDULE) + 1
"""Attempts of one delivery on the schedule; one sent again by hand may have more."""

LONGEST_WAIT = timedelta(hours=10)
JITTER = 0.1
"""Share of a wait that may be added, so that what failed together does not come back together."""

GIVE_UP_AFTER = timedelta(days=5)
CLAIM = timedelta(seconds=60)
"""How long a sender may hold a delivery; after that another takes it up. Longer than the longest attempt."""

SECRET_OVERLAP = timedelta(hours=24)
"""How long the old secret signs beside the new one after a rotation."""

EXCERPT_CHARS = 1_000
"""How much of a receiver's answer is kept."""


class Outcome(StrEnum):
    """How one attempt ended, seen by the sender."""

    DELIVERED = "delivered"
    FAILED = "failed"
    GONE = "gone"  # 410: the receiver asks never to be called again


@dataclass(frozen=True)
class Verdict:
    """What an attempt means for its delivery and its endpoint."""

    outcome: Outcome
    error: str | None  # code of the reason, `webhooks.problem.<code>` in the catalogs; None when delivered
    next_at: datetime | None  # when to try again; None: delivered, or nothing left to try
    disable: str | None  # code of the reason to switch the endpoint off, `webhooks.disabled.<code>`


def next_delay(attempt: int, retry_after: timedelta | None, *, jitter: float) -> timedelta | None:
    """Wait before the next delivery; None when the schedule is used up.

    attempt counts from 1; jitter is 0..1, drawn by the caller; a longer retry_after wins, up to 10 h.
    Raises ValueError for attempt < 1. Source: promises.md, webhook schedule; RFC 9110, 10.2.3.
    """
    if attempt < 1:
        raise ValueError(f"attempts count from 1, not {attempt}")
    if attempt > len(SCHEDULE):
        return None
    wait = SCHEDULE[attempt - 1] * (1 + JITTER * jitter)
    return max(wait, min(retry_after or timedelta(0), LONGEST_WAIT))


def retry_after(header: str | None, now: datetime) -> timedelta | None:
    """The wait a receiver asks for, in seconds or as a date (RFC 9110, 10.2.3); None when absent or not understood."""
    text = (header or "").strip()
    if text.isascii() and text.isdigit():
        return timedelta(seconds=min(int(text[:9]), int(LONGEST_WAIT.total_seconds())))
    try:
        when = parsedate_to_datetime(text)
        return max(when.replace(tzinfo=when.tzinfo or UTC) - now, timedelta(0))
    except (ValueError, OverflowError, TypeError):  # not a date either, or none a calendar holds: it says nothing
        return None


def judge(
    *,
    attempt: int,
    status: int | None,
    problem: str | None,
    wait: timedelta | None,
    failing_since: datetime | None,
    at: datetime,
    jitter: float,
) -> Verdict:
    """Decide what follows attempt number `attempt` (from 1).

    status is the receiver's answer, None when there was none and `problem` says why (`timeout`, `closed`, ...).
    failing_since is the first failure of the endpoint since its last success. Only 2xx is a delivery.
    """
    if status is not None and 200 <= status < 300:
        return Verdict(Outcome.DELIVERED, None, None, None)
    error = problem or _status_problem(status)
    if status == 410:
        return Verdict(Outcome.GONE, error, None, "gone")
    if failing_since is not None and at - failing_since >= GIVE_UP_AFTER:
        return Verdict(Outcome.FAILED, error, None, "failing")
    delay = next_delay(attempt, wait, jitter=jitter)
    return Verdict(Outcome.FAILED, error, None if delay is None else at + delay, None)


def _status_problem(status: int | None) -> str:
    match status:
        case None:
            return "no_answer"
        case 410:
            return "gone"
        case 429:
            return "too_many"
        case code if 300 <= code < 400:
            return "redirect"
        case _:
            return "status"


def excerpt(body: bytes, encoding: str = "") -> str:
    """The beginning of a receiver's answer as text that PostgreSQL and a page can hold.

    `encoding` is its Content-Encoding. What is compressed, though nobody asked for that, is named and never unpacked: a
    few bytes can be made to swell into gigabytes.
    """
    if encoding.strip().lower() not in ("", "identity"):
        return f"[content-encoding: {encoding.strip()[:40]}]"
    return body[: EXCERPT_CHARS * 4].decode("utf-8", "replace").replace("\x00", "")[:EXCERPT_CHARS]
