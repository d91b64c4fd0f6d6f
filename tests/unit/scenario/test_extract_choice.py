"""One of the options offered, in any form of its words."""

from __future__ import annotations

import pytest

from app.scenario.field_extractor import FieldType
from tests.unit.scenario.hearing import hear, lines, understood

pytestmark = pytest.mark.unit

SERVICES = {
    "чистка": ("гигиена", "чистка зубов"),
    "отбеливание": ("отбелить",),
    "лечение": ("кариес", "пломба", "болит зуб", "лечить"),
    "консультация": ("осмотр", "проконсульт*"),
    "удаление зуба": ("вырвать зуб",),
}
FLATS = {"студия": (), "однокомнатная": ("1 комната", "однушка"), "двухкомнатная": ("2 комнаты", "двушка")}
ENGLISH_SERVICES = {
    "delivery": ("deliver", "courier"),
    "pickup": ("pick up", "collect"),
    "return": ("send back", "refund"),
    "two bedrooms": ("2 bedroom",),
}

RUSSIAN = """
чистка | чистка
чистку | чистка
на чистку | чистка
запишите на чистку зубов | чистка
мне нужна чистка | чистка
хочу сделать отбеливание | отбеливание
отбеливанием интересуюсь | отбеливание
зубы отбелить | отбеливание
гигиену | чистка
у меня болит зуб | лечение
зуб у меня сильно болит | лечение
зубы болят | лечение
пломба выпала | лечение
кариес лечить | лечение
на консультацию | консультация
хочу проконсультироваться | консультация
на осмотр | консультация
удалить зуб, удаление зуба | удаление зуба
вырвать зуб | удаление зуба
зуб вырвать надо | удаление зуба
не чистку, а отбеливание | отбеливание
не на чистку, а на отбеливание | отбеливание
чистку, ой, отбеливание | отбеливание
чистка, нет, лучше отбеливание | отбеливание
чистка или отбеливание | ? чистка, отбеливание
чистка и отбеливание | ? чистка, отбеливание
чиска | чистка
чистика | чистка
отбеливенье | отбеливание
атбеливание | -
консултация | консультация
первое | чистка
вторая | отбеливание
давайте второй вариант | отбеливание
последнее | удаление зуба
не чистку | -
седьмое | -
что-нибудь | -
не знаю | -
а что у вас есть | -
массаж | -
зуб | -
да | -
завтра | -
Анна | -
меня зовут Анна | -
"""

ENGLISH = """
delivery | delivery
deliveries | delivery
i want it delivered | delivery
by courier please | delivery
pickup | pickup
i'll pick it up | pickup
i want to collect it | pickup
i want to return it | return
returning a parcel | return
i'd like to send it back | return
a refund | return
two bedrooms | two bedrooms
2 bedrooms | two bedrooms
a two bedroom flat | two bedrooms
not delivery, pickup | pickup
delivery, no, pickup | pickup
delivery, sorry, i mean return | return
delivery or pickup | ? delivery, pickup
delivry | delivery
the first one | delivery
second | pickup
the last one please | two bedrooms
not delivery | -
hello | -
yes | -
i don't know | -
what do you have | -
three bedrooms | -
tomorrow | -
painting | -
"""


@pytest.mark.parametrize(("said", "expected"), lines(RUSSIAN))
def test_a_russian_option_is_recognised(said: str, expected: str) -> None:
    assert understood(hear(said, FieldType.CHOICE, "ru", options=SERVICES)) == expected


@pytest.mark.parametrize(("said", "expected"), lines(ENGLISH))
def test_an_english_option_is_recognised(said: str, expected: str) -> None:
    assert understood(hear(said, FieldType.CHOICE, "en", options=ENGLISH_SERVICES)) == expected


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("двушку", "двухкомнатная"),
        ("две комнаты", "двухкомнатная"),
        ("двухкомнатную", "двухкомнатная"),
        ("студию", "студия"),
    ],
)
def test_numbers_in_an_option_may_be_said_in_words(said: str, expected: str) -> None:
    assert understood(hear(said, FieldType.CHOICE, "ru", options=FLATS)) == expected


def test_in_passing_an_option_counts_when_it_is_spelled_right_and_alone() -> None:
    def passing(said: str) -> str:
        return understood(hear(said, FieldType.CHOICE, "ru", options=SERVICES, asked=False))

    assert passing("здравствуйте, хочу на чистку завтра") == "чистка"
    assert passing("здравствуйте, хочу на чиску завтра") == "-"
    assert passing("второе") == "-"
    assert passing("чистка и отбеливание сколько стоят") == "-"


def test_options_that_are_everyday_words_count_only_when_asked_for() -> None:
    options = {"да": (), "нет": (), "любой": ()}
    assert understood(hear("любой", FieldType.CHOICE, "ru", options=options)) == "любой"
    assert hear("да", FieldType.CHOICE, "ru", options=options, asked=False) is None


def test_an_option_s_name_in_code_letters_is_matched_by_its_words() -> None:
    options = {"same_day": ("today",), "next_day": ()}
    assert understood(hear("same day please", FieldType.CHOICE, "en", options=options)) == "same_day"
    assert understood(hear("the next day", FieldType.CHOICE, "en", options=options)) == "next_day"
