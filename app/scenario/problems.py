"""What is wrong with a scenario or callers file, where, and what would be right. Texts live in the catalogs."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

Path = tuple[str | int, ...]
MAX_SHOWN = 200


@dataclass(frozen=True)
class Problem:
    """One finding. line and column count from 1; path is `stages[2].transitions[0].to`; params fill the text."""

    code: str
    file: str
    line: int
    column: int
    path: str = ""
    params: Mapping[str, str] = field(default_factory=dict)
    suggestion: str | None = None
    """A name that exists and is close to the one that was written."""

    def to_json(self) -> dict[str, object]:
        return {
            "code": self.code,
            "file": self.file,
            "line": self.line,
            "column": self.column,
            "path": self.path,
            "params": dict(self.params),
            "suggestion": self.suggestion,
        }


class ScenarioInvalid(ValueError):
    """The file cannot be used; `problems` are all that is wrong with it, in the order of the file.

    A file that is wrong in more than MAX_SHOWN places is told the first ones: more help nobody.
    """

    def __init__(self, problems: Iterable[Problem]) -> None:
        ordered = sorted(problems, key=lambda problem: (problem.line, problem.column, problem.code))
        self.problems = tuple(ordered[:MAX_SHOWN])
        first = self.problems[0]
        super().__init__(f"{first.file}:{first.line}:{first.column}: {first.code} {dict(first.params)}")


def path_text(path: Path) -> str:
    """`("stages", 2, "to")` as people write it: `stages[2].to`."""
    text = ""
    for step in path:
        if isinstance(step, int):
            text += f"[{step}]"
        else:
            text += f".{step}" if text else step
    return text


def closest(name: str, known: Iterable[str]) -> str | None:
    """The known name that `name` was probably meant to be; None when none is near."""
    found = difflib.get_close_matches(name[:60], list(known)[:500], n=1, cutoff=0.6)
    return found[0] if found else None
