"""What is no turn: murmurs, and machines on the line."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from app.scenario.callers import Callers
from app.voice.backchannel import answering_machine, only_backchannel

pytestmark = pytest.mark.unit

EXAMPLES = Path(__file__).parents[3] / "examples"


@pytest.mark.parametrize(
    ("text", "language"),
    [
        *((text, "ru") for text in ("Угу.", "ага", "Да-да.", "так", "мм", "Понятно", "хорошо-хорошо", "ага, понятно")),
        *((text, "en") for text in ("Uh-huh.", "mm-hmm", "Right.", "okay", "yeah, I see", "got it", "Yeah yeah.")),
    ],
)
def test_a_murmur_is_no_turn(text: str, language: str) -> None:
    assert only_backchannel(text, language)


@pytest.mark.parametrize(
    ("text", "language"),
    [
        *(
            (text, "ru")
            for text in ("да", "нет", "", "стоп", "хорошо, а сколько стоит?", "так, подождите", "да, верно")
        ),
        *((text, "en") for text in ("yes", "no", "wait", "right, but not on Friday", "okay stop")),
    ],
)
def test_what_may_be_an_answer_or_a_wish_is_one(text: str, language: str) -> None:
    assert not only_backchannel(text, language)


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Абонент временно недоступен. Перезвоните позднее.", "ru"),
        ("Аппарат абонента выключен или находится вне зоны действия сети.", "ru"),
        ("Оставьте сообщение после сигнала.", "ru"),
        ("Здравствуйте, вас приветствует голосовой помощник. Что передать абоненту?", "ru"),
        ("Набранный вами номер не существует.", "ru"),
        ("Абонент не может ответить на ваш звонок", "ru"),
        ("Ваш звонок очень важен для нас, оставайтесь на линии", "ru"),
        ("Вы позвонили в компанию Ромашка", "ru"),
        ("Please leave a message after the tone.", "en"),
        ("Hi, you've reached John. I can't come to the phone right now.", "en"),
        ("The person you are trying to reach is not available.", "en"),
        ("The number you have dialed is not in service.", "en"),
        ("Your call has been forwarded to an automated voice messaging system.", "en"),
        ("When you have finished recording you may hang up or press one for more options.", "en"),
        ("Your call is important to us, please stay on the line.", "en"),
    ],
)
def test_a_machine_is_told_by_its_words(text: str, language: str) -> None:
    assert answering_machine(text, language)


def _texts(node: object) -> Iterator[str]:
    if isinstance(node, str):
        yield node
    elif isinstance(node, dict):
        for one in node.values():
            yield from _texts(one)
    elif isinstance(node, list):
        for one in node:
            yield from _texts(one)


def test_no_caller_of_the_examples_is_taken_for_a_machine() -> None:
    lines = 0
    for file in EXAMPLES.glob("*.callers.yaml"):
        data = yaml.safe_load(file.read_text(encoding="utf-8"))
        Callers.model_validate(data)
        for caller in data["callers"]:
            for text in _texts([caller.get(key) for key in ("says", "replies", "script")]):
                lines += 1
                assert not answering_machine(text, "ru"), text
                assert not answering_machine(text, "en"), text
    assert lines > 100


@pytest.mark.parametrize(
    "text",
    [
        "Мне пришло сообщение, что заказ у оператора",
        "Соедините меня, пожалуйста, с оператором.",
        "Перезвоните мне после обеда",
        "Я оставлю сообщение для врача",
        "Телефон был выключен, я не слышал",
        "Вы голосовой помощник?",
        "Это автоответчик?",
        "Я не могу сейчас говорить",
        "I can't talk right now, call me after lunch",
        "Am I talking to a machine?",
        "Can I leave a message for the doctor?",
        "I missed your call, my phone was off",
        "Is this the voicemail?",
    ],
)
def test_people_who_speak_of_such_things_are_people(text: str) -> None:
    assert not answering_machine(text, "ru")
    assert not answering_machine(text, "en")
