"""Checks of the flow as a whole: what can be reached, where a call can end, and loops in which nobody speaks."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from app.scenario.models import Scenario, Stage

if TYPE_CHECKING:
    from app.scenario.compiler import Compiler

_SILENT = frozenset({None, "true", "collected"})


def check_flow(c: Compiler) -> None:
    """Adds unreachable stages (warnings), dead ends, missing ends and silent loops (errors) to the compiler."""
    model = c.model
    by_id = {stage.id: stage for stage in model.stages}
    reached = _reachable(model, by_id)
    for n, stage in enumerate(model.stages):
        if stage.id not in reached:
            c.warn("unreachable_stage", ("stages", n, "id"), name=stage.id)
        elif not _leaves(stage, model):
            c.error("dead_end", ("stages", n, "id"), name=stage.id)
    if not any(by_id[name].end or by_id[name].transfer for name in reached):
        c.error("no_end", ("stages",), key=True)
    for name in _silent_loops(model, by_id):
        n = next(k for k, stage in enumerate(model.stages) if stage.id == name)
        c.error("silent_loop", ("stages", n, "transitions"), name=name)


def _exits(stage: Stage, model: Scenario) -> Iterable[str]:
    yield from (transition.to for transition in stage.transitions)
    for name in (stage.otherwise, stage.transfer.otherwise if stage.transfer else None):
        if name:
            yield name
    yield from (spec.otherwise for name in stage.collect if (spec := model.fields.get(name)) and spec.otherwise)


def _reachable(model: Scenario, by_id: dict[str, Stage]) -> set[str]:
    starts = [model.stages[0].id, *(item.to for item in model.anywhere), model.silence.then]
    starts += [model.otherwise] if model.otherwise else []
    reached: set[str] = set()
    waiting = [name for name in starts if name in by_id]
    while waiting:
        name = waiting.pop()
        if name in reached:
            continue
        reached.add(name)
        waiting += [to for to in _exits(by_id[name], model) if to in by_id]
    return reached


def _leaves(stage: Stage, model: Scenario) -> bool:
    return bool(stage.end or stage.transfer or stage.transitions or model.anywhere)


def _silent_loops(model: Scenario, by_id: dict[str, Stage]) -> list[str]:
    """Stages on a cycle whose edges need no word of the caller; each cycle once, by its first stage in the file."""
    edges = {
        stage.id: [
            item.to
            for item in stage.transitions
            if (item.when.strip() if item.when else None) in _SILENT and item.to in by_id
        ]
        for stage in model.stages
    }
    found: list[str] = []
    seen: set[str] = set()
    for start in edges:
        if start in seen:
            continue
        path: list[str] = []
        here: str | None = start
        while here is not None and here not in path and here not in seen:
            path.append(here)
            here = edges[here][0] if edges[here] else None
        if here in path:
            found.append(path[path.index(here)])
        seen.update(path)
    return found
