"""Sentences are found as they arrive; abbreviations, initials, numbers and lists end none."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.scenario.config_loader import load
from app.voice.speech.fixed import fixed_sentences
from app.voice.speech.sentences import Splitter, split
from tests.support.talks import SCENARIO

EXAMPLES = Path(__file__).resolve().parents[3] / "examples"


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("Да. Нет! Что? Так…", ["Да.", "Нет!", "Что?", "Так…"]),
        ("Мы на ул. Ленина, д. 5. Ждём вас!", ["Мы на ул. Ленина, д. 5.", "Ждём вас!"]),
        ("Это г. Тула, просп. Ленина, кв. 7.", ["Это г. Тула, просп. Ленина, кв. 7."]),
        ("Полисы, паспорт и т.д. Приходите.", ["Полисы, паспорт и т.д.", "Приходите."]),
        ("С собой паспорт и т. д. и деньги.", ["С собой паспорт и т. д. и деньги."]),
        ("Пять тыс. 300 руб. за всё. Верно?", ["Пять тыс. 300 руб. за всё.", "Верно?"]),
        ("Доктор А. С. Петров ждёт. До встречи.", ["Доктор А. С. Петров ждёт.", "До встречи."]),
        ("Приём в 10.30. Сайт klinika.ru. Всё?", ["Приём в 10.30.", "Сайт klinika.ru.", "Всё?"]),
        ("1. Первое. 2. Второе.", ["1. Первое.", "2. Второе."]),
        (
            "Dr. Smith is in at 9 a.m. on St. John's Ave. today. OK?",
            ["Dr. Smith is in at 9 a.m. on St. John's Ave. today.", "OK?"],
        ),
        ("It is 9 a.m. Come in.", ["It is 9 a.m.", "Come in."]),
        ('Say "skip it." Then go.', ['Say "skip it."', "Then go."]),
        ("Ну... может быть. Да... Нет.", ["Ну... может быть.", "Да...", "Нет."]),
        ("Без точки\nи строка", ["Без точки", "и строка"]),
        ("  Много   пробелов. — … 🙂 ", ["Много пробелов."]),
        ("", []),
    ],
)
def test_a_text_is_split_into_what_is_spoken_in_one_breath(text: str, sentences: list[str]) -> None:
    assert split(text) == sentences
    splitter = Splitter()
    assert [*(one for letter in text for one in splitter.push(letter)), *splitter.end()] == sentences


def test_a_sentence_is_given_as_soon_as_the_next_one_begins() -> None:
    splitter = Splitter()
    assert splitter.push("Хорошо.") == []
    assert splitter.push(" К") == ["Хорошо."]
    assert splitter.push("ак вас зовут?") == []
    assert splitter.end() == ["Как вас зовут?"]


def test_what_is_fixed_are_the_sentences_of_a_scenario_without_values() -> None:
    (sentences,) = fixed_sentences(load(SCENARIO, "x.yaml")).values()
    assert sentences[:3] == ("Мастерская, здравствуйте.", "Что чиним?", "Как вас зовут?")
    assert {"Хорошо.", "Вы на линии?", "Соединяю.", "Извините, произошёл сбой."} <= set(sentences)
    assert not [one for one in sentences if "{" in one or "\ufffc" in one]


def test_a_sentence_beside_one_with_a_value_is_fixed_and_the_bots_name_and_options_are_no_values() -> None:
    source = (EXAMPLES / "dental.yaml").read_text(encoding="utf-8").replace("зовут Анна", "зовут {{ agent.name }}")
    fixed = fixed_sentences(load(source, "dental.yaml"))
    assert fixed["ru"][0] == "Клиника «Улыбка», меня зовут Анна, я голосовой помощник."
    assert "Что нужно сделать: чистка, отбеливание, лечение, удаление или консультация?" in fixed["ru"]
    assert "Which one is it: cleaning, whitening, treatment, extraction or check-up?" in fixed["en"]
    assert "Верно?" in fixed["ru"], "it follows what is read back"
