"""Days as people name them. Today is Tuesday 24 November 2026."""

from __future__ import annotations

from datetime import date

import pytest

from app.scenario.field_extractor import FieldType
from tests.unit.scenario.hearing import hear, lines, understood

pytestmark = pytest.mark.unit

RUSSIAN = """
сегодня | 2026-11-24
завтра | 2026-11-25
послезавтра | 2026-11-26
после завтра | ? 2026-11-25
на завтра пожалуйста | 2026-11-25
давайте на послезавтра | 2026-11-26
завтрашний день | 2026-11-25
через два дня | 2026-11-26
через неделю | 2026-12-01
через 3 недели | 2026-12-15
через две недели | 2026-12-08
ровно через неделю | 2026-12-01
через месяц | 2026-12-24
через полгода | 2027-05-24
через день | ? 2026-11-25
дня через три | ? 2026-11-27
в пятницу | 2026-11-27
пятница | 2026-11-27
на пятницу | 2026-11-27
к пятнице | 2026-11-27
во вторник | ? 2026-11-24, 2026-12-01
в среду | 2026-11-25
В ближайшую субботу. | 2026-11-28
в эту пятницу | 2026-11-27
в следующий вторник | 2026-12-01
в следующую пятницу | 2026-12-04
на следующей неделе в среду | 2026-12-02
в среду на следующей неделе | 2026-12-02
через неделю в пятницу | 2026-12-04
на следующей неделе в понедельник | 2026-11-30
в любой день кроме среды | -
вместо среды в четверг | 2026-11-26
в среду не могу, давайте в четверг | 2026-11-26
во вторник через неделю | 2026-12-01
на этой неделе в четверг | 2026-11-26
двадцать пятого | 2026-11-25
двадцать пятое | 2026-11-25
на двадцать пятое | 2026-11-25
25-го | 2026-11-25
25 числа | 2026-11-25
третьего числа | 2026-12-03
двадцать четвёртого | 2026-11-24
тридцать первого | 2026-12-31
первого числа следующего месяца | 2026-12-01
двадцать пять | 2026-11-25
25 | 2026-11-25
пятого декабря | 2026-12-05
5 декабря | 2026-12-05
пятое декабря | 2026-12-05
двадцать шестого ноября | 2026-11-26
первого марта | 2027-03-01
пятого декабря две тысячи двадцать седьмого года | 2027-12-05
5 декабря 2027 года | 2027-12-05
декабря пятого | 2026-12-05
двадцать пятого двенадцатого | 2026-12-25
05.12 | 2026-12-05
05.12.2026 | 2026-12-05
5.12.26 | 2026-12-05
2026-12-05 | 2026-12-05
в пятницу двадцать седьмого | 2026-11-27
завтра, в среду | 2026-11-25
в пятницу, 27 ноября | 2026-11-27
в пятницу двадцать восьмого | ? 2026-11-28, 2026-11-27
завтра, в четверг | ? 2026-11-25, 2026-11-26
завтра или послезавтра | ? 2026-11-25, 2026-11-26
в среду или в пятницу | ? 2026-11-25, 2026-11-27
в выходные | ? 2026-11-28, 2026-11-29
после пятницы | ? 2026-11-27
не в четверг, а в пятницу | 2026-11-27
ой, не четверг, а пятница | 2026-11-27
в четверг, нет, в пятницу | 2026-11-27
завтра, хотя нет, давайте послезавтра | 2026-11-26
тридцать первого февраля | ! invalid_date
31.11.2026 | ! invalid_date
на следующей неделе | ! incomplete_date
в декабре | ! incomplete_date
восемнадцать тридцать | -
в пять часов вечера | -
в шесть | -
не знаю | -
как можно скорее | -
в любое время | -
каждую пятницу | -
по пятницам | -
восемь девятьсот двадцать шесть сто двадцать три сорок пять шестьдесят семь | -
нас двое | -
да | -
Анна | -
"""

ENGLISH = """
today | 2026-11-24
tomorrow | 2026-11-25
the day after tomorrow | 2026-11-26
tomorrow please | 2026-11-25
in two days | 2026-11-26
in a week | 2026-12-01
in two weeks | 2026-12-08
in 2 weeks' time | 2026-12-08
two weeks from today | 2026-12-08
a week from tomorrow | 2026-12-02
a week from friday | 2026-12-04
in a month | 2026-12-24
friday | 2026-11-27
on friday | 2026-11-27
this friday | 2026-11-27
this coming saturday | 2026-11-28
tuesday | ? 2026-11-24, 2026-12-01
wednesday | 2026-11-25
next tuesday | 2026-12-01
next monday | 2026-11-30
next friday | ? 2026-12-04, 2026-11-27
friday next week | 2026-12-04
next week on friday | 2026-12-04
next week, friday | 2026-12-04
next week monday | 2026-11-30
not this friday but next friday | ? 2026-12-04, 2026-11-27
any day but wednesday | -
friday after next | -
thursday instead of friday | 2026-11-26
on sat | 2026-11-28
the twenty fifth | 2026-11-25
the 25th | 2026-11-25
on the twenty-fifth | 2026-11-25
the third | 2026-12-03
the first of next month | 2026-12-01
twenty five | 2026-11-25
december fifth | 2026-12-05
December 5th | 2026-12-05
december the fifth | 2026-12-05
the fifth of december | 2026-12-05
5 december | 2026-12-05
Dec 5 | 2026-12-05
december 5 2027 | 2027-12-05
december fifth twenty twenty seven | 2027-12-05
december fifth two thousand twenty seven | 2027-12-05
may fifth | 2027-05-05
march first | 2027-03-01
12/5 | 2026-12-05
12/25/2026 | 2026-12-25
25/12/2026 | 2026-12-25
2026-12-05 | 2026-12-05
friday the twenty seventh | 2026-11-27
friday, november 27 | 2026-11-27
friday the twenty eighth | ? 2026-11-28, 2026-11-27
tomorrow or friday | ? 2026-11-25, 2026-11-27
on the weekend | ? 2026-11-28, 2026-11-29
after friday | ? 2026-11-27
scratch that, make it friday | 2026-11-27
not thursday, friday | 2026-11-27
thursday, no wait, friday | 2026-11-27
tomorrow, actually the day after tomorrow | 2026-11-26
february thirtieth | ! invalid_date
next week | ! incomplete_date
in december | ! incomplete_date
at five thirty | -
half past five | -
five pm | -
i don't know | -
as soon as possible | -
every friday | -
may i ask you something | -
i march to work | -
the second floor | -
give me a second | -
yes | -
John Smith | -
four one five five five five two six seven one | -
"""

IN_PASSING = """
ru | запишите на чистку послезавтра в шесть вечера | 2026-11-26
ru | хочу записаться на завтра | 2026-11-25
ru | можно в пятницу | 2026-11-27
ru | запишите на двадцать пятое | 2026-11-25
ru | двадцать пятого в шесть вечера | 2026-11-25
ru | сегодня в шесть вечера | 2026-11-24
ru | пятого декабря | 2026-12-05
ru | вы завтра работаете | -
ru | вы открыты в субботу | -
ru | я вчера звонил | -
ru | до завтра | -
ru | двадцать пять | -
ru | мне двадцать пять лет | -
ru | у меня второй ребёнок | -
ru | пятого подъезда нет | -
ru | в этом году я был у вас | -
ru | как у вас дела сегодня | -
ru | в декабре было дорого | -
ru | первое впечатление хорошее | -
en | book me for tomorrow at five pm | 2026-11-25
en | i would like to come on friday | 2026-11-27
en | can i come next monday | 2026-11-30
en | are you open on sunday | -
en | i called you yesterday | -
en | twenty five | -
en | i have two kids | -
en | may i ask something | -
en | the fifth floor | -
en | how are you today | -
en | this is my second call | -
"""


@pytest.mark.parametrize(("said", "expected"), lines(RUSSIAN))
def test_a_russian_day_is_understood(said: str, expected: str) -> None:
    assert understood(hear(said, FieldType.DATE, "ru"), expected=expected) == expected


@pytest.mark.parametrize(("said", "expected"), lines(ENGLISH))
def test_an_english_day_is_understood(said: str, expected: str) -> None:
    assert understood(hear(said, FieldType.DATE, "en"), expected=expected) == expected


@pytest.mark.parametrize("row", IN_PASSING.strip().splitlines())
def test_a_day_nobody_asked_for_counts_only_when_it_is_unmistakable(row: str) -> None:
    lang, said, expected = (part.strip() for part in row.split("|"))
    assert understood(hear(said, FieldType.DATE, lang, asked=False)) == expected


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("завтра", "2026-11-25"),
        ("вчера", "2026-11-23 ! date_in_past"),
        ("в воскресенье", "2026-11-29 ! weekday_closed"),
        ("через полгода", "2027-05-24 ! above_max"),
        ("во вторник", "2026-12-01"),  # today is ruled out, so only one tuesday is left
    ],
)
def test_a_day_is_held_against_the_field_s_bounds(said: str, expected: str) -> None:
    found = hear(
        said,
        FieldType.DATE,
        "ru",
        minimum=date(2026, 11, 25) if said == "во вторник" else date(2026, 11, 24),
        maximum=date(2027, 1, 23),
        weekdays=frozenset(range(6)),
    )
    assert understood(found) == expected


def test_a_field_that_lies_in_the_past_takes_the_last_such_day() -> None:
    born = hear("пятого марта", FieldType.DATE, "ru", maximum=date(2026, 11, 24))
    assert understood(born) == "2026-03-05"
    assert understood(hear("пятого марта 1985 года", FieldType.DATE, "ru", maximum=date(2026, 11, 24))) == "1985-03-05"


def test_day_and_month_in_figures_follow_the_region() -> None:
    assert understood(hear("5/12", FieldType.DATE, "en", region="GB")) == "2026-12-05"
    assert understood(hear("5/12", FieldType.DATE, "en", region="US")) == "2027-05-12"


def test_a_correction_says_that_it_is_one() -> None:
    found = hear("не в четверг, а в пятницу", FieldType.DATE, "ru")
    assert found is not None
    assert found.corrects
    assert found.raw == "в пятницу"


@pytest.mark.parametrize(
    "said",
    [
        "Я перезвоню вам завтра после обеда.",
        "хочу отменить запись на среду",
        "I want to cancel my booking for Wednesday",
        "please call me back tomorrow",
    ],
)
def test_the_day_of_a_call_or_of_what_is_cancelled_is_no_day_of_a_visit(said: str) -> None:
    assert hear(said, FieldType.DATE, "en" if said.isascii() else "ru", asked=False) is None
