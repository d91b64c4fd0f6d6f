"""Dates, numbers and phones as people write them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from app.ui.formats import Formats

pytestmark = pytest.mark.unit

NOW = datetime(2026, 11, 24, 21, 30, tzinfo=UTC)  # half past midnight of the 25th in Moscow
RU, EN = Formats("ru", "Europe/Moscow", NOW), Formats("en", "Europe/Moscow", NOW)


def test_times_are_on_the_company_s_clock() -> None:
    assert RU.clock(NOW) == "00:30"
    assert RU.when(NOW) == "25 нояб., 00:30"
    assert EN.when(NOW) == "25 Nov, 00:30"
    assert RU.full(NOW) == "25 нояб. 2026, 00:30"
    assert RU.iso(NOW) == "2026-11-24T21:30:00Z"


def test_the_day_is_today_s_by_the_company_s_midnight() -> None:
    assert RU.day(NOW - timedelta(minutes=20)) == "сегодня"
    assert RU.day(NOW - timedelta(minutes=40)) == "вчера"
    assert EN.day(NOW - timedelta(days=3)) == "22 Nov"
    assert RU.day(NOW - timedelta(days=400)) == "21 окт. 2025"


def test_lengths_are_said_in_words() -> None:
    assert RU.duration(timedelta(seconds=78.4)) == "1 мин 18 с"
    assert EN.duration(59.6) == "1 min 0 s"
    assert EN.duration(3725) == "1 h 2 min"
    assert RU.offset(timedelta(seconds=65)) == "1:05"
    assert RU.duration(-3) == "0 с"


def test_a_viewer_sees_the_country_and_the_last_digits_of_a_phone() -> None:
    viewer = Formats("ru", "Europe/Moscow", NOW, masked=True)
    assert viewer.phone("+79261234567") == "+7 ••• •••-••-67"
    assert viewer.value("+442079460958", "phone") == "+44 •• •••• ••58"


def test_numbers_are_grouped_and_shares_rounded() -> None:
    assert RU.number(1149) == "1\N{NO-BREAK SPACE}149"
    assert EN.number(1149) == "1,149"
    assert RU.share(1, 4) == "25\N{NO-BREAK SPACE}%"
    assert EN.share(1, 0) == "—"


@pytest.mark.parametrize(
    ("value", "kind", "shown"),
    [
        ("+79261234567", "phone", "+7 926 123-45-67"),
        ("2026-11-26", "date", "чт, 26 нояб. 2026"),
        ("18:00", "time", "18:00"),
        ("yes", "yes_no", "да"),
        ("1250.5", "number", "1\N{NO-BREAK SPACE}250,5"),
        ("чистка", "choice", "чистка"),
        ("не дата", "date", "не дата"),
        ("12", "phone", "12"),
        ("maybe", "yes_no", "maybe"),
        ("NaN?", "number", "NaN?"),
    ],
)
def test_values_are_shown_by_their_type(value: str, kind: str, shown: str) -> None:
    assert RU.value(value, kind) == shown
