"""Whether a caller who pauses has finished."""

from __future__ import annotations

from dataclasses import replace

import pytest

from app.scenario.compiled import CompiledScenario
from app.scenario.completeness import completeness
from app.scenario.state import Ask, CallState, FieldState, Pending
from tests.support.conversations import Call, start

pytestmark = pytest.mark.unit

NUMBER = "восемь девятьсот шестнадцать сто двадцать три сорок пять шестьдесят"


@pytest.fixture
def booking(call: Call) -> CallState:
    """A call that is about to be asked for things."""
    return call.says("хочу записаться").state


def asked(state: CallState, field: str, kind: Ask = Ask.VALUE, language: str = "ru") -> CallState:
    return replace(state, pending=Pending(kind, field), language=language)


@pytest.mark.parametrize(
    ("field", "words"),
    [
        ("phone", f"{NUMBER} семь"),
        ("phone", "8 916 123-45-67"),
        ("phone", "не скажу"),
        ("time", "в шесть вечера"),
        ("time", "на десять тридцать"),
        ("time", "в половине шестого"),
        ("time", "восемнадцать ноль ноль"),
        ("time", "в 18:00"),
        ("time", "в десять вечера"),  # whole, though nobody is there
        ("date", "двадцать пятого ноября"),
        ("date", "в следующую пятницу, пожалуйста"),
        ("date", "завтра в шесть вечера"),
        ("date", "в воскресенье"),
        ("date", "послезавтра, если можно"),
        ("name", "Меня зовут Мария Петрова"),
        ("name", "Алексей Иванович Кузнецов"),
        ("service", "на чистку"),
        ("comment", "нет"),
        ("comment", "повторите, пожалуйста"),
    ],
)
def test_a_whole_answer_is_complete(clinic: CompiledScenario, booking: CallState, field: str, words: str) -> None:
    assert completeness(clinic, asked(booking, field), words) == 1.0


@pytest.mark.parametrize(
    ("field", "words"),
    [
        ("phone", "восемь девятьсот шестнадцать сто двадцать"),
        ("phone", "мой номер"),
        ("phone", "плюс семь"),
        ("phone", "восемь"),
        ("time", "нет, не в пять"),
        ("time", "в половине"),
        ("time", "без пятнадцати"),
        ("time", "шесть или"),
        ("date", "двадцать"),
        ("date", "давайте на"),
        ("date", "э-э"),
        ("date", "в пятницу, а"),
        ("name", "меня зовут"),
        ("service", "запишите меня на"),
        ("comment", "болит зуб и"),
    ],
)
def test_one_that_stops_in_the_middle_is_not(
    clinic: CompiledScenario, booking: CallState, field: str, words: str
) -> None:
    assert completeness(clinic, asked(booking, field), words) == 0.0


@pytest.mark.parametrize(
    ("field", "words"),
    [
        ("phone", NUMBER),  # "семь" may follow
        ("time", "в шесть"),  # "тридцать", "вечера"
        ("date", "двадцать пятого"),  # of which month
        ("date", "на следующей неделе"),
        ("name", "Марина"),
        ("name", "Алексей Иванович"),
        ("comment", "болит зуб"),
        ("service", "не знаю"),
        ("date", "в пятницу мы с мужем"),
    ],
)
def test_what_may_be_all_or_not_is_left_to_others(
    clinic: CompiledScenario, booking: CallState, field: str, words: str
) -> None:
    assert completeness(clinic, asked(booking, field), words) is None


@pytest.mark.parametrize(
    ("field", "words", "expected"),
    [
        ("time", "at half past five", 1.0),
        ("time", "six pm please", 1.0),
        ("time", "at half past", 0.0),
        ("time", "not at five", 0.0),
        ("time", "five", None),
        ("date", "March fifteenth", 1.0),
        ("date", "on Friday", 1.0),
        ("date", "the next", 0.0),
        ("date", "the twenty fifth", None),
        ("name", "My name is John Peterson.", 1.0),
        ("name", "my name is", 0.0),
        ("name", "um", 0.0),
        ("service", "I'd like to", 0.0),
    ],
)
def test_english_pauses_too(
    clinic: CompiledScenario, booking: CallState, field: str, words: str, expected: float | None
) -> None:
    assert completeness(clinic, asked(booking, field, language="en"), words) == expected


def test_yes_to_what_was_read_back_is_complete_and_a_no_may_go_on(clinic: CompiledScenario, booking: CallState) -> None:
    known = {"phone": FieldState("set", "+79161234567", "", 1)}
    state = replace(booking, pending=Pending(Ask.CONFIRM, "phone", value="+79161234567"), fields=known)
    assert completeness(clinic, state, "да, верно") == 1.0
    assert completeness(clinic, state, "да, но") == 0.0
    assert completeness(clinic, state, "нет") is None
    assert completeness(clinic, state, "нет, восемь девятьсот") == 0.0
    offered = replace(booking, pending=Pending(Ask.OFFER, "phone", value="+79161234567"))
    assert completeness(clinic, offered, "да, на этот") == 1.0


def test_a_correction_waits_for_what_is_right(clinic: CompiledScenario, booking: CallState) -> None:
    known = {"time": FieldState("set", "17:00", "", 1)}
    state = replace(booking, pending=Pending(Ask.OPEN, must=("в пять",)), fields=known)
    assert completeness(clinic, state, "нет, не в пять") == 0.0
    assert completeness(clinic, state, "нет, не в пять, а") == 0.0
    assert completeness(clinic, state, "всё верно") == 1.0


def test_a_name_for_a_field_answers_what_to_change(clinic: CompiledScenario, booking: CallState) -> None:
    known = {"phone": FieldState("set", "+79161234567", "", 1)}
    state = replace(booking, pending=Pending(Ask.CHANGE), fields=known)
    assert completeness(clinic, state, "мой телефон") is None
    assert completeness(clinic, asked(booking, "phone"), "мой телефон") == 0.0


def test_at_the_beginning_a_greeting_waits_and_a_question_is_complete(clinic: CompiledScenario) -> None:
    state = start(clinic).state
    assert completeness(clinic, state, "здравствуйте") == 0.0
    assert completeness(clinic, state, "сколько стоит") is None
    assert completeness(clinic, state, "сколько стоит чистка?") == 1.0
    assert completeness(clinic, state, "здравствуйте, я хотел бы") == 0.0
    assert completeness(clinic, state, "мой телефон восемь девятьсот шестнадцать") == 0.0
    assert completeness(clinic, state, "у вас красиво") is None


def test_nothing_said_or_nothing_to_decide_is_no_opinion(clinic: CompiledScenario, call: Call) -> None:
    assert completeness(clinic, call.state, " ... ") is None
    assert completeness(clinic, call.hangs_up().state, "да") is None


def test_asking_changes_nothing(clinic: CompiledScenario, booking: CallState) -> None:
    state = asked(booking, "phone")
    before = state.to_json()
    completeness(clinic, state, "восемь девятьсот")
    assert state.to_json() == before
