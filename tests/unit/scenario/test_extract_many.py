"""Several values in one utterance, corrections of known ones, and which field a value belongs to."""

from __future__ import annotations

from datetime import time
from decimal import Decimal

import pytest

from app.scenario.field_extractor import FieldRules, FieldType
from tests.unit.scenario.hearing import hear_all

pytestmark = pytest.mark.unit

CLINIC = {
    "service": FieldRules(FieldType.CHOICE, options={"чистка": ("гигиена",), "отбеливание": ()}),
    "date": FieldRules(FieldType.DATE),
    "time": FieldRules(FieldType.TIME, between=(time(9), time(20))),
    "name": FieldRules(FieldType.PERSON_NAME),
    "phone": FieldRules(FieldType.PHONE),
    "email": FieldRules(FieldType.EMAIL),
    "guests": FieldRules(FieldType.NUMBER),
    "comment": FieldRules(FieldType.TEXT),
    "agree": FieldRules(FieldType.YES_NO),
}
WHOLE = (
    "запишите на чистку послезавтра в шесть вечера, меня зовут Анна, "
    "телефон восемь девятьсот двадцать шесть сто двадцать три сорок пять шестьдесят семь"
)
STAY = {"arrival": FieldRules(FieldType.DATE), "departure": FieldRules(FieldType.DATE)}


@pytest.mark.parametrize(
    ("said", "asked", "expected"),
    [
        (
            WHOLE,
            None,
            {"service": "чистка", "date": "2026-11-26", "time": "18:00", "name": "Анна", "phone": "+79261234567"},
        ),
        ("Запишите на чистку послезавтра", None, {"service": "чистка", "date": "2026-11-26"}),
        ("послезавтра в шесть", "date", {"date": "2026-11-26", "time": "18:00"}),
        ("в шесть", "time", {"time": "18:00"}),
        ("в шесть", "name", {}),
        ("шесть", None, {}),
        ("Анна, телефон 8 926 123 45 67", "name", {"name": "Анна", "phone": "+79261234567"}),
        ("Анна", "name", {"name": "Анна"}),
        ("Анна", "date", {}),
        ("нас двое, придём завтра", "guests", {"guests": "2", "date": "2026-11-25"}),
        ("нас двое", None, {"guests": "2"}),
        ("да, меня зовут Анна", "agree", {"agree": "yes", "name": "Анна"}),
        ("почта иван точка петров собака мейл точка ру", "phone", {"email": "ivan.petrov@mail.ru"}),
        ("позвоните завтра за час", "comment", {"comment": "позвоните завтра за час"}),
        ("двадцать пятого декабря в половине шестого", "date", {"date": "2026-12-25", "time": "17:30"}),
        ("8 926 123 45", "phone", {"phone": "! incomplete_phone"}),
        ("сколько стоит чистка и отбеливание", None, {}),
        ("не знаю", "date", {}),
        ("", "date", {}),
    ],
)
def test_each_value_goes_to_its_field(said: str, asked: str | None, expected: dict[str, str]) -> None:
    assert hear_all(said, CLINIC, "ru", asked=asked) == expected


def test_an_english_sentence_fills_several_fields_too() -> None:
    said = "hi, my name is John Smith, book me for tomorrow at half past five, my number is 415 555 2671"
    assert hear_all(said, CLINIC, "en") == {
        "name": "John Smith",
        "date": "2026-11-25",
        "time": "17:30",
        "phone": "+14155552671",
    }


@pytest.mark.parametrize(
    ("said", "known", "expected"),
    [
        ("нет, не в пять, а в шесть", {"time": "17:00"}, {"time": "18:00"}),
        ("ой, не четверг, а пятница", {"date": "2026-11-26"}, {"date": "2026-11-27"}),
        ("не чистку, а отбеливание", {"service": "чистка"}, {"service": "отбеливание"}),
        ("нас не пятеро, а шестеро", {"guests": "5"}, {"guests": "6"}),
        ("давайте лучше в пятницу", {"date": "2026-11-26"}, {"date": "2026-11-27"}),
        ("нет, не Анна, а Мария", {"name": "Анна"}, {"name": "Мария"}),
    ],
)
def test_a_correction_finds_its_field(said: str, known: dict[str, str], expected: dict[str, str]) -> None:
    assert hear_all(said, CLINIC, "ru", known=known) == expected
    while_confirming = hear_all(said, CLINIC, "ru", asked="agree", known=known)
    assert {name: value for name, value in while_confirming.items() if name != "agree"} == expected


def test_a_corrected_time_stays_in_the_half_of_the_day_that_was_agreed() -> None:
    fields = {"time": FieldRules(FieldType.TIME)}
    assert hear_all("не в пять, а в шесть", fields, "ru", known={"time": "17:00"}) == {"time": "18:00"}
    assert hear_all("not five, six", fields, "en", known={"time": "05:00"}) == {"time": "06:00"}


def test_of_two_fields_of_a_type_the_asked_one_wins() -> None:
    assert hear_all("в пятницу", STAY, "ru", asked="departure") == {"departure": "2026-11-27"}


def test_of_two_open_fields_of_a_type_neither_is_guessed() -> None:
    assert hear_all("запишите на пятницу", STAY, "ru") == {}


def test_of_two_fields_of_a_type_the_open_one_gets_the_value() -> None:
    assert hear_all("запишите на пятницу", STAY, "ru", known={"arrival": "2026-11-25"}) == {"departure": "2026-11-27"}


def test_two_dates_for_one_asked_field_are_asked_back() -> None:
    assert hear_all("в среду или в пятницу", STAY, "ru", asked="arrival") == {"arrival": "? 2026-11-25, 2026-11-27"}


def test_a_denied_known_value_is_corrected_even_when_another_field_of_the_type_was_asked() -> None:
    known = {"arrival": "2026-11-26"}
    assert hear_all("не в четверг, а в среду", STAY, "ru", asked="departure", known=known) == {"arrival": "2026-11-25"}


def test_words_that_fit_two_choices_are_given_to_neither_in_passing() -> None:
    fields = {
        "first": FieldRules(FieldType.CHOICE, options={"большая": (), "малая": ()}),
        "second": FieldRules(FieldType.CHOICE, options={"большая": (), "средняя": ()}),
    }
    assert hear_all("мне большую", fields, "ru") == {}
    assert hear_all("мне большую", fields, "ru", asked="second") == {"second": "большая"}


BOOKED = {"service": "чистка", "date": "2026-11-27", "time": "17:00"}
"""What is known while the name or the phone is asked for."""
VISIT = {
    "service": FieldRules(FieldType.CHOICE, options={"чистка": (), "отбеливание": (), "лечение": ("кариес", "пломба")}),
    "date": FieldRules(FieldType.DATE),
    "time": FieldRules(FieldType.TIME, between=(time(9), time(20))),
    "name": FieldRules(FieldType.PERSON_NAME),
    "phone": FieldRules(FieldType.PHONE),
}


@pytest.mark.parametrize(
    ("said", "asked", "expected"),
    [
        ("нет лучше в шесть", "name", {"time": "18:00"}),
        ("ой нет в субботу", "name", {"date": "2026-11-28"}),
        ("а можно на шесть", "name", {"time": "18:00"}),
        ("стойте давайте в семь", "phone", {"time": "19:00"}),
        ("время поменяйте на шесть", "name", {"time": "18:00"}),
        ("нет не чистку лечение", "name", {"service": "лечение"}),
        ("ой в шесть а зовут меня Олег", "name", {"time": "18:00", "name": "Олег"}),
        ("нет давайте завтра в семь вечера", "name", {"date": "2026-11-25", "time": "19:00"}),
        ("no, make it six", "name", {"time": "18:00"}),
        ("could we do six instead", "phone", {"time": "18:00"}),
        ("actually saturday is better", "phone", {"date": "2026-11-28"}),
        ("я в пять уже звонил вам", "name", {}),
        ("у меня в шесть работа", "name", {}),
        ("нет, я перезвоню завтра", "phone", {}),
        ("no i'll call back tomorrow", "phone", {}),
        ("один", "phone", {}),
    ],
)
def test_a_known_day_or_time_is_put_right_while_something_else_is_asked(
    said: str, asked: str, expected: dict[str, str]
) -> None:
    assert hear_all(said, VISIT, "en" if said.isascii() else "ru", asked=asked, known=BOOKED) == expected


def test_a_list_of_answers_holds_a_name_as_well() -> None:
    said = "лечение, пломба выпала, завтра в десять утра, Роман, номер этот же"
    expected = {"service": "лечение", "date": "2026-11-25", "time": "10:00", "name": "Роман"}
    assert hear_all(said, VISIT, "ru") == expected


def _number(low: int, high: int) -> FieldRules:
    return FieldRules(FieldType.NUMBER, minimum=Decimal(low), maximum=Decimal(high))


HOME = {"budget": _number(20_000, 500_000), "people": _number(1, 8)}
PARCEL = {
    "tracking": _number(10_000_000, 99_999_999),
    "value": _number(1, 5000),
    "postcode": FieldRules(FieldType.TEXT),
}


@pytest.mark.parametrize(
    ("said", "fields", "asked", "expected"),
    [
        ("нас двое", HOME, "budget", {"people": "2"}),
        ("восемьдесят тысяч, нас двое", HOME, "budget", {"budget": "80000", "people": "2"}),
        ("бюджет сто двадцать тысяч, нас трое", HOME, None, {"budget": "120000", "people": "3"}),
        ("сколько стоит, тысяч сто?", HOME, None, {}),
        ("it's eight one two three four five six seven", PARCEL, None, {"tracking": "81234567"}),
        ("tracking is 4 4 7 1 9 2 0 3, postcode E8 4RT", PARCEL, None, {"tracking": "44719203", "postcode": "E8 4RT"}),
        ("four four seven", PARCEL, "tracking", {"tracking": "447 ! below_min"}),
    ],
)
def test_a_number_goes_to_the_field_that_can_take_it(
    said: str, fields: dict[str, FieldRules], asked: str | None, expected: dict[str, str]
) -> None:
    assert hear_all(said, fields, "en" if said.isascii() else "ru", asked=asked) == expected


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("my postcode is M1 2AB", "M1 2AB"),
        ("it's LS1 4DY", "LS1 4DY"),
        ("мой адрес Садовая, 5", "Садовая, 5"),
        ("ну это Ленина десять", "Ленина десять"),
        ("это", "это"),
        ("it's", "it's"),
    ],
)
def test_words_that_lead_to_a_text_are_no_part_of_it(said: str, expected: str) -> None:
    fields = {"answer": FieldRules(FieldType.TEXT)}
    assert hear_all(said, fields, "en" if said.isascii() else "ru", asked="answer") == {"answer": expected}
