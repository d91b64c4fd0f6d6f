"""What is written and how it is spoken: the set of lines, and what no line may break."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from app.scenario.config_loader import load
from app.voice.spoken_text import speakable
from app.voice.spoken_text.samples import samples

pytestmark = pytest.mark.unit
SETS = Path(__file__).resolve().parents[2] / "data" / "spoken_text"


def lines() -> list[tuple[str, str, str]]:
    return [
        (language, written, spoken)
        for language in ("ru", "en")
        for written, spoken in yaml.safe_load((SETS / f"{language}.yaml").read_text(encoding="utf-8")).items()
    ]


def test_the_set_is_large_enough_to_say_something() -> None:
    assert len(lines()) >= 150


@pytest.mark.parametrize(("language", "written", "spoken"), lines())
def test_a_line_is_spoken_as_people_say_it(language: str, written: str, spoken: str) -> None:
    assert speakable(written, language) == spoken


@pytest.mark.parametrize("spoken", [spoken for language, _, spoken in lines() if language == "ru"])
def test_what_is_spoken_is_not_changed_by_writing_it_out_again(spoken: str) -> None:
    assert speakable(spoken, "ru") == spoken


@pytest.mark.parametrize(
    ("text", "spoken"),
    [
        ("Это Отклик, слушаю вас.", "Это О\u0301тклик, слушаю вас."),
        ("ОТКЛИК работает 24/7", "О\u0301тклик работает двадцать четыре на семь"),
        ("Откликнулся 1 человек", "Откликнулся один человек"),
    ],
)
def test_the_company_s_own_pronunciations_win(text: str, spoken: str) -> None:
    assert speakable(text, "ru", {"отклик": "+Отклик"}) == spoken


def test_a_pronunciation_may_replace_a_name_with_digits() -> None:
    assert speakable("Смотрите канал TV1000.", "ru", {"TV1000": "ти ви тысяча"}) == "Смотрите канал ти ви тысяча."


@settings(max_examples=300, deadline=None)
@given(st.text(alphabet="абвг 0123456789.,:-–+()₽%$№@/ЁйQz\u00a0\n'\"", max_size=60), st.sampled_from(["ru", "en"]))
def test_anything_is_spoken_without_digits(text: str, language: str) -> None:
    spoken = speakable(text, language)
    assert not re.search(r"\d", spoken)
    assert spoken == " ".join(spoken.split())


@pytest.mark.parametrize("piece", ["а", "1-", "1 ", "a.", "1.", "+7", "к 1 ", "@a"])
def test_the_work_grows_with_the_text_and_no_faster(piece: str) -> None:
    for language in ("ru", "en"):
        assert speakable(piece * 4_000, language)  # minutes, were it quadratic: the test's own limit ends it


def test_a_bot_s_phrases_are_shown_as_they_are_spoken() -> None:
    dental = Path(__file__).resolve().parents[3] / "examples" / "dental.yaml"
    shown = samples(load(dental.read_text(encoding="utf-8"), "dental.yaml"), {"улыбка": "Ул+ыбка"})
    assert any("Улы\u0301бка" in one.spoken for one in shown)
    assert all(one.spoken != one.written for one in shown)
