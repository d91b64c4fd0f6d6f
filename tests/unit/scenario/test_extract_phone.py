"""Phone numbers as people dictate them."""

from __future__ import annotations

import pytest

from app.scenario.field_extractor import FieldType
from tests.unit.scenario.hearing import hear, lines, understood

pytestmark = pytest.mark.unit

RUSSIAN = """
так секунду восемь девять ноль три пять пять пять один два три четыре | +79035551234
восемь девятьсот три, записали? пятьсот пятьдесят пять двенадцать тридцать четыре | +79035551234
нет, в конце девять. девятьсот шестнадцать триста сорок пять шестьдесят семь восемьдесят девять | +79163456789
восемь девятьсот двадцать шесть сто двадцать три сорок пять шестьдесят семь | +79261234567
плюс семь девятьсот двадцать шесть сто двадцать три сорок пять шестьдесят семь | +79261234567
Плюс семь, девятьсот шестнадцать, 123, 45, 67 | +79161234567
восемь девять два шесть один два три четыре пять шесть семь | +79261234567
девятьсот двадцать шесть сто двадцать три сорок пять шестьдесят семь | +79261234567
девять два шесть один два три четыре пять шесть семь | +79261234567
8 926 123 45 67 | +79261234567
8(926)123-45-67 | +79261234567
8-926-123-45-67 | +79261234567
+7 926 123-45-67 | +79261234567
89261234567 | +79261234567
9261234567 | +79261234567
7 926 123 45 67 | +79261234567
+7 (926) 123 45 67, пожалуйста | +79261234567
записывайте восемь девятьсот пять ноль ноль семь двадцать два ноль пять | +79050072205
восемь восемьсот пятьсот пятьдесят пять тридцать пять тридцать пять | +78005553535
восемь восемьсот пятьсот пятьдесят пять три пять три пять | +78005553535
восемь четыреста девяносто пять семьсот тридцать девять семьдесят ноль ноль | +74957397000
восемь девятьсот двадцать шесть три пятёрки ноль один ноль два | +79265550102
восемь девятьсот три две двойки пять двадцать два семнадцать | +79032252217
восемь девятьсот двадцать шесть ну сто двадцать три так сорок пять и шестьдесят семь | +79261234567
восемь девятьсот двадцать шесть тире сто двадцать три тире сорок пять тире шестьдесят семь | +79261234567
восемь девятьсот двадцать шесть сто двадцать три четыре пять шесть семь | +79261234567
восемь девять двадцать шесть сто двадцать три сорок пять шестьдесят семь | +79261234567
восемь 900 26 123 45 67 | +79261234567
8 900 три 123 45 67 | +79031234567
это телефон жены восемь девятьсот двадцать шесть сто двадцать три сорок пять шестьдесят семь запишите | +79261234567
позвоните мне на восемь девятьсот двадцать шесть сто двадцать три сорок пять шестьдесят семь | +79261234567
плюс три семь пять двадцать девять сто двадцать три сорок пять шестьдесят семь | +375291234567
+375 29 123-45-67 | +375291234567
+1 415 555 2671 | +14155552671
восемь девятьсот двадцать шесть, нет, девятьсот двадцать пять сто двадцать три сорок пять шестьдесят семь | +79251234567
восемь девятьсот двадцать шесть сто двадцать три сорок пять шестьдесят семь, ой нет, шестьдесят восемь | +79261234568
восемь девятьсот двадцать шесть сто двадцать три сорок пять, точнее сорок шесть, шестьдесят семь | +79261234667
8 926 123 45 67 нет 8 925 123 45 67 | +79251234567
8 926 123 45 67 или 8 925 123 45 67 | ? +79261234567, +79251234567
8 926 123 45 67, повторяю, 8 926 123 45 67 | +79261234567
восемь девятьсот двадцать шесть сто двадцать три | ! incomplete_phone
восемь девятьсот двадцать шесть сто двадцать три сорок пять | ! incomplete_phone
123-45-67 | ! incomplete_phone
926 123 45 6 | ! incomplete_phone
8 926 123 45 67 8 | ! invalid_phone
8 926 123 45 67 89 | ! invalid_phone
восемь ноль ноль ноль ноль ноль ноль ноль ноль ноль ноль | ! invalid_phone
завтра в шесть | -
пять | -
не знаю | -
у меня нет телефона | -
да, на этот | -
мне двадцать пять лет | -
послезавтра в шесть, телефон восемь девятьсот двадцать шесть сто двадцать три сорок пять шестьдесят семь | +79261234567
в 6 8 926 123 45 67 | +79261234567
8 926 123 45 67, нас пять человек | +79261234567
8 926 123 45 67, 5 человек | +79261234567
"""

ENGLISH = """
four one five five five five two six seven one | +14155552671
four one five, five five five, two six seven one | +14155552671
415 555 2671 | +14155552671
(415) 555-2671 | +14155552671
415.555.2671 | +14155552671
+1 415 555 2671 | +14155552671
plus one four one five five five five two six seven one | +14155552671
one four one five five five five two six seven one | +14155552671
my number is four one five double five five two six seven one | +14155552671
four one five triple five two six seven one | +14155552671
two one two five five five oh one four seven | +12125550147
two one two, five five five, o one four seven | +12125550147
two one two five five five zero one four seven | +12125550147
two twelve five fifty five zero one forty seven | +12125550147
it's four fifteen five fifty five twenty six seventy one | +14155552671
call me at four one five five five five twenty six seventy one please | +14155552671
area code four one five then five five five then two six seven one | +14155552671
plus seven nine two six one two three four five six seven | +79261234567
+7 926 123 45 67 | +79261234567
plus forty four, twenty, seven nine four six, oh nine five eight | +442079460958
+44 20 7946 0958 | +442079460958
eight hundred, four one five, two six seven one | +18004152671
four one five five five five two six seven one, no, two six seven two | +14155552672
four one six, sorry, four one five, five five five, two six seven one | +14155552671
415 555 2671 or 415 555 2672 | ? +14155552671, +14155552672
four one five five five five | ! incomplete_phone
555 2671 | ! incomplete_phone
415 555 267 | ! incomplete_phone
four one five five five five two six seven one one | ! invalid_phone
tomorrow at five | -
at half past five | -
five | -
I don't have a phone | -
i'm twenty five | -
yes that one | -
two rooms please | -
the number of guests is four | -
"""

IN_PASSING = """
ru | запишите меня, телефон восемь девятьсот двадцать шесть сто двадцать три сорок пять шестьдесят семь | +79261234567
ru | я Анна, 8 926 123 45 67 | +79261234567
ru | мне тридцать пять лет и у меня двое детей | -
ru | в две тысячи двадцать шестом году | -
ru | заказ номер 12345 | -
ru | мой телефон 926 123 | ! incomplete_phone
ru | сто двадцать три сорок пять | -
ru | договор 926 123 45 | -
en | my phone is four one five five five five two six seven one | +14155552671
en | order number 12345 | -
en | it weighs 25 pounds and measures 10 by 20 | -
en | in 1999 i had 3 of them | -
"""


@pytest.mark.parametrize(("said", "expected"), lines(RUSSIAN))
def test_a_russian_phone_number_is_understood_or_not_taken_at_all(said: str, expected: str) -> None:
    assert understood(hear(said, FieldType.PHONE, "ru")) == expected


@pytest.mark.parametrize(("said", "expected"), lines(ENGLISH))
def test_an_english_phone_number_is_understood_or_not_taken_at_all(said: str, expected: str) -> None:
    assert understood(hear(said, FieldType.PHONE, "en")) == expected


@pytest.mark.parametrize("row", IN_PASSING.strip().splitlines())
def test_a_phone_number_nobody_asked_for_counts_only_when_it_is_whole_or_named(row: str) -> None:
    lang, said, expected = (part.strip() for part in row.split("|"))
    assert understood(hear(said, FieldType.PHONE, lang, asked=False)) == expected


def test_a_number_without_country_code_is_read_in_the_company_s_region() -> None:
    assert understood(hear("020 7946 0958", FieldType.PHONE, "en", region="GB")) == "+442079460958"
    assert understood(hear("020 7946 0958", FieldType.PHONE, "en", region="US")) == "! invalid_phone"


def test_a_corrected_number_says_that_it_corrects() -> None:
    said = "8 926, нет, девятьсот двадцать пять сто двадцать три сорок пять шестьдесят семь"
    found = hear(said, FieldType.PHONE, "ru")
    assert found is not None
    assert found.corrects
    assert found.confidence < 0.9


@pytest.mark.parametrize(
    "said",
    [
        "+44 7700 900666",
        "07700 900 666",
        "plus four four seven seven double oh nine zero zero six six six",
        "plus four four seven seven double oh nine hundred six six six",
        "plus forty four seven seven hundred nine hundred six six six",
    ],
)
def test_a_complete_number_of_a_range_that_nobody_holds_is_taken(said: str) -> None:
    assert understood(hear(said, FieldType.PHONE, "en", region="GB")) == "+447700900666"
