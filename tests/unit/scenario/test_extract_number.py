"""Numbers in words and digits."""

from __future__ import annotations

from decimal import Decimal

import pytest

from app.scenario.field_extractor import FieldType
from tests.unit.scenario.hearing import hear, lines, understood

pytestmark = pytest.mark.unit

RUSSIAN = """
тысяч сто тридцать | 130000
сто двадцать - сто тридцать тысяч | ? 120000, 130000
восемьдесят-девяносто тысяч | ? 80000, 90000
нас четверо, двое взрослых и двое детей | 4
двое взрослых и ребёнок | 3
я и жена | 2
только я | 1
в субботу в одиннадцать | -
пять | 5
ноль | 0
двадцать один | 21
сто двадцать три | 123
тысяча | 1000
две тысячи двести двадцать два | 2222
пятьдесят тысяч | 50000
сто пятьдесят тысяч рублей | 150000
миллион двести тысяч | 1200000
полтора миллиона | 1500000
полторы тысячи | 1500
полтора | 1.5
две с половиной | 2.5
две с половиной тысячи | 2500
два с половиной миллиона | 2500000
две целых пять десятых | 2.5
ноль целых двадцать пять сотых | 0.25
три целых одна десятая | 3.1
два точка пять | 2.5
две запятая пять | 2.5
2,5 | 2.5
2.50 | 2.5
1 500 | 1500
1 500 000 | 1500000
15000 рублей | 15000
50 тысяч | 50000
5 тыс | 5000
1,5 млн | 1500000
минус пять | -5
минус десять с половиной | -10.5
-7 | -7
трое | 3
нас будет двое | 2
вдвоём | 2
на четверых | 4
человек пять | 5
около сорока метров | 40
где-то тридцати пяти | 35
квартира сорок пять метров | 45
десяток | 10
не пять, а шесть | 6
пять, нет, шесть | 6
пять, точнее шесть | 6
тысяч двадцать | 20000
полмиллиона рублей | 500000
пять или шесть | ? 5, 6
пять-шесть | ? 5, 6
от трёх до пяти | ? 3, 5
один момент | -
одну минуту | -
один вопрос | -
ни одного | -
не знаю | -
завтра | -
пятого декабря | -
в пять часов вечера | -
половина | -
да | -
много | -
восемь девятьсот двадцать шесть сто двадцать три сорок пять шестьдесят семь | -
"""

ENGLISH = """
just me | 1
me my wife and our son | 3
a couple of us | 2
two adults and two kids | 4
Saturday at 11 | -
one two three four five six seven eight | 12345678
double two, nine eight, seven six, five four | 22987654
seventy-one twenty double oh five five | 71200055
five | 5
zero | 0
twenty one | 21
twenty-one | 21
one hundred and five | 105
a hundred and five | 105
a hundred twenty three | 123
twenty one hundred | 2100
two thousand two hundred and twenty two | 2222
fifty thousand | 50000
one million two hundred thousand | 1200000
one and a half million | 1500000
two and a half | 2.5
two and a half thousand | 2500
half a million | 500000
two point five | 2.5
zero point two five | 0.25
three point one four | 3.14
2.5 | 2.5
1,500 | 1500
1,500,000 | 1500000
50k | 50000
minus five | -5
negative five | -5
-7 | -7
five people | 5
there will be four of us | 4
a dozen | 12
a couple | 2
about forty | 40
forty five square meters | 45
not five, six | 6
five, no, six | 6
five, sorry, six | 6
five, i mean six | 6
five or six | ? 5, 6
five to six people | ? 5, 6
one moment | -
one second please | -
one more question | -
no one | -
this one | -
i don't know | -
tomorrow | -
december fifth | -
at five pm | -
the fifth | -
yes | -
many | -
four one five five five five two six seven one | -
"""


@pytest.mark.parametrize(("said", "expected"), lines(RUSSIAN))
def test_a_russian_number_is_understood(said: str, expected: str) -> None:
    assert understood(hear(said, FieldType.NUMBER, "ru")) == expected


@pytest.mark.parametrize(("said", "expected"), lines(ENGLISH))
def test_an_english_number_is_understood(said: str, expected: str) -> None:
    assert understood(hear(said, FieldType.NUMBER, "en")) == expected


@pytest.mark.parametrize("said", ["пять", "нас будет двое", "пятьдесят тысяч рублей"])
def test_a_number_nobody_asked_for_is_no_answer(said: str) -> None:
    assert hear(said, FieldType.NUMBER, "ru", asked=False) is None


@pytest.mark.parametrize(
    ("said", "expected"), [("пять", "5"), ("ноль", "0 ! below_min"), ("двадцать", "20 ! above_max"), ("десять", "10")]
)
def test_a_number_is_held_against_its_bounds(said: str, expected: str) -> None:
    found = hear(said, FieldType.NUMBER, "ru", minimum=Decimal(1), maximum=Decimal(10))
    assert understood(found) == expected


def test_a_number_too_long_to_be_meant_is_no_number() -> None:
    assert hear("1" + "0" * 400, FieldType.NUMBER, "ru") is None


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("44 71 92 03", "44719203"),
        ("4471-9203", "44719203"),
        ("forty four seventy one ninety two oh three", "44719203"),
        ("four four seven one, nine two zero three", "44719203"),
        ("four four seven", "447 ! below_min"),
        ("SW1A 2AA", "-"),
        ("tomorrow at five", "-"),
    ],
)
def test_digits_are_one_number_where_such_a_number_is_asked_for(said: str, expected: str) -> None:
    found = hear(said, FieldType.NUMBER, "en", minimum=Decimal(10_000_000), maximum=Decimal(99_999_999))
    assert understood(found) == expected


def test_a_phone_is_no_number_of_people() -> None:
    said = "nine two five, double oh one, twenty two thirty three"
    assert hear(said, FieldType.NUMBER, "en", minimum=Decimal(1), maximum=Decimal(8)) is None
