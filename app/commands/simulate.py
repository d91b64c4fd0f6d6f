"""`otklik simulate PATH`: runs the callers that stand beside a scenario and says what came out."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from app.commands.problems import read_source, show
from app.i18n import cli_language, plural, translate
from app.scenario import callers, config_loader, simulator

_SUFFIX = ".callers.yaml"
_SCENARIO = re.compile(rb"^stages\s*:", re.MULTILINE)
"""What tells a scenario from another YAML file of the same folder."""


@click.command(name="simulate")
@click.argument("path", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print [{scenario, caller, passed, expected, got}].")
@click.option("--caller", "only", default=None, help="Run only callers whose name contains this.")
@click.option("--transcript", is_flag=True, help="Print what was said, for every caller.")
def command(path: Path, as_json: bool, only: str | None, transcript: bool) -> None:
    """Run the simulated callers of a scenario file, or of all scenarios in a folder and the folders in it.

    Exit code 1 when a caller failed, or a scenario was not tested.
    """
    lang = cli_language()
    results: list[simulator.CallerResult] = []
    broken = False
    for scenario in _scenarios(path, lang):
        found = _run(scenario, only, lang)
        broken = broken or found is None
        results += found or []
    if not results and not broken:
        click.echo(translate(lang, "cli.simulate.no_such_caller", name=only), err=True)
        sys.exit(2)
    if as_json:
        click.echo(json.dumps([result.to_json() for result in results], ensure_ascii=False, indent=2))
    else:
        _print_table(results, lang, transcript)
    sys.exit(1 if broken or not all(result.passed for result in results) else 0)


def _scenarios(path: Path, lang: str) -> list[Path]:
    """The scenario files, with callers or without; exits with 2 when there are none."""
    if path.is_dir():
        found = _inside(path)
        if not found:
            click.echo(translate(lang, "scenario.no_callers", path=str(path)), err=True)
            sys.exit(2)
        return found
    if not path.is_file():
        click.echo(translate(lang, "scenario.no_file", file=str(path)), err=True)
        sys.exit(2)
    scenario = path.with_name(path.name.removesuffix(_SUFFIX) + ".yaml") if path.name.endswith(_SUFFIX) else path
    beside = _beside(scenario)
    if not beside.is_file():
        click.echo(translate(lang, "scenario.callers_missing", file=str(scenario), beside=str(beside)), err=True)
        sys.exit(2)
    return [scenario]


def _inside(folder: Path) -> list[Path]:
    """Scenarios with callers, and YAML files without that look like scenarios."""
    files = [file for file in folder.rglob("*.yaml") if file.is_file()]
    callers_of = {file.with_name(file.name.removesuffix(_SUFFIX) + ".yaml") for file in files if _is_callers(file)}
    alone = {file for file in files if not _is_callers(file) and _is_scenario(file)}
    return sorted(callers_of | alone)


def _is_callers(file: Path) -> bool:
    return file.name.endswith(_SUFFIX)


def _is_scenario(file: Path) -> bool:
    try:
        return _SCENARIO.search(file.read_bytes()) is not None
    except OSError:
        return True  # whether it is one cannot be known: it is named as not tested


def _beside(scenario: Path) -> Path:
    return scenario.with_name(scenario.stem + _SUFFIX)


def _run(file: Path, only: str | None, lang: str) -> list[simulator.CallerResult] | None:
    """None when the scenario or its callers cannot be used, or it has none; what is wrong has been said."""
    beside = _beside(file)
    if not beside.is_file():
        _say_untested(file, lang)
        return None
    try:
        scenario = config_loader.load(read_source(file, lang), str(file))
        people = callers.load(read_source(beside, lang), str(beside), scenario)
    except config_loader.ScenarioInvalid as invalid:
        for problem in invalid.problems:
            click.echo(show(problem, lang), err=True)
        return None
    if not people.callers:
        _say_untested(file, lang)
        return None
    chosen = [one for one in people.callers if only is None or only.casefold() in one.name.casefold()]
    return [simulator.run_one(scenario, people, one, name=file.stem) for one in chosen]


def _say_untested(file: Path, lang: str) -> None:
    click.echo(translate(lang, "cli.simulate.untested", file=str(file), beside=str(_beside(file))), err=True)


def _print_table(results: Sequence[simulator.CallerResult], lang: str, transcript: bool) -> None:
    width = min(48, max((len(result.caller) for result in results), default=0))
    for result in results:
        word = translate(lang, "scenario.passed" if result.passed else "scenario.failed")
        outcome = result.got.get("outcome", "")
        click.echo(f"{word:<9} {result.scenario:<12} {result.caller[:width]:<{width}}  {outcome}".rstrip())
        if not result.passed:
            for line in _differences(result, lang):
                click.echo(f"          {line}")
        if transcript or not result.passed:
            for turn in result.transcript:
                who = translate(lang, f"scenario.role_{turn.role}")
                note = f" [{translate(lang, f'scenario.note_{turn.note}')}]" if turn.note else ""
                click.echo(f"          {turn.seq:>3} {who}{note}: {turn.text[:400]}")
    failed = sum(not result.passed for result in results)
    click.echo(translate(lang, "scenario.all", callers=plural(lang, "scenario.callers", len(results)), failed=failed))


def _differences(result: simulator.CallerResult, lang: str) -> list[str]:
    lines = []
    for key, expected in result.expected.items():
        got: Any = result.got.get(key)
        if expected != got:
            name = translate(lang, f"scenario.expect_{key}")
            values = {"name": name, "expected": _short(expected), "got": _short(got)}
            lines.append(translate(lang, "scenario.difference", **values))
    return lines


def _short(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)[:300]
