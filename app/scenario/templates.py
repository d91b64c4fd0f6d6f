"""Wordings with `{{ name }}` in them. Names are known when the scenario is loaded; values are put in as they are.

A sentence whose value is missing is left out. Nothing that a caller said is ever parsed or evaluated.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from dataclasses import dataclass

_VARIABLE = re.compile(r"\{\{\s*([^{}]*?)\s*\}\}")
_NAME = re.compile(r"([a-z][a-z0-9_]*(?:\.[a-z]+)?)(?:\s*\|\s*([a-z]+))?")
_SENTENCE = re.compile(r"(?<=[.!?…])\s+")
FILTERS = ("spoken", "raw")
GLOBALS = ("caller.phone", "agent.name", "options")


@dataclass(frozen=True, slots=True)
class Variable:
    """A value to be put in: a field's name or one of GLOBALS."""

    name: str
    filter: str = "spoken"


Part = str | Variable


@dataclass(frozen=True, slots=True)
class Template:
    """Sentences, each of texts and variables."""

    sentences: tuple[tuple[Part, ...], ...]

    @property
    def variables(self) -> tuple[Variable, ...]:
        return tuple(part for sentence in self.sentences for part in sentence if isinstance(part, Variable))

    def render(self, value: Callable[[Variable], str | None]) -> str:
        """The text with every variable replaced; sentences with a missing value are left out."""
        spoken: list[str] = []
        for sentence in self.sentences:
            parts = [value(part) if isinstance(part, Variable) else part for part in sentence]
            known = [part for part in parts if part is not None]
            if len(known) == len(parts):
                spoken.append("".join(known))
        return " ".join(spoken)


@dataclass(frozen=True)
class TemplateError(ValueError):
    """A placeholder that means nothing: `name` is not known, or the filter is not."""

    code: str
    name: str


def parse(text: str, names: Collection[str]) -> Template:
    """Raises TemplateError for a placeholder whose name is in neither `names` nor GLOBALS."""
    sentences: list[tuple[Part, ...]] = []
    for sentence in _SENTENCE.split(text):
        parts: list[Part] = []
        end = 0
        for found in _VARIABLE.finditer(sentence):
            if found.start() > end:
                parts.append(sentence[end : found.start()])
            parts.append(_variable(found.group(1), names))
            end = found.end()
        rest = sentence[end:]
        if "{{" in rest or "}}" in rest:
            raise TemplateError("template_syntax", rest.strip()[:60])
        if rest:
            parts.append(rest)
        if parts:
            sentences.append(tuple(parts))
    return Template(tuple(sentences))


def _variable(inner: str, names: Collection[str]) -> Variable:
    found = _NAME.fullmatch(inner)
    if not found:
        raise TemplateError("template_syntax", inner[:60])
    name, filter_name = found.group(1), found.group(2) or "spoken"
    if name not in names and name not in GLOBALS:
        raise TemplateError("template_name", name)
    if filter_name not in FILTERS:
        raise TemplateError("template_filter", filter_name)
    return Variable(name, filter_name)
