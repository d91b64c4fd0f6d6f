"""A language is a folder."""

from __future__ import annotations

from datetime import date, time
from decimal import Decimal

import pytest

from app.scenario import languages
from app.scenario.field_extractor import FieldType, spoken, warm_up
from tests.unit.scenario.hearing import NOW, hear, understood

pytestmark = pytest.mark.unit

NUMBERS = (0, 1, 7, 11, 20, 21, 40, 99, 100, 101, 111, 999, 1000, 1001, 2022, 21_000, 105_206, 1_000_001, 2_000_300)


def test_russian_and_english_are_there_under_their_codes() -> None:
    assert languages.available() == ("en", "ru")
    assert languages.get("ru-RU") is languages.get("ru")


def test_a_language_without_a_folder_is_named_in_the_error() -> None:
    with pytest.raises(LookupError, match=r"'xx'.*en, ru"):
        languages.get("xx")


def test_warming_up_twice_is_harmless() -> None:
    warm_up(["ru", "en"])
    warm_up(["ru", "en"])


@pytest.mark.parametrize("code", languages.available())
def test_what_is_read_back_is_understood_again(code: str) -> None:
    region = {"ru": "RU", "en": "US"}[code]
    for day in (date(2026, 12, n) for n in range(1, 32)):
        said = spoken(day.isoformat(), FieldType.DATE, code, now=NOW)
        assert understood(hear(said, FieldType.DATE, code)) == day.isoformat(), said
    for hour in range(24):
        for minute in (0, 5, 30, 45):
            value = time(hour, minute).strftime("%H:%M")
            said = spoken(value, FieldType.TIME, code, now=NOW)
            heard = hear(said, FieldType.TIME, code)
            assert heard is not None, said
            assert value in (heard.value, *heard.candidates), said
    for number in NUMBERS:
        said = spoken(str(number), FieldType.NUMBER, code, now=NOW)
        assert understood(hear(said, FieldType.NUMBER, code)) == str(Decimal(number)), said
    for phone in ("+79261234567", "+79050072205", "+74957397000", "+78005553535", "+14155552671", "+12125550147"):
        said = spoken(phone, FieldType.PHONE, code, now=NOW)
        assert understood(hear(said, FieldType.PHONE, code, region=region)) == phone, said
    for address in ("ivan.petrov@mail.ru", "anna_s-1@yandex.ru", "john85@gmail.com"):
        said = spoken(address, FieldType.EMAIL, code, now=NOW)
        assert understood(hear(said, FieldType.EMAIL, code)) == address, said
