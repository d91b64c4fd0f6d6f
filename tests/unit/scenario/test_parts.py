"""Intents, conditions and templates, each alone."""

from __future__ import annotations

import pytest

from app.scenario.conditions import ConditionInvalid, Conditions
from app.scenario.intents import IntentMatcher
from app.scenario.templates import TemplateError, Variable, parse
from app.scenario.values import FieldType

pytestmark = pytest.mark.unit

MATCHER = IntentMatcher(
    {
        "book": ["запис*", "приём", "appointment"],
        "price": ["стоит", "сколько стоит", "цен*"],
        "human": ["оператор*", "живой человек"],
    },
    {
        "book": ["хочу попасть к врачу", "есть ли свободное время на неделе"],
        "cancel": ["не смогу прийти на приём, отмените визит", "I need to cancel my visit"],
    },
)


@pytest.mark.parametrize(
    ("said", "intent"),
    [
        ("запишите меня", None),  # another root: the prefix is запис
        ("хотел бы записаться", "book"),
        ("ЗАПИСЬ НУЖНА", "book"),
        ("а сколько это стоит", "price"),
        ("сколько стоит приём", "price"),
        ("мне нужен живой человек", "human"),
        ("позовите живого человека", "human"),
        ("хочу попасть к вашему врачу", "book"),
        ("мне надо отменить визит, не смогу прийти", "cancel"),
        ("I have to cancel my visit today", "cancel"),
        ("сто рублей", None),
        ("хочу есть", None),
        ("добрый день", None),
        ("", None),
        ("🙂 … 123", None),
    ],
)
def test_an_intent_is_found_or_there_is_none(said: str, intent: str | None) -> None:
    found = MATCHER.match(said)
    assert (found.name if found else None) == intent
    assert found is None or found.quote in said


def test_two_intents_in_one_breath_are_both_found() -> None:
    assert {match.name for match in MATCHER.match_all("запись есть? и сколько стоит")} == {"book", "price"}


def conditions() -> Conditions:
    fields = {"guests": FieldType.NUMBER, "city": FieldType.TEXT}
    return Conditions(fields, ["start", "done"], ["book"], ["ru", "en"])


VALUES = {
    "intent": "book",
    "answer": "",
    "collected": False,
    "refused": ["city"],
    "stage": "start",
    "turn": 3,
    "turns_in_stage": 1,
    "attempts": 0,
    "language": "ru",
    "silence": 0,
    "caller_phone": "",
    "caller_channel": "text",
    "answered_questions": 0,
    "visited_stages": ["start"],
    "since_start": 12,
    "has_fields_guests_": True,
    "fields_guests": 4.0,
    "has_fields_city_": False,
}


@pytest.mark.parametrize(
    ("source", "holds"),
    [
        ('intent == "book" && turn > 2', True),
        ("fields.guests > 3", True),
        ("4 <= fields.guests", True),
        ("fields.guests == 5", False),
        ('fields.city == "Москва"', False),
        ('fields.city != "Москва"', False),
        ('!(fields.city == "Москва")', False),
        ("has(fields.city)", False),
        ('has( fields . guests ) && visited( "start" )', True),
        ('!visited("done")', True),
        ('"city" in refused', True),
        ('caller.phone == "" && caller.channel == "text"', True),
        ('intent in ["book", ""]', True),
        ("turn / 0 == 1", False),
    ],
)
def test_a_condition_holds_or_not_and_never_fails(source: str, holds: bool) -> None:
    own = conditions()
    assert own.compile(source).holds(own.activation(VALUES)) is holds


@pytest.mark.parametrize(
    ("source", "code", "offset"),
    [
        ('turn > 1 && intnt == "book"', "condition_name", 12),
        ("has(fields.town) && turn > 1", "unknown_field", 0),
        ('visited("dome")', "unknown_stage", 8),
        ("visited(stage)", "condition_visited", 0),
        ('fields.guests > 3 && turn == "3"', "condition_types", 26),
        ("visited_stages.size() > 1", "condition_name", 0),
        ("fields_guests > 1.0", "condition_name", 0),
        ('caller.name == "x"', "condition_name", 0),
        ("", "condition_syntax", 0),
    ],
)
def test_a_wrong_condition_says_where(source: str, code: str, offset: int) -> None:
    with pytest.raises(ConditionInvalid) as raised:
        conditions().compile(source)
    assert [(error.code, error.offset) for error in raised.value.errors][:1] == [(code, offset)]


def test_a_sentence_whose_value_is_missing_is_left_out() -> None:
    template = parse("Здравствуйте, {{ name }}! Ждём {{ date | raw }} в клинике. До встречи.", {"name", "date"})
    values = {"date": "2026-11-26"}
    assert template.render(lambda variable: values.get(variable.name)) == "Ждём 2026-11-26 в клинике. До встречи."
    assert template.variables == (Variable("name"), Variable("date", "raw"))


def test_a_value_is_put_in_as_it_is() -> None:
    hostile = "{{ date }} {% x %} \\1 <b>"
    assert parse("Это {{ name }}?", {"name"}).render(lambda _: hostile) == f"Это {hostile}?"


@pytest.mark.parametrize(
    "text", ["{{ }}", "{{ a b }}", "{{ name", "name }}", "{{ name() }}", "{{ name | upper }}", "{{ x }}"]
)
def test_a_placeholder_that_means_nothing_is_an_error(text: str) -> None:
    with pytest.raises(TemplateError):
        parse(text, {"name"})
