"""`otklik voice`: the speech of this machine: what there is, and fetching what is missing."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

import click

from app.errors import FetchFailed
from app.i18n import cli_language, translate

if TYPE_CHECKING:
    from app.voice.providers.local import LocalVoice


@click.group()
def command() -> None:
    """Speech on this machine, without an account."""


@command.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON object: {stt, voices: {language: [name]}, missing}.")
@click.pass_context
def status(context: click.Context, as_json: bool) -> None:
    """Say what this machine can hear and speak with. Exit code 1 when it cannot hear, or has no voice."""
    from app.voice.providers.local import available

    local = available()
    click.echo(json.dumps(_public(local)) if as_json else _table(local, cli_language()))
    context.exit(0 if local.stt and local.voices else 1)


@command.command()
@click.pass_context
def fetch(context: click.Context) -> None:
    """Fetch the models that are missing. What has come stays when it breaks off. Exit code 1 when one did not come."""
    from app.settings import LocalVoiceSettings, read
    from app.voice.providers.local import fetching, weights

    lang, settings = cli_language(), read(LocalVoiceSettings)
    shelf = weights.shelf(settings)
    if shelf.whisper() is None and weights.carried():
        weights.joined_whisper(shelf.own)
    failed = False
    for remote in fetching.lacking(shelf):
        click.echo(translate(lang, f"voice.local.fetching.{remote.what}"))
        try:
            fetching.fetch(remote, shelf, settings, _progress)
        except FetchFailed as error:
            failed = True
            click.echo(error.text(lang), err=True)
    if not failed:
        click.echo(translate(lang, "voice.local.complete", folder=shelf.own))
    context.exit(1 if failed else 0)


def _progress(name: str, here: int, total: int | None) -> None:
    """One line that changes, on a terminal; nothing elsewhere."""
    if sys.stderr.isatty():
        done = f"{100 * here // total:3} %" if total else ""
        end = "\n" if here == total else "\r"
        sys.stderr.write(f"  {name}  {here / 1e6:.1f} MB {done}{end}")


def _public(local: LocalVoice) -> dict[str, object]:
    voices = {language: [voice.name for voice in some] for language, some in local.voices.items()}
    return {"stt": local.stt, "voices": voices, "missing": [missing.what for missing in local.missing]}


def _table(local: LocalVoice, lang: str) -> str:
    lines = [translate(lang, "voice.local.hears")] if local.stt else []
    for language, some in local.voices.items():
        kind = "robotic" if some[0].robotic else "speaks"
        lines.append(translate(lang, f"voice.local.{kind}_{language}", name=some[0].name))
    return "\n".join([*lines, *(missing.text(lang) for missing in local.missing)])
