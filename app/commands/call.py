"""`otklik call`: a conversation with a bot in the terminal, typed or read from a file, with what came of it."""

from __future__ import annotations

import asyncio
import json
import math
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from app.i18n import LANGUAGES, cli_language, translate


@dataclass(frozen=True)
class Wishes:
    """What the command line asked for. `lines` are a script's utterances; None: the person types."""

    company: str
    bot: str
    lines: tuple[str, ...] | None
    as_json: bool
    language: str
    wait: float


class Seconds(click.FloatRange):
    """A number of seconds, 0 or more; `nan` and `inf` are none, and would be waited for without an end."""

    name = "seconds"

    def __init__(self) -> None:
        super().__init__(min=0)

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:  # Any: click's signature
        """Ends with wrong usage on anything else."""
        seconds = float(super().convert(value, param, ctx))
        if not math.isfinite(seconds):
            self.fail(translate(cli_language(), "cli.call.wait_number"), param, ctx)
        return seconds


@click.command(name="call")
@click.option("--bot", required=True, help="Slug of the bot.")
@click.option("--company", default="demo", show_default=True, help="Slug of its company.")
@click.option("--script", type=click.Path(path_type=Path), help="File with one utterance of the caller a line.")
@click.option("--json", "as_json", is_flag=True, help="Print the finished call as the API shows it, and nothing else.")
@click.option("--language", type=click.Choice(LANGUAGES), help="Language of this command's own words.")
@click.option("--wait", type=Seconds(), default=60.0, show_default=True, help="Seconds to wait for the analysis.")
@click.pass_context
def command(
    context: click.Context,
    *,
    bot: str,
    company: str,
    script: Path | None,
    as_json: bool,
    language: str | None,
    wait: float,
) -> None:
    """Talk to a bot of the running installation; without one it is started for this call.

    An empty line is a caller who says nothing. The caller hangs up at the end of the script, or at Ctrl-D.
    """
    from app.commands.calling import hold  # seconds of imports that `--help` does without

    lang = language or cli_language()
    lines = None if script is None else read_script(script, lang)
    context.exit(asyncio.run(hold(Wishes(company, bot, lines, as_json, lang, wait))))


def read_script(file: Path, lang: str) -> tuple[str, ...]:
    """The utterances of a script; exits with 2 when it cannot be read."""
    try:
        lines = file.read_bytes().decode("utf-8-sig").split("\n")  # not splitlines(): it also splits at U+2028
        return tuple(line.strip() for line in (lines if lines[-1] else lines[:-1]))
    except UnicodeDecodeError:
        reason = "UTF-8"
    except OSError as error:
        reason = error.strerror or str(error)
    click.echo(translate(lang, "cli.call.script_unreadable", file=str(file), reason=reason), err=True)
    sys.exit(2)


def print_json(value: object) -> None:
    """One JSON object on standard output."""
    click.echo(json.dumps(value, ensure_ascii=False, indent=2))
