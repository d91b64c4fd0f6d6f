"""The `otklik` command: a table of names; each command is a module of its own, imported when it is called."""

from __future__ import annotations

import importlib
import sys

import click

from app import __version__
from app.errors import OtklikError
from app.i18n import cli_language, translate

COMMANDS = ("up", "web", "worker", "agent", "migrate", "doctor", "status", "config", "simulate", "call", "voice")


class LazyGroup(click.Group):
    """Imports `app.commands.NAME` only when NAME is called, so that `otklik status` costs milliseconds."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  click's signature
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002  as above
        if cmd_name not in COMMANDS:
            return None
        command = importlib.import_module(f"app.commands.{cmd_name}").command
        if not isinstance(command, click.Command):
            raise TypeError(f"app.commands.{cmd_name}.command is not a click command")
        return command


@click.command(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="otklik")
def cli() -> None:
    """Otklik: voice agents that answer a company's phone."""


def main() -> None:
    """Entry point. Exit codes: 0 good, 1 the thing failed, 2 wrong usage; errors go to standard error."""
    try:
        sys.exit(cli(standalone_mode=False))
    except OtklikError as error:
        click.echo(error.text(cli_language()), err=True)
        sys.exit(1)
    except BrokenPipeError:
        sys.exit(1)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except (KeyboardInterrupt, click.Abort):
        click.echo(translate(cli_language(), "cli.interrupted"), err=True)
        sys.exit(1)


if __name__ == "__main__":
    main()
