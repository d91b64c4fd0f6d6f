"""People's names: asked for, introduced, and what is no name."""

from __future__ import annotations

import pytest

from app.scenario.field_extractor import FieldType
from tests.unit.scenario.hearing import hear, lines, understood

pytestmark = pytest.mark.unit

RUSSIAN = """
Моя фамилия Сидоренко, имя Ольга. | Ольга Сидоренко
фамилия Иванов, зовут Пётр | Пётр Иванов
Иванов Сергей Петрович | Иванов Сергей Петрович
Анна | Анна
анна | Анна
меня зовут анна | Анна
Меня зовут Анна Петрова | Анна Петрова
меня зовут Анной | Анна
меня зовут Анной Петровой | Анна Петрова
анна меня зовут | Анна
Анна Сергеевна | Анна Сергеевна
анна сергеевна петрова | Анна Сергеевна Петрова
Иванов Иван Иванович | Иванов Иван Иванович
моё имя Пётр | Пётр
это Мария | Мария
ну Саша | Саша
да, Саша | Саша
Александр, можно просто Саша | Саша
запишите на Анну Петрову | Анна Петрова
запишите на имя Петра Сидорова | Пётр Сидоров
на имя Ивановой | Иванова
на Марию | Мария
для Ольги | Ольга
зовите меня Костя | Костя
обращайтесь ко мне Лена | Лена
фамилия Смирнов | Смирнов
имя Анна фамилия Петрова | Анна Петрова
Анна-Мария | Анна-Мария
Салтыков-Щедрин | Салтыков-Щедрин
меня зовут Гюльчатай | Гюльчатай
меня зовут Джон Смит | Джон Смит
меня зовут John Smith | John Smith
меня зовут Вера | Вера
Вера | Вера
Любовь Петровна | Любовь Петровна
света | Света
Роман | Роман
Лев Николаевич | Лев Николаевич
меня зовут артём | Артём
алексей здравствуйте | Алексей
здравствуйте, меня зовут Дмитрий, я по поводу записи | Дмитрий
Анна, а у вас есть парковка? | Анна
Иван, нет, Пётр | Пётр
не Иван, а Пётр | Пётр
Магомед Алиев | Магомед Алиев
Айгуль | Айгуль
меня зовут завтра | -
меня зовут не важно | -
да | -
нет | -
алло | -
угу | -
здравствуйте | -
не скажу | -
зачем вам | -
сколько стоит чистка | -
чистка | -
завтра в шесть | -
в пятницу | -
пятого марта | -
оператора | -
кто это | -
как вас зовут | -
это клиника | -
это Москва | -
это по поводу записи | -
не знаю | -
восемь девятьсот двадцать шесть сто двадцать три сорок пять шестьдесят семь | -
иван точка петров собака мейл точка ру | -
"""

ENGLISH = """
surname Okafor first name Tom | Tom Okafor
my last name is Smith, first name John | John Smith
John | John
john | John
john smith | John Smith
My name is John Smith | John Smith
my name is john smith and i want to order | John Smith
my name's John | John
the name is Bond | Bond
name is Sarah Connor | Sarah Connor
i'm John | John
i am Mary | Mary
this is Anna | Anna
this is Anna Karlova calling about my parcel | Anna Karlova
it's Sarah | Sarah
John Smith speaking | John Smith
call me Bob | Bob
you can call me Bob | Bob
yes, it's Emily | Emily
sure, Emily Watson | Emily Watson
under the name of Clark | Clark
for Michael Brown | Michael Brown
first name John last name Smith | John Smith
Mr Smith | Smith
Dr. Emily Watson | Emily Watson
O'Brien | O'Brien
sarah o'brien | Sarah O'Brien
Jean-Luc Picard | Jean-Luc Picard
Zbigniew | Zbigniew
my name is Zbigniew | Zbigniew
my name is april | April
April | April
my name is Nguyen Van Anh | Nguyen Van Anh
ivan petrov | Ivan Petrov
Ronald McDonald | Ronald McDonald
john, no, peter | Peter
not John, Peter | Peter
my name is john and my number is 5 | John
my name is spelled j o h n | John
his name is Tom, i think it is | -
my name is tomorrow | -
i'm looking for a flat | -
i'm fine | -
i'm busy | -
this is about my parcel | -
it's for tomorrow | -
yes | -
no | -
hello | -
okay | -
why do you need it | -
i'd rather not say | -
what is your name | -
how much is the delivery | -
parcel | -
tomorrow at five | -
on friday | -
four one five five five five two six seven one | -
john at gmail dot com | -
speaking | -
"""

IN_PASSING = """
ru | здравствуйте меня зовут Анна хочу записаться | Анна
ru | это Анна Петрова | Анна Петрова
ru | запишите на имя Анны Петровой | Анна Петрова
ru | Анна | -
ru | здравствуйте Анна | -
ru | спасибо, Анна | -
ru | мы с Анной были у вас | -
ru | это важно | -
ru | это Москва | -
ru | меня зовут завтра | -
en | hello my name is john i want to book | John
en | hi this is Anna | Anna
en | hello Anna | -
en | thank you John | -
en | this is important | -
en | i'm late | -
en | i am calling about john's parcel | -
"""


@pytest.mark.parametrize(("said", "expected"), lines(RUSSIAN))
def test_a_russian_name_is_understood(said: str, expected: str) -> None:
    assert understood(hear(said, FieldType.PERSON_NAME, "ru")) == expected


@pytest.mark.parametrize(("said", "expected"), lines(ENGLISH))
def test_an_english_name_is_understood(said: str, expected: str) -> None:
    assert understood(hear(said, FieldType.PERSON_NAME, "en")) == expected


@pytest.mark.parametrize("row", IN_PASSING.strip().splitlines())
def test_a_name_nobody_asked_for_counts_only_when_it_is_introduced(row: str) -> None:
    lang, said, expected = (part.strip() for part in row.split("|"))
    assert understood(hear(said, FieldType.PERSON_NAME, lang, asked=False)) == expected
