"""The house keeps its rules: who imports whom, who reads the environment, what stands in a room's models."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from importlinter.cli import EXIT_STATUS_SUCCESS, lint_imports
from pydantic_settings import BaseSettings
from sqlalchemy.orm import configure_mappers

from app import settings
from app.db.models import Base

pytestmark = pytest.mark.unit

ROOT = Path(__file__).parents[2]
PROGRAMS = sorted([*(ROOT / "app").rglob("*.py"), *(ROOT / "workers").rglob("*.py")])

ENVIRONMENT = {
    "app/i18n/__init__.py": "the language, which a wrong setting is told in, so before the settings",
    "app/embedded/attach.py": "sets what `otklik up` chose for commands beside it; reads nothing",
    "app/embedded/program.py": "hands the environment on to a child",
}
"""Who may touch the environment besides app/settings.py, and for what."""

ROWS = {"Base", "TenantRow", "TenantBase", "StrEnum"}
"""What a class in a room's models.py is made from."""


def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def place(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def named(tree: ast.AST) -> Iterator[str]:
    """Every name and attribute that is used."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            yield node.attr
        elif isinstance(node, ast.Name):
            yield node.id


def test_imports_go_the_way_the_architecture_says(capsys: pytest.CaptureFixture[str]) -> None:
    assert lint_imports(no_cache=True) == EXIT_STATUS_SUCCESS, capsys.readouterr().out


def test_only_the_settings_read_the_environment() -> None:
    touching = {place(path) for path in PROGRAMS if {"environ", "getenv"} & set(named(parsed(path)))}
    assert touching == ENVIRONMENT.keys()


def test_models_hold_rows_and_their_words_only() -> None:
    rooms = [path for path in (ROOT / "app").glob("*/models.py") if path.parent.name not in ("db", "scenario")]
    assert len(rooms) >= 5
    for path in rooms:
        for node in parsed(path).body:
            if isinstance(node, ast.ClassDef):
                bases = {base.id for base in node.bases if isinstance(base, ast.Name)}
                assert bases <= ROWS, f"{place(path)}: {node.name}"
                assert bases, f"{place(path)}: {node.name}"
            nodes = ast.walk(node)
            assert not any(isinstance(inner, ast.FunctionDef | ast.AsyncFunctionDef) for inner in nodes), place(path)


def test_no_row_loads_another_by_itself() -> None:
    configure_mappers()
    loads = [
        (mapper.class_.__name__, link.key, link.lazy)
        for mapper in Base.registry.mappers
        for link in mapper.relationships
        if link.lazy != "raise"
    ]
    assert loads == []


def test_every_setting_is_used() -> None:
    used = {name for path in PROGRAMS if path.name != "settings.py" for name in named(parsed(path))}
    kinds = [kind for kind in BaseSettings.__subclasses__() if kind.__module__ == settings.__name__]
    assert kinds
    assert [f"{kind.__name__}.{field}" for kind in kinds for field in kind.model_fields if field not in used] == []


def test_every_error_is_made_somewhere() -> None:
    known: set[str] = set()
    made: set[str] = set()
    for path in PROGRAMS:
        for node in ast.walk(parsed(path)):
            if isinstance(node, ast.ClassDef) and "code, status, title" in ast.unparse(node):
                known.add(node.name)
            elif isinstance(node, ast.Raise) and isinstance(node.exc, ast.Name):
                made.add(node.exc.id)
            elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                made.add(node.func.id)
    assert "NotFound" in known
    assert known - made == set()


def test_an_address_counts_as_checked_only_where_it_is_checked() -> None:
    making = [place(path) for path in PROGRAMS if re.search(r"\bCheckedUrl\(", path.read_text(encoding="utf-8"))]
    assert making == ["app/webhooks/endpoints.py"]
