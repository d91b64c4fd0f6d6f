"""Puts values into wordings: how a field's value is spoken, and what the bot says by itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from app.scenario.compiled import CompiledScenario
from app.scenario.draft import Draft
from app.scenario.field_extractor import spoken
from app.scenario.service_words import fill, service_words
from app.scenario.templates import Template, Variable
from app.scenario.values import FieldType


def spoken_value(d: Draft, name: str, value: str) -> str:
    """A value of the field as it is read back in the call's language."""
    field = d.scenario.fields[name]
    if field.type is FieldType.CHOICE:
        return field.options[d.language].get(value, value)
    return spoken(value, field.type, d.language, now=d.now)


def put_value(d: Draft, name: str, value: str) -> str:
    """A value as it is taken down in a sentence: "на двадцать седьмое ноября", "at six PM"."""
    kind = d.scenario.fields[name].type
    text = spoken_value(d, name, value)
    return d.service.put(kind.value, text) if kind in (FieldType.DATE, FieldType.TIME) else text


def listed(items: Sequence[str], last: str) -> str:
    """`a, b or c`."""
    if len(items) < 2:
        return "".join(items)
    return f"{', '.join(items[:-1])} {last} {items[-1]}"


def say(d: Draft, template: Template, *, field: str | None = None) -> tuple[str, list[str]]:
    """The text, and the values of fields that are in it as they are spoken. field: whose `{{ options }}` are meant."""
    values: list[str] = []

    def value(variable: Variable) -> str | None:
        if variable.name == "options":
            return _options(d, field)
        if variable.name == "agent.name":
            return d.scenario.agent_name(d.language)
        if variable.name == "caller.phone":
            phone = d.base.caller_phone
            if phone is None or variable.filter == "raw":
                return phone
            return spoken(phone, FieldType.PHONE, d.language, now=d.now)
        known = d.value(variable.name)
        if known is None:
            return None
        text = known if variable.filter == "raw" else spoken_value(d, variable.name, known)
        values.append(text)
        return text

    return template.render(value), values


def _options(d: Draft, field: str | None) -> str | None:
    if field is None:
        return None
    options = d.scenario.fields[field].options[d.language]
    return listed(list(options.values()), str(d.service.words["or"]))


def service_say(d: Draft, key: str, attempt: int = 0, values: Mapping[str, str] | None = None) -> str:
    """A wording of the bot's own, or the scenario's instead of it."""
    return wording(d.scenario, d.language, key, attempt, values)


def wording(
    scenario: CompiledScenario, language: str, key: str, attempt: int = 0, values: Mapping[str, str] | None = None
) -> str:
    """The same without a call: for what is said beside it."""
    own = scenario.wordings.get(key)
    variants = own.texts[language] if own else service_words(language).says[key]
    text = fill(variants[min(attempt, len(variants) - 1)], values or {})
    return text[:1].upper() + text[1:]
