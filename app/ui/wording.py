"""What a scenario's ids are called for people: stages, fields, outcomes, in the reader's language if written in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from app.i18n import translate
from app.scenario.compiled import CompiledScenario
from app.scenario.models import Words

# Outcomes a business names itself have a grey badge; these are the codes everybody uses.
TONES: dict[str, str] = {
    "LEAD": "good",
    "CALLBACK": "info",
    "TRANSFERRED": "info",
    "INFO_ONLY": "note",
    "URGENT": "warn",
    "CLAIM": "warn",
    "FAILED": "bad",
}


@dataclass(frozen=True)
class OutcomeView:
    """An outcome as a badge; without a code there is none yet."""

    code: str
    label: str
    tone: str
    rule: str | None = None


@dataclass(frozen=True)
class ScenarioWords:
    """The names of one scenario for one reader."""

    scenario: CompiledScenario
    lang: str

    @property
    def own(self) -> str:
        """The reader's language if the scenario speaks it, else the scenario's first."""
        return self.lang if self.lang in self.scenario.languages else self.scenario.language

    def text(self, words: Words | None) -> str:
        """One text in the reader's language; empty when there is none."""
        return words.pick(self.own, self.scenario.language) if words else ""

    def stage(self, stage_id: str) -> str:
        """A stage's goal; without one what the stage does, else its id."""
        stage = self.scenario.stages.get(stage_id)
        if stage is None:
            return stage_id
        goal = self.text(stage.spec.goal).rstrip(".")
        if goal:
            return goal
        if stage.spec.end:
            return translate(self.lang, "ui.bots.end")
        return translate(self.lang, "ui.bots.transferring") if stage.spec.transfer else stage_id

    def field(self, name: str) -> str:
        """A field's label, beginning with a capital; without one its name."""
        found = self.scenario.fields.get(name)
        label = _pick(found.labels, self.own) if found else ""
        return capital(label or name.replace("_", " "))

    def value(self, name: str, value: str) -> str:
        """The word for an option of a choice; other values as they are."""
        found = self.scenario.fields.get(name)
        options = found.options.get(self.own, {}) if found else {}
        return options.get(value, value)

    def outcome(self, code: str | None, rule: str | None = None) -> OutcomeView:
        """The scenario's own label of an outcome, else the usual word for its code."""
        found = next((o for o in self.scenario.outcomes if o.code == code), None)
        label = _pick(found.labels, self.own) if found else ""
        return outcome_view(self.lang, code, label=label, rule=rule)

    def agent(self) -> str:
        return self.scenario.agent_name(self.own)


def outcome_view(lang: str, code: str | None, *, label: str = "", rule: str | None = None) -> OutcomeView:
    """An outcome without its scenario at hand: the usual word for the code, else the code itself."""
    if not code:
        return OutcomeView("", translate(lang, "ui.outcome.none"), "")
    usual = USUAL.get(code)
    word = label or (translate(lang, usual) if usual else capital(code.replace("_", " ").lower()))
    return OutcomeView(code, word, TONES.get(code, ""), rule)


USUAL: dict[str, str] = {
    code: f"ui.outcome.{code}"
    for code in (
        "LEAD",
        "CALLBACK",
        "INFO_ONLY",
        "ABANDONED",
        "FAILED",
        "TRANSFERRED",
        "NOT_INTERESTED",
        "URGENT",
    )
}
"""Catalog keys of the codes everybody uses."""


def capital(text: str) -> str:
    """The text with its first letter large, the rest untouched."""
    return text[:1].upper() + text[1:]


def _pick(labels: Mapping[str, str], lang: str) -> str:
    return labels.get(lang) or next(iter(labels.values()), "")
