"""A scenario that passed every check, ready to run: texts parsed, conditions compiled, names resolved."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import Decimal

from app.scenario.conditions import Condition, Conditions
from app.scenario.intents import IntentMatcher, Phrases
from app.scenario.models import FieldSpec, Scenario, Stage
from app.scenario.problems import Problem
from app.scenario.templates import Template
from app.scenario.values import FieldRules, FieldType


@dataclass(frozen=True)
class Speech:
    """What is said, per language of the scenario, in up to three wordings."""

    texts: Mapping[str, tuple[Template, ...]]

    def pick(self, language: str, attempt: int = 0) -> Template:
        """The wording of an attempt (from 0); the last one stays."""
        variants = self.texts[language]
        return variants[min(attempt, len(variants) - 1)]


@dataclass(frozen=True)
class DateBound:
    """A limit of a date: a fixed day, or days from the day of the call."""

    fixed: date | None = None
    days: int = 0

    def on(self, today: date) -> date:
        return self.fixed or today + timedelta(days=self.days)


@dataclass(frozen=True)
class CompiledField:
    """A field with its rules; dates are settled per day by `rules_on`."""

    name: str
    spec: FieldSpec
    rules: FieldRules
    ask: Speech | None
    offer: Template | None
    labels: Mapping[str, str]
    """How the field is called, per language."""
    label_stems: Mapping[str, frozenset[str]]
    options: Mapping[str, Mapping[str, str]]
    """Per language: option name -> how it is said."""
    earliest: DateBound | None = None
    latest: DateBound | None = None

    @property
    def type(self) -> FieldType:
        return self.rules.type

    def rules_on(self, today: date) -> FieldRules:
        """The rules with their dates settled."""
        if self.earliest is None and self.latest is None:
            return self.rules
        return replace(
            self.rules,
            minimum=self.earliest.on(today) if self.earliest else None,
            maximum=self.latest.on(today) if self.latest else None,
        )

    def bounds_on(self, today: date) -> tuple[date | Decimal | None, date | Decimal | None]:
        """Minimum and maximum as they apply today."""
        rules = self.rules_on(today)
        return rules.minimum, rules.maximum


@dataclass(frozen=True, eq=False)
class CompiledTransition:
    """An edge; without a condition it always holds."""

    to: str
    condition: Condition | None

    @property
    def reads(self) -> frozenset[str]:
        return self.condition.names if self.condition else frozenset()


@dataclass(frozen=True, eq=False)
class CompiledStage:
    """A stage with its texts and edges."""

    id: str
    spec: Stage
    say: Speech | None
    ask: Speech | None
    transitions: tuple[CompiledTransition, ...]

    @property
    def final(self) -> bool:
        return self.spec.end or self.spec.transfer is not None


@dataclass(frozen=True, eq=False)
class CompiledOutcome:
    """One rule of classification."""

    code: str
    condition: Condition | None
    labels: Mapping[str, str]


@dataclass(frozen=True, eq=False)
class CompiledScenario:
    """Everything the engine needs; immutable and shared by all calls of a version."""

    scenario: Scenario
    languages: tuple[str, ...]
    greeting: Speech
    fields: Mapping[str, CompiledField]
    stages: Mapping[str, CompiledStage]
    anywhere: tuple[CompiledTransition, ...]
    answers: Mapping[str, Speech]
    """Fixed answers by intent."""
    steering: frozenset[str]
    """Intents that some condition reads."""
    unknown: Speech | None
    silence: Speech | None
    limit_end: Speech | None
    wordings: Mapping[str, Speech]
    matcher: IntentMatcher
    field_words: Phrases
    """Finds fields that are named by their label."""
    outcomes: tuple[CompiledOutcome, ...]
    conditions: Conditions
    warnings: tuple[Problem, ...] = field(default=())

    @property
    def language(self) -> str:
        """The default language."""
        return self.languages[0]

    @property
    def first(self) -> str:
        """The stage where a call begins."""
        return next(iter(self.stages))

    def agent_name(self, language: str) -> str:
        return self.scenario.agent.name.pick(language, self.language)
