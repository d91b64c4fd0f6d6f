"""Yes, no, neither, and the refusal to answer."""

from __future__ import annotations

import pytest

from app.scenario.field_extractor import FieldType, answer, refusal
from tests.unit.scenario.hearing import hear, lines, understood

pytestmark = pytest.mark.unit

RUSSIAN = """
всё отлично | yes
идеально | yes
нет конечно | no
никого | no
Хочу заказать две пиццы и одну колу | -
Можно прийти в субботу? | -
ой а можно на четыре | -
хочу узнать цену | -
давайте в пятницу | -
да | yes
Да. | yes
ага | yes
угу | yes
да-да-да | yes
ну да | yes
да, конечно | yes
конечно | yes
верно | yes
всё верно | yes
да, всё верно | yes
всё правильно | yes
так точно | yes
именно так | yes
точно | yes
совершенно верно | yes
абсолютно | yes
хорошо | yes
ладно | yes
окей | yes
давайте | yes
подходит | yes
меня устраивает | yes
согласна | yes
не против | yes
не возражаю | yes
почему бы и нет | yes
без проблем | yes
нет проблем | yes
так и есть | yes
думаю да | yes
наверное да | yes
да, запишите на завтра | yes
можно | yes
нет | no
Нет! | no
неа | no
не-а | no
не | no
не, не так | no
нет, не так | no
не так | no
не совсем | no
не верно | no
неверно | no
неправильно | no
это неправильно | no
не подходит | no
нет, не подходит | no
мне не подходит | no
мне это не подходит | no
ни в коем случае | no
никак нет | no
конечно нет | no
да нет, не надо | no
не надо | no
не нужно | no
не хочу | no
вы ошиблись | no
нет, не в пять, а в шесть | no
нет спасибо | no
думаю нет | no
не согласен | no
нет, телефон другой | no
нет, неверно | no
да нет наверное | -
да нет | -
и да и нет | -
не знаю | -
не уверен | -
может быть | -
возможно | -
наверное | -
не понял | -
не слышу | -
повторите | -
что | -
алло | -
нет, всё верно | -
да, но время другое | -
всё верно, кроме телефона | -
верно, но время другое | -
да, только имя неправильно | -
а можно другой | -
не особо | no
а сколько это стоит | -
меня зовут Анна | -
завтра в шесть | -
хорошо, а сколько стоит | -
мне верно сказали по телефону что у вас можно оплатить картой и парковка рядом | -
"""

ENGLISH = """
all good | yes
spot on | yes
none | no
Hello, I would like to make an appointment with the dentist. | -
Please call me back tomorrow after lunch | -
could we make it four | -
yes | yes
Yes. | yes
yeah | yes
yep | yes
yup | yes
uh huh | yes
sure | yes
of course | yes
absolutely | yes
right | yes
that's right | yes
that is correct | yes
correct | yes
exactly | yes
yes please | yes
yes, that's right | yes
sounds good | yes
that works | yes
works for me | yes
okay | yes
ok | yes
fine | yes
i think so | yes
why not | yes
no problem | yes
go ahead | yes
all good | yes
everything is correct | yes
well yes | yes
that's fine | yes
i agree | yes
you got it | yes
please do | yes
no | no
No! | no
nope | no
nah | no
no way | no
not really | no
not quite | no
no, not quite | no
that's wrong | no
that's not right | no
that is not correct | no
that's incorrect | no
wrong | no
incorrect | no
it's not right | no
it isn't | no
no thanks | no
no thank you | no
absolutely not | no
definitely not | no
i don't think so | no
i don't want it | no
never | no
not at all | no
no, make it six | no
no that's wrong | no
you got that wrong | no
i'd rather not | no
maybe | -
i don't know | -
not sure | -
yes and no | -
perhaps | -
what | -
is that right | -
yes but the time is wrong | -
all correct except the phone | -
yes, except the time | -
yes, only the date is wrong | -
how much is it | -
my name is John | -
tomorrow at six | -
hello | -
right now i am at work and cannot talk about it for very long | -
"""

REFUSALS = """
ru | можно без почты | refuses
ru | нет почты | refuses
ru | почтой не пользуюсь | refuses
ru | без комментариев | refuses
en | no e-mail | refuses
en | i don't have an email | refuses
ru | не скажу | refuses
ru | не хочу говорить | refuses
ru | я не хочу называть свой номер | refuses
ru | неважно | refuses
ru | это не важно | refuses
ru | не буду отвечать | refuses
ru | давайте пропустим | refuses
ru | без разницы | refuses
ru | предпочту не говорить | refuses
ru | зачем вам мой телефон | refuses
ru | это личное | refuses
ru | не дам | refuses
ru | скажу | gives
ru | не знаю | gives
ru | меня зовут Анна | gives
ru | нет | gives
ru | важно чтобы утром | gives
ru | не раньше пяти | gives
en | i'd rather not say | refuses
en | rather not say | refuses
en | i prefer not to say | refuses
en | i don't want to say | refuses
en | i won't tell you | refuses
en | none of your business | refuses
en | it doesn't matter | refuses
en | skip it | refuses
en | never mind | refuses
en | why do you need my phone | refuses
en | no | gives
en | i don't know | gives
en | my name is John | gives
en | i don't want to wait | gives
en | it matters | gives
en | tomorrow | gives
"""


@pytest.mark.parametrize(("said", "expected"), lines(RUSSIAN))
def test_russian_agreement_and_denial_are_told_apart(said: str, expected: str) -> None:
    assert (answer(said, "ru") or "-") == expected


@pytest.mark.parametrize(("said", "expected"), lines(ENGLISH))
def test_english_agreement_and_denial_are_told_apart(said: str, expected: str) -> None:
    assert (answer(said, "en") or "-") == expected


@pytest.mark.parametrize("row", REFUSALS.strip().splitlines())
def test_a_refusal_is_heard_and_nothing_else_is_taken_for_one(row: str) -> None:
    lang, said, expected = (part.strip() for part in row.split("|"))
    assert refusal(said, lang) == (expected == "refuses")


def test_a_yes_no_field_takes_the_words_of_the_answer() -> None:
    found = hear("ну да, конечно, меня зовут Анна", FieldType.YES_NO, "ru")
    assert understood(found) == "yes"
    assert found is not None
    assert found.raw == "да"
    assert hear("да", FieldType.YES_NO, "ru", asked=False) is None


def test_a_text_field_takes_all_that_was_said_unless_it_is_a_refusal() -> None:
    assert understood(hear("  позвоните за час, код 15  ", FieldType.TEXT, "ru")) == "позвоните за час, код 15"
    assert hear("не скажу", FieldType.TEXT, "ru") is None
    assert hear(" ... ", FieldType.TEXT, "ru") is None
    assert hear("позвоните за час", FieldType.TEXT, "ru", asked=False) is None
