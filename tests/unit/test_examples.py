"""The examples are promises: every caller of every example ends as it is written beside them."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from app.scenario import callers, config_loader, simulator
from app.scenario.compiled import CompiledScenario
from app.scenario.simulator import CallerResult

pytestmark = pytest.mark.unit
FOLDER = Path(__file__).parents[2] / "examples"
LANGUAGES = {"dental": ("ru", "en"), "viewings": ("ru", "en"), "parcels": ("en",)}


def load(slug: str) -> CompiledScenario:
    path = FOLDER / f"{slug}.yaml"
    return config_loader.load(path.read_text(encoding="utf-8"), path.name)


def call_all(slug: str) -> list[CallerResult]:
    scenario = load(slug)
    path = FOLDER / f"{slug}.callers.yaml"
    return simulator.run(scenario, callers.load(path.read_text(encoding="utf-8"), path.name, scenario))


@pytest.mark.parametrize("slug", LANGUAGES)
def test_every_caller_ends_as_expected(slug: str) -> None:
    results = call_all(slug)
    assert len(results) >= 8
    assert {result.caller: (result.expected, result.got) for result in results if not result.passed} == {}


@pytest.mark.parametrize("slug", LANGUAGES)
def test_no_caller_is_asked_the_same_in_the_same_words_more_than_twice(slug: str) -> None:
    for result in call_all(slug):
        said = Counter(line.text for line in result.transcript if line.role == "agent")
        assert {text: times for text, times in said.items() if times > 2} == {}, result.caller


@pytest.mark.parametrize("slug", LANGUAGES)
def test_every_language_is_fully_worded(slug: str) -> None:
    scenario = load(slug)
    assert tuple(scenario.languages) == LANGUAGES[slug]
    assert scenario.warnings == ()


def test_no_example_is_left_out() -> None:
    scenarios = {path.name.split(".")[0] for path in FOLDER.glob("*.yaml")}
    assert scenarios == set(LANGUAGES)
