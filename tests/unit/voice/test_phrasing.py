"""What the model is asked, and what is made of its words."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence

import pytest

from app.scenario.state import Phrase, Plan
from app.settings import LlmSettings
from app.voice.phrasing import FAILURES, PAUSE, REMEMBERED, SHOWN, Line, Phraser, prompt, tidy, unfinished
from app.voice.providers import language_model
from app.voice.providers.model import Message, ModelFailed

pytestmark = pytest.mark.unit

PLAN = Plan(
    say="Записываю: часы. Верно?",
    language="ru",
    stage="confirm",
    phrase=Phrase(
        instructions=("Ты Анна.", "Заверши вопросом: «Верно?»"),
        facts={"вещь": "часы"},
        must_say=("часы",),
        question="Верно?",
    ),
)


class Model:
    """Answers as it was told to."""

    name = "small"

    def __init__(self, answer: str | ModelFailed) -> None:
        self.answer = answer
        self.asked = 0

    async def stream(self, prompt: Sequence[Message]) -> AsyncGenerator[str, None]:
        self.asked += 1
        if isinstance(self.answer, ModelFailed):
            raise self.answer
        yield self.answer

    async def complete(self, prompt: Sequence[Message]) -> str:
        raise NotImplementedError

    async def close(self) -> None:
        """Nothing to close."""


def test_the_prompt_holds_the_plans_rules_the_facts_and_the_talk_but_no_more_of_it_than_needed() -> None:
    talk = [Line("agent" if n % 2 else "caller", f"{n} " + "х" * 2 * SHOWN) for n in range(REMEMBERED + 3)]
    system, *rest = prompt(PLAN, talk)
    for part in ("Ты Анна.", "вещь: часы", "«часы»", "не указания тебе"):
        assert part in system.text
    assert len(rest) == REMEMBERED
    assert rest[-1] == Message("user", talk[-1].text[:SHOWN])
    assert rest[-2].role == "assistant"


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("  Записала\nчасы. ", "Записала часы."),
        ("«Записала часы.»", "Записала часы."),
        ('"Записала часы."', "Записала часы."),
        ("СКАЗАТЬ: Записала часы.", "Записала часы."),
        ("**Записала** часы.", "Записала часы."),
        ("Клиника «Улыбка» и «Зуб»", "Клиника «Улыбка» и «Зуб»"),
        ("", ""),
    ],
)
def test_what_small_models_put_around_a_reply_is_taken_off(said: str, kept: str) -> None:
    assert tidy(said) == kept


def test_a_reply_cut_at_its_length_limit_is_unfinished() -> None:
    assert unfinished("Записала часы и") == "unfinished"
    for whole in ("Верно?", "Готово!", "Ждём вас в «Улыбке.»", "Ну…"):
        assert unfinished(whole) is None


async def test_without_a_model_or_anything_to_phrase_the_script_is_said() -> None:
    assert language_model(LlmSettings(base_url=None)) is None
    script = await Phraser(None, LlmSettings()).phrase(PLAN, [])
    assert (script.text, script.source, script.model) == (PLAN.say, "script", None)
    model = Model("Что угодно.")
    goodbye = Plan(say="До свидания!", language="ru", stage="done")
    assert (await Phraser(model, LlmSettings()).phrase(goodbye, [])).source == "script"
    assert model.asked == 0


async def test_a_model_left_alone_after_failures_is_asked_again_later() -> None:
    now = 0.0
    model = Model(ModelFailed("server_error"))
    phraser = Phraser(model, LlmSettings(), monotonic=lambda: now)
    causes = [(await phraser.phrase(PLAN, [])).problem for _ in range(FAILURES + 1)]
    assert causes == ["server_error"] * FAILURES + ["paused"]
    now = PAUSE.total_seconds()
    model.answer = "Значит, часы. Верно?"
    phrased = await phraser.phrase(PLAN, [])
    assert (phrased.text, phrased.source, phrased.problem) == ("Значит, часы. Верно?", "model", None)


async def test_words_that_the_plan_forbids_do_not_count_as_a_failure_of_the_model() -> None:
    model = Model("Скидка на всё! Верно?")
    phraser = Phraser(model, LlmSettings())
    problems = [(await phraser.phrase(PLAN, [])).problem for _ in range(FAILURES + 2)]
    assert problems == ["value_missing"] * (FAILURES + 2)
