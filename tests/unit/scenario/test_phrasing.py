"""What a language model may make of the scripted words, and what falls back to the script."""

from __future__ import annotations

import pytest

from app.scenario.compiled import CompiledScenario
from app.scenario.phrasing import phrase_problem
from app.scenario.state import Plan
from tests.support.conversations import start

pytestmark = pytest.mark.unit


@pytest.fixture
def read_back(clinic: CompiledScenario) -> Plan:
    call = start(clinic, phone="+79261234567")
    return call.says("Запишите на чистку послезавтра в шесть вечера", "Марина Соколова", "да", "нет").plan


@pytest.fixture
def asks_day(clinic: CompiledScenario) -> Plan:
    return start(clinic).says("Запишите на чистку").plan


def test_the_script_itself_always_passes(read_back: Plan, asks_day: Plan) -> None:
    assert phrase_problem(read_back, read_back.say) is None
    assert phrase_problem(asks_day, asks_day.say) is None


def test_other_words_with_the_same_values_pass(read_back: Plan, asks_day: Plan) -> None:
    said = "Итак, Марина Соколова, чистка двадцать шестого ноября в восемнадцать часов, всё так?"
    assert phrase_problem(read_back, said) is None
    assert phrase_problem(asks_day, "Отлично, чистка! Какой день вам удобен?") is None


@pytest.mark.parametrize(
    ("said", "problem"),
    [
        ("", "empty"),
        ("Какой день? Какое время?", "several_questions"),
        ("Записала вас на чистку.", "no_question"),
        ("Как вас зовут, какое имя записать?", "asks_other"),
        ("Приходите 5 декабря, какой день удобен?", "invented_number"),
        ("Сделаем скидку! На какой день?", "promise"),
        ("Which day would suit you best?", "other_language"),
        ("**На какой день?**", "markup"),
        ("На какой день? " + "Мы очень рады. " * 40, "too_long"),
    ],
)
def test_a_phrasing_that_does_something_else_is_refused(asks_day: Plan, said: str, problem: str) -> None:
    assert phrase_problem(asks_day, said) == problem


def test_a_read_back_may_not_lose_or_change_a_value(read_back: Plan) -> None:
    for said in (
        "Марина, чистка двадцать шестого ноября в восемнадцать часов, всё верно?",
        "Марина Соколова, чистка двадцать седьмого ноября в восемнадцать часов, всё верно?",
        "Всё верно?",
    ):
        assert phrase_problem(read_back, said) == "value_missing"


def test_the_model_is_told_the_rules_and_the_facts_in_the_language_of_the_call(asks_day: Plan) -> None:
    phrase = asks_day.phrase
    assert phrase is not None
    assert phrase.facts == {"service": "чистка"}
    assert phrase.question == "На какой день?"
    assert any("Анна" in rule for rule in phrase.instructions)
    assert any("На какой день?" in rule for rule in phrase.instructions)


def test_a_transfer_is_never_put_into_other_words(clinic: CompiledScenario) -> None:
    plan = start(clinic).says("позовите оператора").plan
    assert plan.phrase is None
    assert phrase_problem(plan, plan.say) is None
    assert phrase_problem(plan, "Сейчас переведу на другой номер.") == "not_to_phrase"
