"""Shows a problem of a scenario file to a person: place, what is wrong, what to do."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from app.i18n import translate
from app.scenario.problems import Problem

_PLACEHOLDERS = [
    "said",
    "limit",
    "character",
    "tag",
    "name",
    "number",
    "value",
    "expected",
    "least",
    "most",
    "known",
    "language",
    "languages",
    "type",
    "types",
    "first",
    "second",
]


def problem_text(problem: Problem, lang: str) -> tuple[str, str]:
    """What is wrong, and the fix, in `lang`."""
    params: dict[str, object] = {**dict.fromkeys(_PLACEHOLDERS, ""), **problem.params}
    said = translate(lang, f"scenario.{problem.code}", **params)
    if problem.suggestion:
        said += " " + translate(lang, "scenario.did_you_mean", name=problem.suggestion)
    return said, translate(lang, f"scenario.{problem.code}.fix", **params)


def show(problem: Problem, lang: str) -> str:
    """`file:line:column: path: what is wrong` and the fix on a line of its own."""
    said, fix = problem_text(problem, lang)
    place = f"{problem.file}:{problem.line}:{problem.column}: "
    path = f"{problem.path}: " if problem.path else ""
    return f"{place}{path}{said}\n    {fix}"


def read_source(file: Path, lang: str) -> str:
    """The file's text; exits with 2 when there is no such file, with 1 when it cannot be read as text."""
    if file.is_dir():
        click.echo(translate(lang, "cli.config.is_folder", file=str(file)), err=True)
        sys.exit(2)
    if not file.is_file():
        click.echo(translate(lang, "scenario.no_file", file=str(file)), err=True)
        sys.exit(2)
    try:
        if file.stat().st_size > 4 * 1024 * 1024:
            click.echo(translate(lang, "scenario.file_too_large", file=str(file)), err=True)
            sys.exit(1)
        return file.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        click.echo(translate(lang, "scenario.not_utf8", file=str(file)), err=True)
    except OSError as error:
        click.echo(translate(lang, "scenario.unreadable", file=str(file), reason=error.strerror or ""), err=True)
    sys.exit(1)
