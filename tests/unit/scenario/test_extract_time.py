"""Times of day as people name them. It is 11:00."""

from __future__ import annotations

from datetime import time

import pytest

from app.scenario.field_extractor import FieldType
from tests.unit.scenario.hearing import hear, lines, understood

pytestmark = pytest.mark.unit

RUSSIAN = """
слушайте а можно часов эдак в пять вечера | 17:00
мне бы в районе двух часов дня | 14:00
пять часов вечера пять | 17:00
минут через пять перезвоню | -
в половине шестого вечера | 17:30
полшестого вечера | 17:30
пол шестого вечера | 17:30
в половине шестого | ? 05:30, 17:30
в полседьмого утра | 06:30
без четверти семь вечера | 18:45
без четверти семь | ? 06:45, 18:45
без пятнадцати семь вечера | 18:45
без двадцати пять дня | 16:40
без пяти минут восемь вечера | 19:55
без пяти час | ? 00:55, 12:55
десять минут шестого | ? 05:10, 17:10
четверть седьмого вечера | 18:15
в пять | ? 05:00, 17:00
пять | ? 05:00, 17:00
5 | ? 05:00, 17:00
в пять вечера | 17:00
в 5 вечера | 17:00
пять часов вечера | 17:00
часов в пять вечера | 17:00
часиков в шесть вечера | 18:00
к пяти вечера | 17:00
в пять утра | 05:00
в 11 утра | 11:00
в два часа дня | 14:00
в час дня | 13:00
час дня | 13:00
в час | ? 01:00, 13:00
в двенадцать | 12:00
в двенадцать дня | 12:00
в двенадцать ночи | 00:00
в час ночи | 01:00
в одиннадцать вечера | 23:00
в полдень | 12:00
в полночь | 00:00
17:30 | 17:30
в 17.30 | 17:30
17-30 | 17:30
в 17 30 | 17:30
09:00 | 09:00
9:30 утра | 09:30
в 9:30 | ? 09:30, 21:30
восемнадцать тридцать | 18:30
восемнадцать ноль ноль | 18:00
в восемнадцать часов | 18:00
восемнадцать часов тридцать минут | 18:30
в девятнадцать пятнадцать | 19:15
двадцать один ноль пять | 21:05
в девять ноль ноль | ? 09:00, 21:00
в семнадцать | 17:00
шестнадцать | 16:00
1830 | 18:30
вечером, часов в семь | 19:00
вечером в семь | 19:00
утром в девять | 09:00
после обеда, часа в три | 15:00
завтра в шесть вечера | 18:00
двадцать пятого в шесть вечера | 18:00
в шесть тридцать вечера | 18:30
в шесть с половиной вечера | 18:30
нет, не в пять, а в шесть вечера | 18:00
в пять, ой, в шесть вечера | 18:00
в шесть вечера, точнее в семь вечера | 19:00
в пять-шесть вечера | ? 17:00, 18:00
с 9 до 18 | ? 09:00, 21:00, 18:00
на два часа раньше | -
не утром, а вечером в семь | 19:00
добрый вечер, в девять | ? 09:00, 21:00
в пять или в шесть вечера | ? 17:00, 18:00
после шести вечера | ? 18:00
не раньше шести вечера | ? 18:00
через полчаса | 11:30
через час | 12:00
через два часа | 13:00
двадцать пять часов | ! invalid_time
после обеда | -
вечером | -
утром | -
в любое время | -
когда вам удобно | -
нас будет трое | -
на двоих | -
мне двадцать пять лет | -
два раза в неделю | -
пятого декабря | -
двадцать пятого | -
12.05.2026 | -
восемь девятьсот двадцать шесть сто двадцать три сорок пять шестьдесят семь | -
один момент | -
минут пятнадцать | -
не знаю | -
да | -
квартира 5 | -
"""

ENGLISH = """
five-ish in the evening | 17:00
make it seven pm actually six pm | 18:00
any chance of five forty five pm | 17:45
about forty pounds | -
i'll call back in five minutes | -
half past five pm | 17:30
half past five in the evening | 17:30
half past five | ? 05:30, 17:30
quarter to seven pm | 18:45
quarter to seven | ? 06:45, 18:45
a quarter past six in the evening | 18:15
ten to six pm | 17:50
twenty past three in the afternoon | 15:20
five minutes to eight pm | 19:55
5 pm | 17:00
5pm | 17:00
5 p.m. | 17:00
5 p m | 17:00
five pm | 17:00
at five in the afternoon | 17:00
at six in the morning | 06:00
11 am | 11:00
12 pm | 12:00
12 am | 00:00
noon | 12:00
at midday | 12:00
midnight | 00:00
five thirty pm | 17:30
five thirty | ? 05:30, 17:30
six oh five pm | 18:05
5:30 pm | 17:30
17:30 | 17:30
09:15 | 09:15
5:30 | ? 05:30, 17:30
seventeen thirty | 17:30
fourteen hundred hours | 14:00
1730 | 17:30
at 5 | ? 05:00, 17:00
five | ? 05:00, 17:00
five o'clock | ? 05:00, 17:00
around five pm | 17:00
seventeen | 17:00
at twelve | 12:00
in the evening, at seven | 19:00
tomorrow morning at nine | 09:00
tomorrow at half past five pm | 17:30
december fifth at six pm | 18:00
not five pm, six pm | 18:00
five pm, no, six pm | 18:00
make it seven pm | 19:00
at nine or ten | ? 09:00, 21:00, 10:00, 22:00
from five to six pm | ? 05:00, 17:00, 18:00
4 pm instead of 3 pm | 16:00
seven at night | 19:00
good morning, at nine | ? 09:00, 21:00
five or six pm | ? 17:00, 18:00
after six pm | ? 18:00
in half an hour | 11:30
in an hour | 12:00
in two hours | 13:00
in the afternoon | -
in the evening | -
any time | -
whenever suits you | -
a table for four people | -
i have five parcels | -
twice a week | -
december fifth | -
the twenty fifth | -
four one five five five five two six seven one | -
one moment | -
fifteen minutes | -
yes | -
two of us | -
"""

IN_PASSING = """
ru | запишите на чистку послезавтра в шесть вечера | 18:00
ru | послезавтра в шесть | ? 06:00, 18:00
ru | можно в половине шестого вечера | 17:30
ru | в 17:30 | 17:30
ru | часов в пять вечера | 17:00
ru | в пять | -
ru | пять | -
ru | нас будет пять человек | -
ru | вы работаете до восьми вечера | -
ru | через час | -
ru | дом пять квартира шесть | -
ru | у меня в два раза больше | -
en | book me tomorrow at half past five pm | 17:30
en | tomorrow at five | ? 05:00, 17:00
en | at 5 pm | 17:00
en | at five | -
en | five of us | -
en | are you open until eight pm | -
en | i have called you 3 times | -
en | ten to twenty people | -
"""

DAY = (time(9), time(20))


@pytest.mark.parametrize(("said", "expected"), lines(RUSSIAN))
def test_a_russian_time_is_understood(said: str, expected: str) -> None:
    assert understood(hear(said, FieldType.TIME, "ru"), expected=expected) == expected


@pytest.mark.parametrize(("said", "expected"), lines(ENGLISH))
def test_an_english_time_is_understood(said: str, expected: str) -> None:
    assert understood(hear(said, FieldType.TIME, "en"), expected=expected) == expected


@pytest.mark.parametrize("row", IN_PASSING.strip().splitlines())
def test_a_time_nobody_asked_for_counts_only_when_it_is_unmistakable(row: str) -> None:
    lang, said, expected = (part.strip() for part in row.split("|"))
    assert understood(hear(said, FieldType.TIME, lang, asked=False)) == expected


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("в пять", "17:00"),
        ("в половине шестого", "17:30"),
        ("в десять", "10:00"),
        ("пять", "17:00"),
        ("9:30", "09:30"),
        ("в три ночи", "03:00 ! outside_hours"),
        ("21:30", "21:30 ! outside_hours"),
        ("в двадцать", "20:00"),
        ("в восемь", "20:00"),
    ],
)
def test_opening_hours_settle_which_half_of_the_day_is_meant(said: str, expected: str) -> None:
    assert understood(hear(said, FieldType.TIME, "ru", between=DAY)) == expected


def test_hours_open_at_both_readings_settle_nothing() -> None:
    assert understood(hear("в восемь", FieldType.TIME, "ru", between=(time(8), time(21)))) == "? 08:00, 20:00"
    assert understood(hear("at eight", FieldType.TIME, "en", between=(time(8), time(21)))) == "? 08:00, 20:00"


def test_a_time_with_no_open_reading_is_doubtful_and_outside_hours() -> None:
    found = hear("в восемь", FieldType.TIME, "ru", between=(time(9), time(19)))
    assert found is not None
    assert found.ambiguous
    assert found.problem == "outside_hours"


def test_hours_past_midnight_are_hours_too() -> None:
    assert understood(hear("в час ночи", FieldType.TIME, "ru", between=(time(18), time(2)))) == "01:00"
    assert understood(hear("в три ночи", FieldType.TIME, "ru", between=(time(18), time(2)))) == "03:00 ! outside_hours"
