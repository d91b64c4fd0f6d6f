"""Compiles one field: its rules by type, its questions, labels and options."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, time
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING

from app.scenario.compiled import CompiledField, DateBound
from app.scenario.intents import words
from app.scenario.models import ANY_LANGUAGE, WEEKDAYS, FieldSpec, Option
from app.scenario.problems import Path
from app.scenario.service_words import service_words
from app.scenario.values import FieldRules, FieldType

if TYPE_CHECKING:
    from app.scenario.compiler import Compiler

_RELATIVE = re.compile(r"today(?:\s*([+-])\s*(\d{1,4})\s*d)?")
_CLOCK = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)")
_ONLY = {
    "options": (FieldType.CHOICE,),
    "weekdays": (FieldType.DATE,),
    "between": (FieldType.TIME,),
    "min": (FieldType.DATE, FieldType.NUMBER),
    "max": (FieldType.DATE, FieldType.NUMBER),
}


def compile_field(c: Compiler, name: str, spec: FieldSpec) -> CompiledField:
    """Reports to the compiler what does not fit the field's type."""
    path: Path = ("fields", name)
    _check_parts(c, name, spec, path)
    minimum = _bound(c, spec.min, spec.type, (*path, "min"))
    maximum = _bound(c, spec.max, spec.type, (*path, "max"))
    if isinstance(minimum, Decimal) and isinstance(maximum, Decimal) and minimum > maximum:
        c.error("bounds_crossed", (*path, "min"))
    if isinstance(minimum, DateBound) and isinstance(maximum, DateBound) and _crossed(minimum, maximum):
        c.error("bounds_crossed", (*path, "min"))
    rules = FieldRules(
        type=spec.type,
        options=_synonyms(c, spec.options or {}, (*path, "options")),
        minimum=minimum if isinstance(minimum, Decimal) else None,
        maximum=maximum if isinstance(maximum, Decimal) else None,
        weekdays=_weekdays(c, spec, (*path, "weekdays")),
        between=_between(c, spec, (*path, "between")),
    )
    offer = c.template(spec.offer, (*path, "offer"), c.field_names) if spec.offer else None
    c.coverage(spec.label, (*path, "label"))
    labels: dict[str, str] = {
        language: spec.label.pick(language, c.model.languages[0])
        if spec.label
        else service_words(language).label(spec.type)
        for language in c.model.languages
    }
    return CompiledField(
        name=name,
        spec=spec,
        rules=rules,
        ask=c.speech(spec.ask, (*path, "ask"), options=spec.type is FieldType.CHOICE),
        offer=offer,
        labels=labels,
        label_stems={language: frozenset(word.stem for word in words(label)) for language, label in labels.items()},
        options=_said(c, spec.options or {}, (*path, "options")),
        earliest=minimum if isinstance(minimum, DateBound) else None,
        latest=maximum if isinstance(maximum, DateBound) else None,
    )


def _check_parts(c: Compiler, name: str, spec: FieldSpec, path: Path) -> None:
    for key, kinds in _ONLY.items():
        if getattr(spec, key) is not None and spec.type not in kinds:
            types = ", ".join(kinds)
            c.error("part_not_for_type", (*path, key), key=True, name=key, type=spec.type.value, types=types)
    if spec.type is FieldType.CHOICE and not spec.options:
        c.error("options_missing", path, key=True, name=name)
    if spec.options and len(spec.options) > 200:
        c.error("too_many", (*path, "options"), limit=200)
    c.stage_exists(spec.otherwise, (*path, "otherwise"))


def _bound(c: Compiler, value: str | float | None, kind: FieldType, path: Path) -> DateBound | Decimal | None:
    if value is None:
        return None
    if kind is FieldType.NUMBER:
        try:
            number = Decimal(str(value))
        except InvalidOperation:
            number = Decimal("NaN")
        if number.is_finite():
            return number
        c.error("bound_not_number", path, value=value)
    elif kind is FieldType.DATE:
        text = str(value).strip()
        relative = _RELATIVE.fullmatch(text)
        if relative:
            days = int(relative[2] or 0)
            return DateBound(None, -days if relative[1] == "-" else days)
        try:
            return DateBound(date.fromisoformat(text))
        except ValueError:
            c.error("bound_not_date", path, value=value)
    return None


def _crossed(first: DateBound, last: DateBound) -> bool:
    if first.fixed and last.fixed:
        return first.fixed > last.fixed
    return not first.fixed and not last.fixed and first.days > last.days


def _weekdays(c: Compiler, spec: FieldSpec, path: Path) -> frozenset[int] | None:
    if spec.weekdays is None:
        return None
    for n, day in enumerate(spec.weekdays):
        if day not in WEEKDAYS:
            c.error("unknown_weekday", (*path, n), known=WEEKDAYS, name=day)
    if not spec.weekdays:
        c.error("too_few", path, limit=1)
    return frozenset(WEEKDAYS.index(day) for day in spec.weekdays if day in WEEKDAYS)


def _between(c: Compiler, spec: FieldSpec, path: Path) -> tuple[time, time] | None:
    if spec.between is None:
        return None
    clocks = []
    for n, text in enumerate(spec.between):
        found = _CLOCK.fullmatch(text)
        if not found:
            c.error("bad_clock", (*path, n), value=text)
            return None
        clocks.append(time(int(found[1]), int(found[2])))
    if clocks[0] >= clocks[1]:
        c.error("bounds_crossed", path)
        return None
    return clocks[0], clocks[1]


def _synonyms(c: Compiler, options: Mapping[str, Option], path: Path) -> dict[str, tuple[str, ...]]:
    """Option name -> everything that means it; the same words for two options are an error."""
    result: dict[str, tuple[str, ...]] = {}
    owners: dict[str, str] = {}
    for name, option in options.items():
        texts = [
            text for words in (option.say, option.also) if words for listed in words.texts.values() for text in listed
        ]
        synonyms = tuple(dict.fromkeys(text for text in texts if text != name))
        for text in (name, *synonyms):
            owner = owners.setdefault(text.casefold(), name)
            if owner != name:
                c.error("synonym_twice", (*path, name), key=True, name=text, first=owner, second=name)
        result[name] = synonyms
    return result


def _said(c: Compiler, options: Mapping[str, Option], path: Path) -> dict[str, dict[str, str]]:
    """Per language: how each option is said; its name when nothing is given."""
    for name, option in options.items():
        c.coverage(option.say, (*path, name, "say"))
        if option.also and ANY_LANGUAGE not in option.also.texts:
            c.coverage(option.also, (*path, name, "also"))
    default = c.model.languages[0]
    return {
        language: {name: option.say.pick(language, default) if option.say else name for name, option in options.items()}
        for language in c.model.languages
    }
