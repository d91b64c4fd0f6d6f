"""`otklik config check FILE`: everything that is wrong with a scenario, with line, column and a fix."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from app.commands.problems import read_source, show
from app.i18n import cli_language, plural, translate
from app.scenario import config_loader


@click.group(name="config")
def command() -> None:
    """Check scenario files."""


@command.command()
@click.argument("file", type=click.Path(path_type=Path))
def check(file: Path) -> None:
    """Say all that is wrong with the scenario FILE. Exit code 1 when it cannot be used."""
    lang = cli_language()
    source = read_source(file, lang)
    try:
        scenario = config_loader.load(source, str(file))
    except config_loader.ScenarioInvalid as invalid:
        for problem in invalid.problems:
            click.echo(show(problem, lang), err=True)
        click.echo(plural(lang, "scenario.found", len(invalid.problems), file=str(file)), err=True)
        sys.exit(1)
    for problem in scenario.warnings:
        click.echo(f"{translate(lang, 'scenario.warning')}: {show(problem, lang)}", err=True)
    click.echo(
        translate(
            lang,
            "scenario.ok",
            file=str(file),
            stages=plural(lang, "scenario.stages", len(scenario.stages)),
            fields=plural(lang, "scenario.fields", len(scenario.fields)),
            intents=plural(lang, "scenario.intents", len(scenario.scenario.intents)),
            languages=", ".join(scenario.languages),
        )
    )
