"""How real callers talk: hesitation, politeness, values out of turn, corrections at any moment."""

from __future__ import annotations

import pytest

from app.scenario.compiled import CompiledScenario
from app.scenario.state import Ask, EndReason
from tests.support.conversations import Call, clinic_with, start

pytestmark = pytest.mark.unit

BUDGET_AND_PEOPLE = """\
  budget: {type: number, min: 20000, ask: {ru: "Бюджет?", en: "Budget?"}}
  people: {type: number, min: 1, max: 8, ask: {ru: "Сколько вас?", en: "How many?"}}
  comment: {type"""
TO_THE_READ_BACK = ("Запишите на чистку завтра в десять утра, меня зовут Мария", "да", "нет")


def at_read_back(scenario: CompiledScenario) -> Call:
    call = start(scenario, phone="+79261234567").says(*TO_THE_READ_BACK)
    assert call.last.startswith("Записываю: Мария")
    return call


@pytest.mark.parametrize(
    ("said", "reply"),
    [
        ("ну ээ здравствуйте", "Здравствуйте! На какую услугу?"),
        ("hello", "Здравствуйте! На какую услугу?"),
        ("спасибо", "Пожалуйста. На какую услугу?"),
        ("а можно вопрос?", "Да, слушаю вас."),
        ("ой сейчас, минутку", "Хорошо, жду."),
        ("так, я вернулась", "Хорошо. На какую услугу?"),
        ("что?", "Повторяю. На какую услугу?"),
        ("не поняла", "Повторяю. На какую услугу?"),
        ("а какие есть?", "Что нужно: чистка или лечение?"),
    ],
)
def test_politeness_is_returned_and_is_no_miss(call: Call, said: str, reply: str) -> None:
    call.says("запишите меня", said)
    assert call.state.misses == 0
    assert call.last.replace("Понятно.", "Хорошо.") == reply
    call.says("чистка")
    assert call.fields["service"] == "чистка"


def test_a_thank_you_in_the_middle_is_no_goodbye() -> None:
    scenario = clinic_with(
        ("  human: {", "  bye: {examples: {ru: [спасибо], en: [thanks]}}\n  human: {"),
        ('  - {to: info, when: intent == "hours"}', '  - {to: bye, when: intent == "bye"}'),
    )
    call = start(scenario, phone="+79261234567").says("Запишите на чистку", "спасибо")
    assert call.asks_for == "date"
    call.says("завтра", "в десять утра", "Мария", "да, спасибо")
    assert call.asks_for == "comment"
    assert start(scenario).says("спасибо").state.stage == "bye"


def test_a_bare_yes_after_are_you_there_answers_that_and_nothing_else(clinic: CompiledScenario) -> None:
    for said in ("да", "да, я тут", "да-да, слушаю"):
        call = at_read_back(clinic).is_silent().says(said)
        assert call.state.ended is None
        assert call.last.startswith("Хорошо. Записываю")
    assert call.says("да, верно").state.ended is EndReason.END


def test_days_and_hours_are_said_in_their_case(call: Call) -> None:
    call.says("запишите на чистку", "на двадцать седьмое")
    assert call.last == "Хорошо, на двадцать седьмое ноября. В какое время?"
    call.says("в девять вечера")
    assert call.last == "В это время не получится, только с восьми часов до двадцати часов. В какое время?"
    call.says("в шесть вечера")
    assert call.last.startswith("Хорошо, в ")
    call.says("ой, не двадцать седьмое, а двадцать восьмое")
    assert call.last.startswith("Хорошо, тогда на двадцать восьмое ноября.")


def test_a_part_of_the_day_is_heard_and_the_hour_asked_for(call: Call) -> None:
    call.says("запишите на чистку завтра", "ну ближе к вечеру")
    assert (call.last, call.state.misses) == ("Уточните, пожалуйста. В какое время?", 0)


def test_answers_come_in_the_order_of_the_questions() -> None:
    scenario = clinic_with(
        (
            "  human: {",
            "  place: {keywords: {ru: [где], en: [where]}, answer: {ru: Садовая., en: Sadovaya.}}\n  human: {",
        )
    )
    assert start(scenario).says("сколько стоит и где вы?").last.startswith("Чистка стоит пять тысяч. Садовая.")
    assert start(scenario).says("где вы и сколько стоит?").last.startswith("Садовая. Чистка стоит пять тысяч.")


def test_a_value_of_another_open_field_is_kept(call: Call) -> None:
    call.says("запишите меня", "Мария")
    assert call.fields == {"name": "Мария"}
    assert (call.asks_for, call.state.misses) == ("service", 0)


def test_a_value_for_a_later_stage_is_kept_too() -> None:
    rest = "collect: [service]\n    transitions: [{to: person, when: collected}]\n"
    rest += "  - id: person\n    collect: [time, name]"
    call = start(clinic_with(("collect: [service, date, time, name, phone, comment]", rest)))
    call.says("запишите", "Анна Сергеевна", "в три")
    assert call.fields == {"name": "Анна Сергеевна", "time": "15:00"}
    assert (call.asks_for, call.state.misses) == ("service", 0)


def test_a_number_that_another_field_can_take_goes_there() -> None:
    scenario = clinic_with(
        (
            "  comment: {type",
            BUDGET_AND_PEOPLE,
        ),
        ("collect: [service, date, time, name, phone, comment]", "collect: [budget, people]"),
    )
    call = start(scenario).says("запишите", "нас трое")
    assert call.fields == {"people": "3"}
    assert call.asks_for == "budget"
    assert "Самое меньшее" in start(scenario).says("запишите", "четверо", "десять").last


def test_a_value_said_after_its_fields_name_is_kept() -> None:
    scenario = clinic_with(
        (
            "  comment: {type",
            BUDGET_AND_PEOPLE.replace("{type: number, min: 1,", "{label: жильцы, type: number, min: 1,"),
        ),
        ("comment: {type: text,", "comment: {label: {ru: адрес, en: postcode}, type: text,"),
    )
    call = start(scenario).says("запишите, budget сто тысяч, адрес Садовая 5, завтра")
    assert {"budget": "100000", "comment": "Садовая 5", "date": "2026-11-25"}.items() <= call.fields.items()
    assert start(scenario).says("запишите, а какой у вас адрес").fields == {}


def test_a_number_dictated_in_pieces_is_put_together(clinic: CompiledScenario) -> None:
    call = start(clinic).says("Запишите на чистку завтра в десять утра, меня зовут Мария")
    call.says("восемь девятьсот шестнадцать", "пятьсот пятьдесят пять", "сорок четыре тридцать три")
    assert (call.plan.asks, call.fields["phone"]) == (Ask.CONFIRM, "+79165554433")
    assert call.state.fields["phone"].raw == "сорок четыре тридцать три"
    assert call.state.begun == ""


def test_asking_what_it_is_needed_for_is_not_a_refusal(clinic: CompiledScenario) -> None:
    call = start(clinic, phone="+79261234567").says("Запишите на чистку завтра в десять утра, меня зовут Мария")
    call.says("а зачем вам мой номер?", "для чего телефон?")
    assert (call.plan.asks, call.state.refusals) == (Ask.OFFER, {})
    assert call.last.startswith("Без этого продолжить не получится. Ваш номер")
    assert call.says("ну да").state.fields["phone"].confirmed


def test_a_wish_that_is_being_granted_is_no_miss(call: Call) -> None:
    call.says("запишите меня", "ну я хочу записаться")
    assert call.last == "Хорошо. Что нужно: чистка или лечение?"
    call.says("а запись когда есть?")
    assert "missed" not in call.types()


def test_a_yes_to_any_wishes_is_no_wish(clinic: CompiledScenario) -> None:
    call = start(clinic, phone="+79261234567").says(*TO_THE_READ_BACK[:2], "да")
    assert "comment" not in call.fields
    assert call.last == "Да, слушаю вас."
    assert call.says("окно у кресла").fields["comment"] == "окно у кресла"


@pytest.mark.parametrize(
    ("said", "field", "value"),
    [
        ("в три", "time", "15:00"),
        ("а можно в пятницу?", "date", "2026-11-27"),
        ("всё-таки лечение", "service", "лечение"),
        ("Марина Петрова", "name", "Марина Петрова"),
        ("да, только в пятницу", "date", "2026-11-27"),
    ],
)
def test_another_value_at_the_read_back_is_a_correction(
    clinic: CompiledScenario, said: str, field: str, value: str
) -> None:
    call = at_read_back(clinic).says(said)
    assert call.fields[field] == value
    assert call.last.startswith("Записываю:")
    assert [event.data["field"] for event in call.events if event.type == "field_corrected"] == [field]
    assert call.says("да").state.ended is EndReason.END


def test_a_yes_with_a_day_that_cannot_be_is_no_yes(clinic: CompiledScenario) -> None:
    call = at_read_back(clinic).says("да, только в воскресенье")
    assert (call.state.ended, call.asks_for) == (None, "date")


@pytest.mark.parametrize("said", ["а можно пораньше?", "поменяйте время", "нет, время не то"])
def test_a_field_named_at_the_read_back_is_asked_again(clinic: CompiledScenario, said: str) -> None:
    call = at_read_back(clinic).says(said)
    assert call.asks_for == "time"
    assert call.last.count("?") == 1
    call.says("в три")
    assert call.last.startswith("Записываю:")
    assert call.fields["time"] == "15:00"


def test_a_correction_during_another_question_leaves_that_question_open(clinic: CompiledScenario) -> None:
    call = start(clinic, phone="+79261234567").says(TO_THE_READ_BACK[0], "нет, всё-таки в шесть")
    assert (call.fields["time"], call.plan.asks) == ("18:00", Ask.OFFER)
    assert call.last.startswith("Хорошо, тогда в ")
    call.says("время неправильное")
    assert call.asks_for == "time"
    call.says("в пять")
    assert (call.fields["time"], call.plan.asks) == ("17:00", Ask.OFFER)
    call.says("номер тот же")
    assert call.state.fields["phone"].confirmed


def test_a_question_about_something_else_changes_nothing(clinic: CompiledScenario) -> None:
    call = start(clinic).says("запишите на лечение", "а сколько стоит чистка?")
    assert call.fields == {"service": "лечение"}
    call = at_read_back(clinic).says("а лечение сколько стоит?")
    assert call.fields["service"] == "чистка"
    assert call.last.startswith("Чистка стоит пять тысяч. Записываю:")


def test_a_caller_who_does_not_know_what_is_wrong_hears_it_again(clinic: CompiledScenario) -> None:
    assert at_read_back(clinic).says("нет", "ну не знаю").last.startswith("Записываю:")


def test_all_that_is_named_as_wrong_is_asked_again(clinic: CompiledScenario) -> None:
    call = at_read_back(clinic).says("нет", "день и время")
    assert call.asks_for == "date"
    call.says("в пятницу")
    assert call.asks_for == "time"
    assert call.says("в пять").last.startswith("Записываю: Мария, чистка, двадцать седьмого ноября в ")


def test_a_number_is_accepted_as_ones_own_but_not_when_denied(clinic: CompiledScenario) -> None:
    offered = start(clinic, phone="+79261234567").says(TO_THE_READ_BACK[0])
    state = offered.state
    assert offered.engine.process_turn(state, "это мой номер", offered.at).state.fields["phone"].confirmed
    assert "phone" not in offered.engine.process_turn(state, "это не мой номер", offered.at).state.fields


def test_two_options_named_early_are_asked_about_when_it_is_their_turn(call: Call) -> None:
    call.says("мне чистка и лечение")
    assert (call.last, call.state.misses) == ("Записать вас?", 0)
    assert call.says("да").last == "Уточните: чистка или лечение?"


def test_what_fits_one_field_answers_what_to_change(clinic: CompiledScenario) -> None:
    call = at_read_back(clinic).says("нет", "Марина Петрова")
    assert call.last.startswith("Записываю: Марина Петрова")
    call = at_read_back(clinic).says("нет", "четыре")
    assert call.last == "Что именно: день или время?"
    assert call.says("время").asks_for == "time"


def test_free_text_that_resembles_the_old_one_replaces_it(clinic: CompiledScenario) -> None:
    call = start(clinic, phone="+79261234567").says(*TO_THE_READ_BACK[:2], "кабинет на первом этаже", "нет")
    call.says("бла бла")
    assert call.fields["comment"] == "кабинет на первом этаже"
    call.says("кабинет на втором этаже")
    assert call.fields["comment"] == "кабинет на втором этаже"
    assert call.last.startswith("Записываю:")


def test_doubt_is_asked_about_in_other_words_the_second_time(clinic: CompiledScenario) -> None:
    call = start(clinic).says("Запишите на чистку завтра", "в восемь", "в восемь")
    assert call.said[-2:] == ["В восемь утра или вечера?", "Уточните, пожалуйста: утра или вечера?"]
    assert call.says("вечера").fields["time"] == "20:00"


@pytest.mark.parametrize("said", ["не пользуюсь почтой", "Я почтой не пользуюсь.", "не пользуюсь электронной почтой"])
def test_having_no_mail_is_a_refusal(said: str) -> None:
    mail = '  email: {type: email, required: false, ask: {ru: "Ваша почта?", en: "Your e-mail?"}}\n  comment: {type'
    scenario = clinic_with(("  comment: {type", mail), ("name, phone, comment]", "name, phone, email, comment]"))
    call = start(scenario, phone="+79261234567").says(*TO_THE_READ_BACK[:2])
    assert call.asks_for == "email"
    call.says(said)
    assert (call.state.fields["email"].status, call.asks_for) == ("refused", "comment")


def test_at_one_is_a_time_where_a_time_is_asked_for(clinic: CompiledScenario) -> None:
    call = start(clinic).says("Запишите на чистку завтра")
    assert call.asks_for == "time"
    assert call.says("на час").fields["time"] == "13:00"
    assert "time" not in start(clinic).says("Запишите на чистку завтра на час").fields


def test_a_caller_who_begins_in_another_language_is_answered_in_it(clinic: CompiledScenario) -> None:
    call = start(clinic).says("Hello")
    assert (call.plan.language, call.last) == ("en", "Hello! Shall I book you?")
    assert start(clinic).says("запишите меня", "hello").plan.language == "ru"
