"""What a bot always says in the same words: the sentences of its scenario that hold nothing of any caller. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache

from app.scenario.compiled import CompiledField, CompiledScenario, Speech
from app.scenario.service_words import service_words
from app.scenario.speech import listed
from app.scenario.templates import Template, Variable
from app.voice.speech.sentences import split

_GAP = "\ufffc"
"""Stands where a value will be. No text has it."""


@lru_cache(maxsize=64)
def fixed_sentences(scenario: CompiledScenario) -> Mapping[str, tuple[str, ...]]:
    """Per language, in about the order in which a call needs them. Sentences beside one with a value are among them."""
    return {
        language: tuple(
            dict.fromkeys(
                sentence for text in _texts(scenario, language) for sentence in split(text) if _GAP not in sentence
            )
        )
        for language in scenario.languages
    }


def _texts(scenario: CompiledScenario, language: str) -> Iterator[str]:
    for speech, field in _speeches(scenario):
        for template in speech.texts.get(language, ()):
            yield _render(scenario, language, template, field)
    for field in scenario.fields.values():
        if field.ask is None:
            yield f"{field.labels[language].capitalize()}?"
    for key, wordings in service_words(language).says.items():
        own = scenario.wordings.get(key)
        for template in own.texts[language] if own else wordings:
            text = _render(scenario, language, template, None)
            yield text[:1].upper() + text[1:]


def _speeches(scenario: CompiledScenario) -> Iterator[tuple[Speech, CompiledField | None]]:
    yield scenario.greeting, None
    for field in scenario.fields.values():
        if field.ask:
            yield field.ask, field
    for stage in scenario.stages.values():
        yield from ((speech, None) for speech in (stage.say, stage.ask) if speech)
    yield from ((speech, None) for speech in scenario.answers.values())
    yield from ((speech, None) for speech in (scenario.unknown, scenario.silence, scenario.limit_end) if speech)


def _render(scenario: CompiledScenario, language: str, template: Template, field: CompiledField | None) -> str:
    def value(variable: Variable) -> str:
        if variable.name == "agent.name":
            return scenario.agent_name(language)
        if variable.name == "options" and field is not None and field.options:
            return listed(list(field.options[language].values()), str(service_words(language).words["or"]))
        return _GAP

    return template.render(value)
