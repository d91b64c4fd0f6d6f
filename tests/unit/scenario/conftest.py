"""A clinic that speaks Russian and English, and a call to it."""

from __future__ import annotations

import pytest

from app.scenario.compiled import CompiledScenario
from tests.support.conversations import Call, clinic_with, start


@pytest.fixture(scope="session")
def clinic() -> CompiledScenario:
    return clinic_with()


@pytest.fixture
def call(clinic: CompiledScenario) -> Call:
    return start(clinic)
