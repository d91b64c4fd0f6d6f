"""How values are read back."""

from __future__ import annotations

import pytest

from app.scenario.field_extractor import FieldType, spoken
from tests.unit.scenario.hearing import NOW, lines

pytestmark = pytest.mark.unit

RUSSIAN = """
date 2026-11-24 | двадцать четвёртого ноября
number 12345678 | двенадцать, тридцать четыре, пятьдесят шесть, семьдесят восемь
number 150000 | сто пятьдесят тысяч
date 2026-11-26 | двадцать шестого ноября
date 2026-12-01 | первого декабря
date 2026-12-03 | третьего декабря
date 2026-12-30 | тридцатого декабря
date 2026-12-31 | тридцать первого декабря
date 2027-01-12 | двенадцатого января две тысячи двадцать седьмого года
date 1985-03-05 | пятого марта тысяча девятьсот восемьдесят пятого года
date 2000-03-05 | пятого марта двухтысячного года
time 18:00 | восемнадцать часов
time 09:00 | девять часов
time 21:00 | двадцать один час
time 22:00 | двадцать два часа
time 17:30 | семнадцать тридцать
time 09:05 | девять ноль пять
time 10:41 | десять сорок одна
time 00:30 | ноль тридцать
phone +79261234567 | плюс семь, девятьсот двадцать шесть, сто двадцать три, сорок пять, шестьдесят семь
phone +79050072205 | плюс семь, девятьсот пять, ноль ноль семь, двадцать два, ноль пять
phone +14155552671 | плюс один, четыреста пятнадцать, пятьсот пятьдесят пять, двадцать шесть, семьдесят один
email ivan.petrov@mail.ru | ivan точка petrov собака mail точка ru
email anna_s-1@mail.ru | anna нижнее подчёркивание s дефис 1 собака mail точка ru
number 0 | ноль
number 5 | пять
number 21 | двадцать один
number 123 | сто двадцать три
number 1000 | одна тысяча
number 2222 | две тысячи двести двадцать два
number 50000 | пятьдесят тысяч
number 1200000 | один миллион двести тысяч
number 2.5 | две целых пять десятых
number 21.25 | двадцать одна целая двадцать пять сотых
number -7 | минус семь
number 0.1 | ноль целых одна десятая
yes_no yes | да
yes_no no | нет
choice чистка | чистка
person_name Анна Петрова | Анна Петрова
text код 15 | код 15
"""

ENGLISH = """
phone +447700900222 | plus four four, seven seven zero zero, nine zero zero, two two two
number 51002233 | five one zero zero, two two three three
date 2026-11-26 | November twenty-sixth
date 2026-12-01 | December first
date 2026-12-30 | December thirtieth
date 2027-01-12 | January twelfth, twenty twenty-seven
date 2000-01-12 | January twelfth, two thousand
date 2009-01-12 | January twelfth, two thousand nine
date 1985-03-05 | March fifth, nineteen eighty-five
time 18:00 | six PM
time 17:30 | five thirty PM
time 09:05 | nine oh five AM
time 12:00 | noon
time 00:00 | midnight
time 12:15 | twelve fifteen PM
phone +14155552671 | plus one, four one five, five five five, two six seven one
phone +79261234567 | plus seven, nine two six, one two three, four five, six seven
email john.smith@gmail.com | john dot smith at gmail dot com
number 0 | zero
number 21 | twenty-one
number 105 | one hundred five
number 2100 | two thousand one hundred
number 2.5 | two point five
number -7 | minus seven
number 1000000 | one million
yes_no yes | yes
yes_no no | no
"""


@pytest.mark.parametrize(("value", "expected"), lines(RUSSIAN))
def test_a_value_is_read_back_in_russian(value: str, expected: str) -> None:
    kind, _, rest = value.partition(" ")
    assert spoken(rest, FieldType(kind), "ru", now=NOW) == expected


@pytest.mark.parametrize(("value", "expected"), lines(ENGLISH))
def test_a_value_is_read_back_in_english(value: str, expected: str) -> None:
    kind, _, rest = value.partition(" ")
    assert spoken(rest, FieldType(kind), "en", now=NOW) == expected


@pytest.mark.parametrize("kind", list(FieldType))
def test_what_is_no_value_of_its_type_is_given_back_as_it_is(kind: FieldType) -> None:
    assert spoken("???", kind, "ru", now=NOW) == "???" or kind is FieldType.EMAIL
