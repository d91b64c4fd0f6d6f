"""E-mail addresses, dictated and written."""

from __future__ import annotations

import pytest

from app.scenario.field_extractor import FieldType
from tests.unit.scenario.hearing import hear, lines, understood

pytestmark = pytest.mark.unit

RUSSIAN = """
короче инфо собака ромашка точка ру | info@romashka.ru
иван точка петров собака мейл точка ру | ivan.petrov@mail.ru
Иван точка Петров собака мэйл точка ру | ivan.petrov@mail.ru
моя почта иван точка петров собака мейл точка ру | ivan.petrov@mail.ru
записывайте иван точка петров собака мейл точка ру спасибо | ivan.petrov@mail.ru
ivan точка petrov собака mail точка ru | ivan.petrov@mail.ru
ivan.petrov собака mail.ru | ivan.petrov@mail.ru
ivan.petrov@mail.ru | ivan.petrov@mail.ru
Ivan.Petrov@Mail.RU | ivan.petrov@mail.ru
почта ivan.petrov@mail.ru, пишите туда | ivan.petrov@mail.ru
анна нижнее подчёркивание смирнова собака яндекс точка ру | anna_smirnova@yandex.ru
анна подчёркивание смирнова собака яндекс точка ру | anna_smirnova@yandex.ru
анна тире смирнова собака яндекс точка ру | anna-smirnova@yandex.ru
анна дефис смирнова собачка яндекс точка ру | anna-smirnova@yandex.ru
анна восемьдесят пять собака яндекс точка ру | anna85@yandex.ru
анна один девять восемь пять собака яндекс точка ру | anna1985@yandex.ru
anna1985 собака жмейл точка ком | anna1985@gmail.com
анна собака джимейл точка ком | anna@gmail.com
анна собака гмейл ком | anna@gmail.com
анна собака мейл ру | anna@mail.ru
инфо собака ромашка точка ру | info@romashka.ru
сейлс собака ромашка тире плюс точка ру | sales@romashka-plus.ru
эй би си собака мейл точка ру | abc@mail.ru
a b c собака мейл точка ру | abc@mail.ru
ви эс собака бк точка ру | vs@bk.ru
анна собака инбокс точка ру | anna@inbox.ru
анна собака рамблер точка ру | anna@rambler.ru
анна эт яндекс точка ру | anna@yandex.ru
анна смирнова слитно собака яндекс точка ру | annasmirnova@yandex.ru
анна смирнова собака яндекс точка ру | ? annasmirnova@yandex.ru, anna.smirnova@yandex.ru
хорошо иван точка петров собака мейл точка ру | ivan.petrov@mail.ru
мой имейл анна собака почта точка рф | anna@pochta.рф
иван точка петров собака мейл | ! incomplete_email
иван точка петров собака | ! incomplete_email
у меня есть собака | -
собака болеет | -
моя собака точка | -
нет почты | -
не скажу | -
да | -
иван петров | -
мейл точка ру | -
восемь девятьсот двадцать шесть сто двадцать три сорок пять шестьдесят семь | -
завтра в пять | -
"""

ENGLISH = """
john dot smith at gmail dot com | john.smith@gmail.com
my email is john dot smith at gmail dot com | john.smith@gmail.com
it's john dot smith at gmail dot com thanks | john.smith@gmail.com
John Dot Smith At Gmail Dot Com | john.smith@gmail.com
john.smith@gmail.com | john.smith@gmail.com
John.Smith@Gmail.com | john.smith@gmail.com
john.smith at gmail.com | john.smith@gmail.com
you can write to john.smith@gmail.com anytime | john.smith@gmail.com
john underscore smith at yahoo dot com | john_smith@yahoo.com
john dash smith at outlook dot com | john-smith@outlook.com
john hyphen smith at outlook dot com | john-smith@outlook.com
john eighty five at gmail dot com | john85@gmail.com
john one nine eight five at gmail dot com | john1985@gmail.com
john smith all one word at gmail dot com | johnsmith@gmail.com
john smith as one word at gmail dot com | johnsmith@gmail.com
j o h n at gmail dot com | john@gmail.com
j dot smith at company dot co dot uk | j.smith@company.co.uk
info at acme dot org | info@acme.org
sales at big dash company dot com | sales@big-company.com
john plus shop at gmail dot com | john+shop@gmail.com
john at gmail com | john@gmail.com
john period smith at gmail dot com | john.smith@gmail.com
john dot smith at icloud dot com please | john.smith@icloud.com
well it is mary at hotmail dot com | mary@hotmail.com
mary dot jane dot watson at gmail dot com | mary.jane.watson@gmail.com
support at otklik dot io | support@otklik.io
john smith at gmail dot com | ? johnsmith@gmail.com, john.smith@gmail.com
john dot smith at gmail | -
tomorrow at five | -
at five dot | -
meet me at the office | -
i am at home | -
look at this | -
i live at 25 main street | -
no email | -
yes | -
john smith | -
four one five five five five two six seven one | -
gmail dot com | -
at gmail dot com | -
come at noon dot | -
"""


@pytest.mark.parametrize(("said", "expected"), lines(RUSSIAN))
def test_a_russian_dictation_of_an_address_is_understood(said: str, expected: str) -> None:
    assert understood(hear(said, FieldType.EMAIL, "ru")) == expected


@pytest.mark.parametrize(("said", "expected"), lines(ENGLISH))
def test_an_english_dictation_of_an_address_is_understood(said: str, expected: str) -> None:
    assert understood(hear(said, FieldType.EMAIL, "en")) == expected


def test_an_address_is_unmistakable_even_when_nobody_asked() -> None:
    assert (
        understood(hear("кстати моя почта анна собака мейл точка ру", FieldType.EMAIL, "ru", asked=False))
        == "anna@mail.ru"
    )
    assert understood(hear("email me at john at gmail dot com", FieldType.EMAIL, "en", asked=False)) == "john@gmail.com"
    assert hear("иван точка петров собака", FieldType.EMAIL, "ru", asked=False) is None


def test_an_address_spelled_from_russian_words_is_less_sure_than_a_written_one() -> None:
    spelled = hear("юля собака мейл точка ру", FieldType.EMAIL, "ru")
    written = hear("yulia@mail.ru", FieldType.EMAIL, "ru")
    assert spelled is not None
    assert written is not None
    assert spelled.confidence < written.confidence
