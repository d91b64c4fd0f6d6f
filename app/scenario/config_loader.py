"""Loads a scenario: reads it, checks all of it, compiles it once. Every problem is reported, not only the first."""

from __future__ import annotations

import copy
import re
from collections.abc import Iterable
from typing import Any

from pydantic import BaseModel, ValidationError

from app.scenario import models
from app.scenario.compiled import CompiledScenario
from app.scenario.compiler import Compiler
from app.scenario.models import Scenario
from app.scenario.problems import Path, Problem, ScenarioInvalid, closest
from app.scenario.source_reader import Source, read

__all__ = ["Problem", "ScenarioInvalid", "json_schema", "load"]

_KEYED: dict[str, type[BaseModel]] = {
    "": models.Scenario,
    "agent": models.Agent,
    "fields.*": models.FieldSpec,
    "fields.*.options.*": models.Option,
    "intents.*": models.Intent,
    "stages.*": models.Stage,
    "stages.*.transitions.*": models.Transition,
    "stages.*.transfer": models.Transfer,
    "anywhere.*": models.Transition,
    "knowledge": models.Knowledge,
    "silence": models.Silence,
    "limits": models.Limits,
    "outcomes.*": models.OutcomeRule,
    "analysis": models.AnalysisSpec,
}
_BY_PATTERN = {"to": "bad_number", "code": "bad_code", "id": "bad_id"}
_EXPECTED = {
    "greater_than_equal": "out_of_range",
    "less_than_equal": "out_of_range",
    "too_long": "too_many",
    "string_too_long": "text_too_long",
    "too_short": "too_few",
    "string_too_short": "too_few",
    "bool_type": "expected_bool",
    "bool_parsing": "expected_bool",
    "int_type": "expected_number",
    "int_parsing": "expected_number",
    "int_from_float": "expected_number",
    "float_type": "expected_number",
    "string_type": "text_expected",
    "list_type": "expected_list",
    "tuple_type": "expected_list",
    "dict_type": "expected_map",
    "model_type": "expected_map",
    "model_attributes_type": "expected_map",
}


def load(source: str, filename: str) -> CompiledScenario:
    """The scenario ready to run, with its warnings. Raises ScenarioInvalid with every problem found."""
    text = read(source, filename)
    problems = list(text.problems)
    if not isinstance(text.data, dict):
        raise ScenarioInvalid([*problems, text.problem("expected_map", ())])
    model, found = _validated(text)
    problems += found
    if model is None:
        raise ScenarioInvalid(problems)
    compiler = Compiler(model, text)
    compiled = compiler.compile()
    problems += compiler.errors
    if problems or compiled is None:
        raise ScenarioInvalid(problems)
    return compiled


def json_schema() -> dict[str, Any]:
    """JSON Schema of the file, for editors and documentation."""
    return Scenario.model_json_schema()


def _validated(text: Source) -> tuple[Scenario | None, list[Problem]]:
    """The model and what does not fit it. Parts that do not fit are left out, so that the rest is checked as well."""
    data = text.data
    problems: list[Problem] = []
    for attempt in range(4):
        try:
            return Scenario.model_validate(data), problems
        except ValidationError as error:
            if attempt == 0:
                problems = schema_problems(error, text, _KEYED)
                data = copy.deepcopy(data)
            if not _prune(data, error):
                break
    return None, problems


def schema_problems(error: ValidationError, text: Source, keyed: dict[str, type[BaseModel]]) -> list[Problem]:
    """Pydantic's findings as problems of the file; several findings about one value become one."""
    found: dict[tuple[str, str], Problem] = {}
    for detail in error.errors(include_url=False, include_input=False):
        problem = _schema_problem(detail, text, keyed)
        found.setdefault((problem.path, problem.code if problem.code == "missing_key" else ""), problem)
    return list(found.values())


def _schema_problem(detail: Any, text: Source, keyed: dict[str, type[BaseModel]]) -> Problem:  # pydantic's ErrorDetails
    kind: str = detail["type"]
    context: dict[str, Any] = dict(detail.get("ctx", {}))
    path = _real_path(detail["loc"], text.data)
    if "at" in context:
        return _own_problem(kind, path, context, text)
    last = str(path[-1]) if path else ""
    if kind == "missing":
        name = str(detail["loc"][-1])
        return text.problem("missing_key", (*path, name), {"name": name})
    if detail["loc"] and detail["loc"][-1] == "[key]":
        return text.problem("bad_id", path, {"name": last}, key=True)
    if kind == "extra_forbidden":
        suggestion = closest(last, _known_keys(path[:-1], keyed))
        return text.problem("unknown_key", path, {"name": last}, key=True, suggestion=suggestion)
    code = (
        _BY_PATTERN.get(last, "wrong_value")
        if kind == "string_pattern_mismatch"
        else _EXPECTED.get(kind, "wrong_value")
    )
    value = _at(text.data, path)
    params = {
        "value": value,
        "name": value if kind == "string_pattern_mismatch" else last,
        "least": context.get("ge", ""),
        "most": context.get("le", ""),
        "limit": context.get("max_length", context.get("min_length", "")),
        "expected": context.get("expected", ""),
    }
    return text.problem(code, path, params)


def _own_problem(code: str, path: Path, context: dict[str, Any], text: Source) -> Problem:
    """A finding of our own validators: `at` leads into the value, `known` are the names that would do."""
    inner = (*path, *context["at"])
    known = context.get("known", ())
    name = str(context.get("name", ""))
    params = {key: value for key, value in context.items() if key != "at"} | {"known": ", ".join(map(str, known))}
    suggestion = closest(name, known) if name else None
    return text.problem(code, inner, params, key=code == "language_unknown", suggestion=suggestion)


def _real_path(loc: Iterable[Any], data: Any) -> Path:
    """The part of pydantic's location that exists in the file, without its names of union branches."""
    path: list[str | int] = []
    here = data
    for step in loc:
        if (isinstance(here, dict) and step in here) or (
            isinstance(here, list) and isinstance(step, int) and 0 <= step < len(here)
        ):
            here = here[step]
        else:
            break
        path.append(step)
    return tuple(path)


def _at(data: Any, path: Path) -> str:
    here = data
    for step in path:
        here = here[step]
    return re.sub(r"\s+", " ", str(here))[:60]


def _known_keys(path: Path, keyed: dict[str, type[BaseModel]]) -> list[str]:
    steps = [str(step) for step in path]
    for pattern, model in keyed.items():
        wanted = pattern.split(".") if pattern else []
        if len(wanted) == len(steps) and all(w in ("*", s) for w, s in zip(wanted, steps, strict=True)):
            return list(model.model_fields)
    return []


def _prune(data: Any, error: ValidationError) -> bool:
    """Takes out what does not fit; False when that is not possible without moving other parts."""
    for detail in error.errors(include_url=False, include_input=False, include_context=False):
        path = _real_path(detail["loc"], data)
        while path and isinstance(path[-1], int):
            path = path[:-1]
        if not path:
            return False
        parent = data
        for step in path[:-1]:
            parent = parent[step]
        if not isinstance(parent, dict):
            return False
        parent.pop(str(path[-1]), None)
    return True
