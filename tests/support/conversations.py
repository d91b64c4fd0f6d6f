"""Calls to a scenario in a test, driven by what the caller does."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from app.scenario import config_loader
from app.scenario.compiled import CompiledScenario
from app.scenario.engine import ScenarioEngine
from app.scenario.outcome_classifier import Outcome, classify
from app.scenario.state import CallStart, CallState, EndReason, Event, Plan, Step

CLINIC = Path(__file__).parents[1] / "unit" / "scenario" / "clinic.yaml"
TUESDAY = datetime(2026, 11, 24, 7, 0, tzinfo=UTC)  # ten in the morning in Moscow


@dataclass
class Call:
    """One call, driven by what the caller does."""

    engine: ScenarioEngine
    state: CallState
    plan: Plan
    at: datetime = TUESDAY
    events: list[Event] = field(default_factory=list)
    heard: dict[int, str] = field(default_factory=dict)
    said: list[str] = field(default_factory=list)

    def take(self, step: Step) -> Call:
        self.state, self.plan = step.state, step.plan
        self.events += step.events
        self.said.append(step.plan.say)
        return self

    def tick(self) -> datetime:
        self.at += timedelta(seconds=5)
        return self.at

    def says(self, *utterances: str) -> Call:
        for utterance in utterances:
            self.heard[self.state.turn + 1] = utterance
            self.take(self.engine.process_turn(self.state, utterance, self.tick()))
        return self

    def is_silent(self) -> Call:
        return self.take(self.engine.silence(self.state, self.tick()))

    def interrupts(self, heard: str) -> Call:
        return self.take(self.engine.interrupted(self.state, heard, self.tick()))

    def presses(self, digits: str) -> Call:
        self.heard[self.state.turn + 1] = digits
        return self.take(self.engine.dtmf(self.state, digits, self.tick()))

    def hangs_up(self) -> Call:
        return self.take(self.engine.end_call(self.state, EndReason.CALLER, self.tick()))

    @property
    def fields(self) -> dict[str, str]:
        known = self.state.fields.items()
        return {name: one.value for name, one in known if one.status == "set" and one.value is not None}

    @property
    def asks_for(self) -> str | None:
        return self.plan.ask

    @property
    def last(self) -> str:
        return self.said[-1]

    @property
    def outcome(self) -> Outcome:
        return classify(self.engine.scenario, self.state, self.events, self.heard)

    def types(self) -> list[str]:
        return [event.type for event in self.events]


def start(scenario: CompiledScenario, *, phone: str | None = None) -> Call:
    engine = ScenarioEngine(scenario)
    step = engine.start_call(CallStart(TUESDAY, "Europe/Moscow", "RU", phone))
    return Call(engine, step.state, step.plan).take(step)


def clinic_source(*changes: tuple[str, str]) -> str:
    """The clinic's scenario with parts of its text replaced; a part that is not there fails the test."""
    text = CLINIC.read_text(encoding="utf-8")
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new)
    return text


def clinic_with(*changes: tuple[str, str]) -> CompiledScenario:
    return config_loader.load(clinic_source(*changes), "clinic.yaml")
