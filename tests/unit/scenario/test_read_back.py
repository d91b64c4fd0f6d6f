"""What is read back and accepted is confirmed; what was not heard, or changed since, is not."""

from __future__ import annotations

import pytest

from app.scenario.compiled import CompiledScenario
from app.scenario.state import EndReason
from tests.support.conversations import Call, clinic_with, start

pytestmark = pytest.mark.unit

READ_BACK = ["name", "service", "date", "time"]
SAY_THEN_ASK = (
    ("{{ time }}. Всё верно?", "{{ time }}."),
    (
        "\n    transitions:\n      - {to: done,",
        "\n    ask: {ru: Верно?, en: Right?}\n    transitions:\n      - {to: done,",
    ),
)


def at_read_back(scenario: CompiledScenario) -> Call:
    call = start(scenario, phone="+79261234567")
    call.says("Запишите на чистку завтра в десять утра, меня зовут Мария", "да", "нет")
    assert call.last.startswith("Записываю: Мария")
    return call


def confirmed(call: Call) -> list[str]:
    return [name for name, field in call.state.fields.items() if field.confirmed]


def test_a_yes_confirms_every_value_that_was_read_back(clinic: CompiledScenario) -> None:
    call = at_read_back(clinic)
    assert confirmed(call) == ["phone"]
    call.says("да, всё верно")
    assert set(confirmed(call)) == {*READ_BACK, "phone"}
    told = [event for event in call.events if event.type == "field_confirmed"][-1]
    assert told.data == {"fields": READ_BACK, "quote": "да, всё верно"}
    assert len(call.outcome.evidence) <= 5


def test_a_no_confirms_nothing_and_neither_does_hanging_up(clinic: CompiledScenario) -> None:
    assert confirmed(at_read_back(clinic).says("нет")) == ["phone"]
    assert confirmed(at_read_back(clinic).hangs_up()) == ["phone"]


def test_a_value_that_was_not_spoken_is_not_confirmed() -> None:
    unnamed = clinic_with(("Записываю: {{ name }}, {{ service }}, ", "Записываю: Мария, "))
    assert set(confirmed(at_read_back(unnamed).says("да"))) == {"date", "time", "phone"}


def test_values_said_before_the_question_are_read_back_too() -> None:
    scenario = clinic_with(*SAY_THEN_ASK)
    call = at_read_back(scenario)
    assert call.last.endswith(" Верно?")
    call.interrupts("Записываю: Мария").says("да")
    assert call.state.ended is None
    assert call.last.startswith("Записываю: Мария")
    assert set(confirmed(call.says("да"))) == {*READ_BACK, "phone"}


def test_a_correction_after_the_yes_takes_the_confirmation_back() -> None:
    """A stage after the read-back, where the caller may still change something."""
    later = clinic_with(
        ("{to: done, when: answer", "{to: extra, when: answer"),
        ("  - id: done\n", "  - id: extra\n    ask: {ru: 'Что-нибудь ещё?', en: 'Anything else?'}\n  - id: done\n"),
    )
    call = at_read_back(later).says("да")
    assert "time" in confirmed(call)
    call.says("ой, не в десять, а в одиннадцать утра")
    assert call.fields["time"] == "11:00"
    assert set(confirmed(call)) == {"name", "service", "date", "phone"}
    assert call.state.ended is not EndReason.END


@pytest.mark.parametrize("wait", ["погодите", "подождите минутку", "one moment"])
def test_a_yes_after_asking_to_wait_hears_it_again_before_it_counts(clinic: CompiledScenario, wait: str) -> None:
    for call in (at_read_back(clinic), at_read_back(clinic).says("погодите", "да")):
        assert call.says(wait).last == "Хорошо, жду."
        assert call.says("да").last.endswith("Всё верно?")
        assert call.says("да").state.ended is EndReason.END


def test_yes_but_wait_is_no_yes(clinic: CompiledScenario) -> None:
    call = at_read_back(clinic).says("да, погодите")
    assert call.state.ended is None
    assert call.says("да").state.ended is EndReason.END


def test_a_number_is_not_confirmed_by_a_yes_after_asking_to_wait(clinic: CompiledScenario) -> None:
    call = start(clinic).says("Запишите на чистку завтра в десять утра, меня зовут Мария", "8 926 123-45-67")
    call.says("погодите", "да")
    assert confirmed(call) == []
    assert confirmed(call.says("да")) == ["phone"]


@pytest.mark.parametrize("said", ["Да нет, всё верно", "да нет, всё хорошо", "да нет всё правильно, спасибо"])
def test_a_denial_of_doubt_is_a_yes(clinic: CompiledScenario, said: str) -> None:
    assert at_read_back(clinic).says(said).state.ended is EndReason.END


@pytest.mark.parametrize("said", ["Да нет, всё не так", "да нет, неверно", "да нет, всё верно, только время другое"])
def test_a_denial_with_something_wrong_is_none(clinic: CompiledScenario, said: str) -> None:
    assert at_read_back(clinic).says(said).state.ended is None
