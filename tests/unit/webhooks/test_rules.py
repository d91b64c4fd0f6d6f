"""The delivery schedule and what follows an attempt."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.webhooks import rules
from app.webhooks.rules import LONGEST_WAIT, Outcome, Verdict, excerpt, judge, next_delay, retry_after

pytestmark = pytest.mark.unit

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)


def after(
    attempt: int = 1,
    status: int | None = 500,
    *,
    problem: str | None = None,
    wait: timedelta | None = None,
    failing: timedelta | None = None,
) -> Verdict:
    return judge(
        attempt=attempt,
        status=status,
        problem=problem,
        wait=wait,
        failing_since=None if failing is None else NOW - failing,
        at=NOW,
        jitter=0.0,
    )


def test_the_schedule_is_the_promised_one() -> None:
    waits = [next_delay(attempt, None, jitter=0.0) for attempt in range(1, 9)]
    assert waits == [
        timedelta(seconds=5),
        timedelta(minutes=5),
        timedelta(minutes=30),
        timedelta(hours=2),
        timedelta(hours=5),
        timedelta(hours=10),
        timedelta(hours=10),
        None,
    ]


@given(st.integers(1, 7), st.floats(0, 1), st.integers(0, 10**9))
def test_a_wait_is_never_shorter_than_the_schedule_nor_much_longer(attempt: int, jitter: float, seconds: int) -> None:
    base = rules.SCHEDULE[attempt - 1]
    wait = next_delay(attempt, timedelta(seconds=seconds), jitter=jitter)
    assert wait is not None
    assert base <= wait <= max(base * 1.1, rules.LONGEST_WAIT) + timedelta(microseconds=1)


def test_attempts_count_from_one() -> None:
    with pytest.raises(ValueError, match="from 1"):
        next_delay(0, None, jitter=0.0)


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("120", timedelta(minutes=2)),
        (" 0 ", timedelta(0)),
        ("Tue, 24 Nov 2026 09:10:00 GMT", timedelta(minutes=10)),
        ("Tue, 24 Nov 2026 08:00:00 GMT", timedelta(0)),
        ("99999999999999999999", rules.LONGEST_WAIT),
        ("soon", None),
        ("-5", None),
        ("", None),
        (None, None),
    ],
)
def test_a_receiver_may_ask_for_a_wait_in_seconds_or_as_a_date(header: str | None, expected: timedelta | None) -> None:
    assert retry_after(header, NOW) == expected


def test_a_longer_wait_asked_for_wins_and_a_shorter_one_does_not() -> None:
    assert after(1, 429, wait=timedelta(minutes=7)).next_at == NOW + timedelta(minutes=7)
    assert after(3, 429, wait=timedelta(seconds=1)).next_at == NOW + timedelta(minutes=30)


@pytest.mark.parametrize("status", [200, 201, 204, 299])
def test_any_2xx_is_a_delivery(status: int) -> None:
    assert after(8, status, failing=timedelta(days=9)) == Verdict(Outcome.DELIVERED, None, None, None)


@pytest.mark.parametrize(
    ("status", "problem", "code"),
    [
        (500, None, "status"),
        (404, None, "status"),
        (302, None, "redirect"),
        (429, None, "too_many"),
        (None, "timeout", "timeout"),
        (None, None, "no_answer"),
    ],
)
def test_everything_else_is_tried_again_and_says_why(status: int | None, problem: str | None, code: str) -> None:
    assert after(1, status, problem=problem) == Verdict(Outcome.FAILED, code, NOW + timedelta(seconds=5), None)


def test_gone_switches_the_endpoint_off_at_once() -> None:
    assert after(1, 410) == Verdict(Outcome.GONE, "gone", None, "gone")


def test_five_days_of_failure_switch_the_endpoint_off() -> None:
    assert after(1, 500, failing=timedelta(days=5)).disable == "failing"
    assert after(1, 500, failing=timedelta(days=4, hours=23)).disable is None


def test_the_eighth_failure_is_the_last() -> None:
    assert after(8) == Verdict(Outcome.FAILED, "status", None, None)


@given(st.binary(max_size=9_000))
def test_an_excerpt_is_bounded_and_can_be_stored(body: bytes) -> None:
    kept = rules.excerpt(body)
    assert len(kept) <= rules.EXCERPT_CHARS
    assert "\x00" not in kept
    kept.encode("utf-8")


@pytest.mark.parametrize(
    "header",
    [
        "Mon, 01 Jan 99999999999999999999 00:00:00 GMT",
        "Mon, 01 Jan 9999 23:59:59 -2359",
        "Mon, 01 Jan 2027 00:00:00 +99999999999999999999",
        "9" * 5_000,
        "\x00",
    ],
)
def test_no_wait_asked_for_breaks_anything(header: str) -> None:
    wait = retry_after(header, NOW)
    verdict = judge(attempt=1, status=429, problem=None, wait=wait, failing_since=None, at=NOW, jitter=0)
    assert verdict.next_at is not None
    assert verdict.next_at - NOW <= LONGEST_WAIT


def test_a_compressed_answer_is_named_and_not_unpacked() -> None:
    assert excerpt(b"\x1f\x8b\x08", "gzip") == "[content-encoding: gzip]"
    assert excerpt(b"fine", "identity") == "fine"
