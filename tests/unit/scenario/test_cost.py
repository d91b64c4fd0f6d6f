"""What a turn and a check cost grows with their length, whatever a scenario says and whatever is said to it."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from itertools import product
from pathlib import Path
from types import FrameType

import pytest

from app.scenario import config_loader
from app.scenario.compiled import CompiledScenario
from app.scenario.compiler import MAX_CONDITIONS, MAX_PHRASES
from app.scenario.conditions import ConditionInvalid, Conditions
from app.scenario.config_loader import ScenarioInvalid
from app.scenario.engine import ScenarioEngine
from app.scenario.field_extractor import FieldRules, extract
from app.scenario.intents import MAX_STEPS, MAX_WORDS, IntentMatcher, Phrases, words
from app.scenario.models import MAX_PHRASE
from app.scenario.problems import MAX_SHOWN
from app.scenario.values import FieldType
from tests.support.conversations import TUESDAY, clinic_source, start

pytestmark = pytest.mark.unit

EXAMPLES = Path(__file__).resolve().parents[3] / "examples"
CONDITIONS = Conditions({"budget": FieldType.NUMBER, "city": FieldType.TEXT}, ["a"], ["book"], ["en"])
HOSTILE = (
    "один ", "не ", "нет, не в пять, а в шесть ", "меня зовут ", "one ", "no wait ", "my name is ", "a at ", "a dot ",
    "собака точка ", "послезавтра утром ", "1", "8 ", "+7", "1-", "1.", "01.01.2026 ", "a@", "a@a.", ".", "(", "- ",
    ", ", " ", "\n", "_", "а", "a'", "а-",
)  # fmt: skip


def operations(work: Callable[[], object]) -> int:
    """Calls of functions, Python's and built in, that the work takes: the same on every machine."""
    count = 0

    def seen(_frame: FrameType, event: str, _argument: object) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(seen)
    try:
        work()
    finally:
        sys.setprofile(before)
    return count


def seconds(work: Callable[[], object]) -> float:
    """Processor time of one run."""
    started = time.thread_time()
    work()
    return time.thread_time() - started


def outgrows(small: Callable[[int], object], large: Callable[[int], object], factor: float, spare: float = 0) -> bool:
    """Whether `large` takes more than `factor` times the processor time of `small`, and `spare` seconds.

    Noise only ever adds to a time, so the best runs are compared, and there are more runs while they do not fit.
    Each run is told its number.
    """
    best = [float("inf"), float("inf")]
    for run in range(50):
        for which, work in enumerate((small, large)):
            best[which] = min(best[which], seconds(lambda: work(run)))  # noqa: B023  run at once
        if run >= 3 and best[1] < factor * best[0] + spare:
            return False
    return True


def keywords(intents: int, phrases: int) -> dict[str, list[str]]:
    return {f"i{n}": [f"aa bb cc q{n}w{k}" for k in range(phrases)] for n in range(intents)}


def test_a_hundred_times_the_keywords_do_not_cost_more_to_search() -> None:
    said = words("aa bb cc " * 1000)
    few, many = (IntentMatcher(keywords(n, 80), {}) for n in (1, 100))
    small, large = (operations(lambda one=one: one.match("", said)) for one in (few, many))  # type: ignore[misc]
    assert large < 2 * small


def test_keywords_that_begin_alike_are_still_told_apart() -> None:
    matcher = IntentMatcher(keywords(100, 80), {})
    found = matcher.match("well aa bb cc aa bb cc q42w7 please")
    assert found is not None
    assert (found.name, found.pattern, found.quote) == ("i42", "aa bb cc q42w7", "aa bb cc q42w7")


def test_beginnings_of_words_that_all_fit_are_searched_in_a_bounded_number_of_steps() -> None:
    letters = ["a" * n + "*" for n in range(1, 9)]
    phrases = Phrases({"x": [" ".join(one) for one in product(letters, repeat=4)]})
    said = words("aaaaaaaa " * 2000)
    found: list[tuple[str, str, int, int]] = []
    assert operations(lambda: found.extend(phrases.find(said))) < 5 * MAX_STEPS
    assert found


def test_only_the_first_minutes_of_what_is_said_are_searched() -> None:
    matcher = IntentMatcher({"late": ["later"]}, {})
    assert matcher.match("x " * (MAX_WORDS - 1) + "later") is not None
    assert matcher.match("x " * MAX_WORDS + "later") is None


@pytest.mark.parametrize(
    ("synonym", "said"),
    [
        ("чистка{n}а", "почистит "),  # neither exact nor near: roots are compared with every option
        ("абвгд{n}", "абвгдежз "),
        ("аб* q{n}", "абв "),
        ("аб вг q{n}", "аб вг "),
    ],
)
def test_a_hundred_times_the_options_do_not_cost_a_hundred_times_more(synonym: str, said: str) -> None:
    def heard(options: int) -> Callable[[], object]:
        letters = str.maketrans("0123456789", "клмнопрсту")
        named = {f"o{n}": (synonym.format(n=str(n).translate(letters)),) for n in range(options)}
        rules = FieldRules(FieldType.CHOICE, options=named)
        text = f"{options} " + said * 1000

        def hear(text: str = text) -> object:
            return extract(text, rules, lang="ru", now=TUESDAY, region="RU", asked=True)

        hear("x")  # prepares the options once
        return hear

    small, large = (operations(heard(n)) for n in (30, 3000))
    assert large < 8 * small + 120_000


def _rejected(source: str) -> tuple[str, ...]:
    with pytest.raises(ConditionInvalid) as raised:
        CONDITIONS.compile(source)
    return tuple(error.code for error in raised.value.errors)


@pytest.mark.parametrize(
    "hostile",
    [
        lambda n: "fields.budget ==" + " " * (n * 7 // 8) + "1" + " 1" * (n // 16),
        lambda n: "intent" + " " * n + "1",
        lambda n: "all" + " " * n + "all" + " " * n,
        lambda n: '"' + '\\"' * (n // 2),
        lambda n: "intent in [" * (n // 11),
        lambda n: "has( fields" + " " * n + ".",
    ],
)
def test_reading_a_condition_costs_as_much_as_it_is_long(hostile: Callable[[int], str]) -> None:
    for n in (220, 880):
        _rejected(hostile(n))
    assert not outgrows(lambda _: _rejected(hostile(2000)), lambda _: _rejected(hostile(8000)), factor=10)


def test_numbers_beside_a_number_field_are_decimals_however_they_are_spaced() -> None:
    values = {"fields_budget": 5.0, "has_fields_budget_": True}
    for said in ("fields.budget == 5", "5   <=\n fields . budget", "-1<fields.budget", "fields.budget != - 1"):
        assert CONDITIONS.compile(said).holds(CONDITIONS.activation(values)), said


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ('intent == "bok"', "unknown_intent"),
        ("'b' != stage", "unknown_stage"),
        ('intent in ["book", "bok"]', "unknown_intent"),
        ('"town" in refused', "unknown_field"),
        ('language == "de"', "condition_value"),
    ],
)
def test_names_written_as_text_are_checked(said: str, code: str) -> None:
    assert _rejected(said) == (code,)


def loaded(source: str) -> tuple[str, ...]:
    with pytest.raises(ScenarioInvalid) as raised:
        config_loader.load(source, "s.yaml")
    return tuple(problem.code for problem in raised.value.problems)


def with_transitions(conditions: list[str], stages: int = 6) -> str:
    """The clinic with more stages, each with its part of the conditions."""
    extra = ""
    for n in range(stages):
        edges = "".join(f"      - {{to: done, when: '{one}'}}\n" for one in conditions[n::stages])
        extra += f"  - id: more{n}\n    transitions:\n{edges}"
    return clinic_source(("stages:\n", f"stages:\n{extra}"))


def test_more_conditions_than_may_be_are_refused_before_one_is_read() -> None:
    assert loaded(with_transitions(["turn > 1"] * (MAX_CONDITIONS + 1))) == ("too_many_conditions",)
    assert "too_many_conditions" not in loaded(with_transitions(["x"] * 400))


def test_a_condition_longer_than_a_page_is_refused() -> None:
    assert "text_too_long" in loaded(with_transitions(["turn > 1" + " || turn > 1" * 90]))


def test_more_keywords_and_examples_than_may_be_are_refused() -> None:
    texts = "".join(
        f"  more{n}: {{keywords: {{ru: [{', '.join(f'a{k}' for k in range(200))}], en: [b]}}}}\n"
        for n in range(MAX_PHRASES // 200)
    )
    assert loaded(clinic_source(("intents:\n", f"intents:\n{texts}"))) == ("too_many_phrases",)


def test_a_keyword_longer_than_a_sentence_is_refused() -> None:
    long = f"  more: {{keywords: {'a' * (MAX_PHRASE + 1)}}}\n"
    assert "text_too_long" in loaded(clinic_source(("intents:\n", f"intents:\n{long}")))


def test_a_near_name_is_looked_for_no_more_often_than_problems_are_shown() -> None:
    wrong = " || ".join(['intent == "bok"'] * 40)
    source = with_transitions([wrong] * 100)
    looked = 0

    def seen(frame: FrameType, event: str, _argument: object) -> None:
        nonlocal looked
        looked += event == "call" and frame.f_code.co_name == "get_close_matches"

    sys.setprofile(seen)
    try:
        assert len(loaded(source)) == MAX_SHOWN
    finally:
        sys.setprofile(None)
    assert looked <= MAX_SHOWN


@pytest.fixture(scope="module", params=["dental", "viewings", "parcels"])
def example(request: pytest.FixtureRequest) -> CompiledScenario:
    name: str = request.param
    return config_loader.load((EXAMPLES / f"{name}.yaml").read_text(encoding="utf-8"), name)


@pytest.mark.parametrize("unit", HOSTILE)
def test_a_turn_costs_as_much_as_what_is_said_is_long(example: CompiledScenario, unit: str) -> None:
    call = start(example)
    engine = ScenarioEngine(example)

    def turn(length: int, mark: str) -> Callable[[], object]:
        said = (f"{mark} " + unit * length)[:length]  # what was read once is remembered: the mark makes it new
        return lambda: engine.process_turn(call.state, said, TUESDAY)

    turn(2000, "w")()  # loads what the words need
    short, long, endless = (operations(turn(n, mark)) for n, mark in ((500, "x"), (2000, "y"), (10_000, "z")))
    assert long < 6 * short + 2000
    assert endless < 1.2 * long + 2000
    assert not outgrows(lambda n: turn(500, f"u{n}")(), lambda n: turn(2000, f"v{n}")(), factor=16, spare=0.05)
