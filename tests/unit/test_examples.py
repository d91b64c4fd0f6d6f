"""The examples are promises: every caller of every example ends as it is written beside them."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.scenario import callers as caller_files
from app.scenario import config_loader, simulator
from app.scenario.simulator import CallerResult

pytestmark = pytest.mark.unit
FOLDER = Path(__file__).parents[2] / "examples"
LANGUAGES = {"dental": ("ru", "en"), "viewings": ("ru", "en"), "parcels": ("en",)}


def load(slug: str) -> config_loader.CompiledScenario:
    path = FOLDER / f"{slug}.yaml"
    return config_loader.load(path.read_text(encoding="utf-8"), path.name)


def load_callers(slug: str) -> caller_files.CallerFile:
    path = FOLDER / f"{slug}.callers.yaml"
    return caller_files.load(path.read_text(encoding="utf-8"), path.name)


@pytest.mark.parametrize("slug", LANGUAGES)
def test_every_caller_ends_as_expected(slug: str) -> None:
    results = simulator.run(load(slug), load_callers(slug))
    assert len(results) >= 8
    assert {result.caller: told(result) for result in results if not result.passed} == {}


def told(result: CallerResult) -> str:
    return f"expected {result.expected}, got {result.got}\n{result.transcript}"


@pytest.mark.parametrize("slug", LANGUAGES)
def test_every_language_is_fully_worded(slug: str) -> None:
    scenario = load(slug)
    assert tuple(scenario.languages) == LANGUAGES[slug]
    assert scenario.warnings == ()


def test_no_example_is_left_out() -> None:
    scenarios = {path.name.split(".")[0] for path in FOLDER.glob("*.yaml")}
    assert scenarios == set(LANGUAGES)
