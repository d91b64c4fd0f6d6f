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
    assert (call.outcome.code, quotes(call.outcome)) == ("LEAD", ["чистку", "послезавтра"])


def test_the_summary_says_what_was_asked_and_agreed(clinic: CompiledScenario) -> None:
    call = start(clinic, phone="+79261234567").says(*BOOKING)
    text = summarise(clinic, call.state, call.events, "ru")
    assert text == (
        "Звонящий: «Запишите на чистку послезавтра в шесть вечера». Договорились: услуга: чистка, "
        "день: 26 ноября, время: 18:00, имя: Марина Соколова, телефон: +79261234567. "
        "Не назвал: ответ. Разговор завершён."
    )
    english = summarise(clinic, call.state, call.events, "en")
    assert "Agreed: service: cleaning" in english
    assert "day: 26 November, time: 18:00" in english


def test_the_summary_tells_questions_without_an_answer(call: Call) -> None:
    call.says("а парковка у вас есть?").hangs_up()
    text = summarise(call.engine.scenario, call.state, call.events)
    assert "Без ответа: а парковка у вас есть." in text
    assert "Звонящий повесил трубку." in text


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
