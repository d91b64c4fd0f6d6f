"""The caller's language: kept through short words, changed by a clear sentence."""

from __future__ import annotations

import pytest

from app.scenario.language_detector import detect
from tests.unit.scenario.hearing import lines

pytestmark = pytest.mark.unit

BOT = ["ru", "en"]

STAYS_RUSSIAN = """
{{ agent.phone }} | ru
<script>alert(1)</script> | ru
ok | ru
okay | ru
yes | ru
no | ru
hello | ru
bye | ru
sorry | ru
e-mail | ru
wi-fi | ru
gmail com | ru
iPhone 15 pro max | ru
Samsung Galaxy | ru
WhatsApp | ru
John Smith | ru
anna | ru
tomorrow | ru
ivan.petrov@mail.ru | ru
8 926 123 45 67 | ru
у меня iphone сломался | ru
мой email anna собака gmail com | ru
да | ru
алло | ru
ок | ru
здравствуйте, я хочу записаться | ru
ich möchte einen Termin | ru
je voudrais un rendez-vous | ru
quiero una cita por favor | ru
Ich bin die Anna und will an die Bar so | ru
привіт, я хочу записатися на завтра | ru
zdravstvuyte menya zovut anna | ru
你好 | ru
👍 | ru
...  | ru
"""

STAYS_ENGLISH = """
ok | en
yes | en
да | en
алло | en
нет | en
завтра | en
Анна | en
Москва | en
Тверская | en
i would like to book an appointment | en
my address is Tverskaya | en
привіт, я хочу записатися | en
искам да запиша час за утре | en
"""

BECOMES_ENGLISH = """
are pets allowed? | en
ok, two-room flat then | en
ninety thousand a month | en
hello, do you speak english | en
i would like to book an appointment | en
english please | en
можно на английском | en
what is the price | en
how much is it | en
my name is Ivan | en
tomorrow at five please | en
can i come on friday | en
nine one six five five five | en
yes that's right | en
I need to speak with a manager about my order | en
Sorry, I don't understand you | en
"""

BECOMES_RUSSIAN = """
здравствуйте я хочу записаться | ru
можно по-русски | ru
russian please | ru
сколько стоит доставка | ru
меня зовут джон | ru
я не говорю по английски | ru
а можно завтра в пять | ru
вы меня понимаете | ru
где мой заказ | ru
"""


@pytest.mark.parametrize(("said", "expected"), lines(STAYS_RUSSIAN) + lines(BECOMES_ENGLISH))
def test_a_russian_call_changes_only_for_a_clear_english_sentence(said: str, expected: str) -> None:
    assert detect(said, BOT, "ru")[0] == expected


@pytest.mark.parametrize(("said", "expected"), lines(STAYS_ENGLISH) + lines(BECOMES_RUSSIAN))
def test_an_english_call_changes_only_for_a_clear_russian_sentence(said: str, expected: str) -> None:
    assert detect(said, BOT, "en")[0] == expected


@pytest.mark.parametrize(
    ("said", "expected"), [("здравствуйте", "ru"), ("i want to order", "en"), ("", "ru"), ("ok", "ru"), ("hm", "ru")]
)
def test_a_call_begins_in_what_is_heard_or_in_the_bot_s_first_language(said: str, expected: str) -> None:
    assert detect(said, BOT, None)[0] == expected


def test_a_bot_of_one_language_stays_in_it() -> None:
    assert detect("hello, do you speak english", ["ru"], "ru") == ("ru", 1.0)
    assert detect("hello, do you speak english", ["ru"], None) == ("ru", 1.0)


def test_a_language_that_the_bot_does_not_speak_is_no_current_one() -> None:
    assert detect("", BOT, "de")[0] == "ru"


def test_confidence_grows_with_evidence() -> None:
    assert detect("здравствуйте, я хочу записаться на приём", BOT, "ru")[1] > detect("ok", BOT, "ru")[1]


def test_a_bot_has_a_language() -> None:
    with pytest.raises(ValueError, match="language"):
        detect("ok", [], None)
