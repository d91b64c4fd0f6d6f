"""`otklik status`: what runs on this machine, for people and for scripts."""

from __future__ import annotations

import json
from dataclasses import asdict

import click

from app import __version__
from app.embedded import state
from app.embedded.state import Phase, Status
from app.i18n import cli_language, translate
from app.settings import CommonSettings, read


@click.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON object; it holds the database's password.")
@click.pass_context
def command(context: click.Context, as_json: bool) -> None:
    """Show what runs. Exit code 0 when everything is ready, 1 otherwise."""
    status = state.read(read(CommonSettings).home.absolute())
    click.echo(json.dumps(public(status), ensure_ascii=False) if as_json else table(status, cli_language()))
    context.exit(0 if status.state is Phase.READY else 1)


def public(status: Status) -> dict[str, object]:
    """The promised shape, and nothing else."""
    shown = {**asdict(status), "version": status.version or __version__}
    del shown["pid"]
    return shown


def table(status: Status, lang: str) -> str:
    """The same for people, without the password."""
    lines = [translate(lang, f"cli.status.{status.state}", version=status.version or __version__)]
    if status.state is not Phase.STOPPED:
        lines.append(translate(lang, "cli.up.address", url=status.url or "-"))
        if status.email:
            lines.append(translate(lang, "cli.up.email", email=status.email))
            lines.append(translate(lang, "cli.up.password", file=status.password_file))
            lines.append(translate(lang, "cli.up.api_key", file=status.api_key_file))
    rows = [(translate(lang, f"cli.part.{name}"), part) for name, part in status.parts.items()]
    width = max(len(name) for name, _ in rows)
    lines += [
        f"  {name:<{width}}  {translate(lang, f'cli.state.{part.state}')}  {_plain(part.url)}" for name, part in rows
    ]
    return "\n".join(lines)


def _plain(url: str | None) -> str:
    if url is None:
        return ""
    scheme, _, rest = url.partition("://")
    return f"{scheme}://{rest.rpartition('@')[2]}"
