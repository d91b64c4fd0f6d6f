"""An outcome is proven by the caller's own words; a summary says what was asked and agreed."""

from __future__ import annotations

from dataclasses import replace

import pytest

from app.scenario.compiled import CompiledScenario
from app.scenario.outcome_classifier import Evidence, Outcome, classify, verify
from app.scenario.summary import summarise
from tests.support.conversations import Call, clinic_with, start

pytestmark = pytest.mark.unit

BOOKING = ("Запишите на чистку послезавтра в шесть вечера", "Марина Соколова", "да", "нет", "да, всё верно")


def quotes(outcome: Outcome) -> list[str]:
    return [item.quote for item in outcome.evidence if item.kind == "said"]


def test_a_lead_is_proven_by_the_words_for_its_fields_and_the_final_yes(clinic: CompiledScenario) -> None:
    call = start(clinic, phone="+79261234567").says(*BOOKING)
    outcome = call.outcome
    assert (outcome.code, outcome.rule, outcome.needs_review) == ("LEAD", 'visited("done")', False)
    assert "да, всё верно" in quotes(outcome)
    assert any("чистку" in quote for quote in quotes(outcome))
    for item in outcome.evidence:
        assert call.heard[item.turn][item.start : item.end] == item.quote
        assert any(event.seq == item.event_seq and event.turn == item.turn for event in call.events)


def test_a_corrected_value_is_proven_by_the_words_that_corrected_it(clinic: CompiledScenario) -> None:
    call = start(clinic, phone="+79261234567").says(*BOOKING[:-1], "нет, в семь вечера", "да")
    found = [item for item in call.outcome.evidence if item.about == "field_corrected"]
    assert [item.quote for item in found] == ["в семь вечера"]


def test_rules_are_tried_in_order(clinic: CompiledScenario) -> None:
    assert start(clinic).says("позовите оператора").hangs_up().outcome.code == "TRANSFERRED"
    with_number = start(clinic).says("запишите, мой номер 8 926 123-45-67", "позовите оператора").hangs_up()
    assert with_number.outcome.code == "TRANSFERRED"
    assert start(clinic).says("запишите, мой номер 8 926 123-45-67").hangs_up().outcome.code == "CALLBACK"


def test_a_question_answered_is_proven_by_the_question(clinic: CompiledScenario) -> None:
    outcome = start(clinic).says("сколько стоит чистка?").hangs_up().outcome
    assert (outcome.code, quotes(outcome)) == ("INFO_ONLY", ["сколько стоит"])


def test_an_abandoned_call_points_at_the_last_words_and_the_end(clinic: CompiledScenario) -> None:
    outcome = start(clinic).says("ну это самое").hangs_up().outcome
    assert outcome.code == "ABANDONED"
    assert [(item.kind, item.about) for item in outcome.evidence] == [("said", "missed"), ("event", "ended")]


def test_a_silent_call_has_evidence_too(clinic: CompiledScenario) -> None:
    outcome = start(clinic).is_silent().is_silent().is_silent().outcome
    assert (outcome.code, outcome.needs_review) == ("ABANDONED", False)
    assert outcome.evidence


def test_words_that_nobody_said_mark_the_outcome_for_review(clinic: CompiledScenario) -> None:
    call = start(clinic, phone="+79261234567").says(*BOOKING)
    forged = dict.fromkeys(call.heard, "ничего такого")
    assert classify(clinic, call.state, call.events, forged).needs_review
    assert not verify(Evidence(1, 2, "да", 0, 2), {2: "нет"})
    assert not verify(Evidence(1, 2, "", 0, 0), {2: "нет"})


def test_an_outcome_without_any_event_is_marked_for_review(clinic: CompiledScenario) -> None:
    assert classify(clinic, start(clinic).state, []).needs_review


def test_when_no_rule_holds_the_call_failed_and_wants_a_look() -> None:
    scenario = clinic_with(("  - {code: ABANDONED}\n", ""))
    outcome = start(scenario).hangs_up().outcome
    assert (outcome.code, outcome.needs_review) == ("FAILED", True)


def test_a_condition_on_a_value_that_is_missing_does_not_hold() -> None:
    scenario = clinic_with(('when: visited("done")', 'when: fields.service == "чистка" && fields.date > "2026-11-25"'))
    call = start(scenario).says("запишите на чистку")
    assert call.hangs_up().outcome.code == "ABANDONED"
    call = start(scenario).says("запишите на чистку послезавтра").hangs_up()
    assert (call.outcome.code, quotes(call.outcome)) == ("LEAD", ["чистку послезавтра"])


def test_a_lead_is_proven_in_few_quotes(clinic: CompiledScenario) -> None:
    call = start(clinic, phone="+79261234567").says(
        "здравствуйте", "хочу записаться", "чистка", "завтра", "в десять утра", "Марина", "да", "нет", "верно"
    )
    found = call.outcome.evidence
    assert len(found) <= 5
    assert [item.quote for item in found][:: len(found) - 1] == ["хочу записаться", "верно"]
    assert [item.turn for item in found] == sorted(item.turn for item in found)


def test_quotes_that_nearly_touch_are_one(clinic: CompiledScenario) -> None:
    scenario = clinic_with(('when: visited("done")', "when: has(fields.service) && has(fields.date) && turn > 0"))
    call = start(scenario).says("запишите", "ну давайте чистку, скажем, в пятницу").hangs_up()
    assert quotes(call.outcome) == ["чистку, скажем, в пятницу"]


def test_the_summary_says_what_was_asked_and_agreed() -> None:
    scenario = clinic_with(
        ("  - id: booking\n", '  - id: booking\n    goal: {ru: "Записать на приём.", en: Book a visit.}\n')
    )
    call = start(scenario, phone="+79261234567").says(*BOOKING)
    assert summarise(scenario, call.state, call.events, "ru") == (
        "Марина Соколова просит записать на приём. Договорились: чистка, 26 ноября, 18:00, телефон +7 926 123-45-67."
    )
    assert summarise(scenario, call.state, call.events, "en") == (
        "Марина Соколова asked us to book a visit. Agreed: cleaning, 26 November, 18:00, phone number +7 926 123-45-67."
    )


def test_the_summary_of_a_call_that_broke_off_says_what_is_open(call: Call) -> None:
    call.says("запишите на чистку завтра").hangs_up()
    assert summarise(call.engine.scenario, call.state, call.events) == (
        "Записано: чистка, 25 ноября. Осталось узнать: время, имя, телефон. Звонящий положил трубку."
    )


def test_the_summary_of_questions_says_that_nothing_was_agreed(call: Call) -> None:
    call.says("а сколько стоит?", "а парковка у вас есть?", "нет")
    assert summarise(call.engine.scenario, call.state, call.events) == (
        "Вопросы: сколько стоит. Без ответа: а парковка у вас есть. Ни о чём не договорились."
    )


def test_the_summary_never_repeats_more_than_a_little_of_what_was_said(call: Call) -> None:
    call.says("бла " * 2500).hangs_up()
    assert len(summarise(call.engine.scenario, call.state, call.events)) < 400


def test_classifying_again_later_gives_the_same(clinic: CompiledScenario) -> None:
    call = start(clinic, phone="+79261234567").says(*BOOKING)
    state = type(call.state).from_json(call.state.to_json())
    events = [type(event).from_json(event.to_json()) for event in call.events]
    assert classify(clinic, state, events, call.heard) == call.outcome
    assert Outcome.from_json(call.outcome.to_json()) == call.outcome
    assert replace(call.outcome, code="X") != call.outcome
