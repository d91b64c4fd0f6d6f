"""`otklik worker`: the jobs of every company."""

from __future__ import annotations

import logging

import click

from app.embedded import parent
from app.settings import CommonSettings, read


@click.command()
@click.option("--supervised", is_flag=True, hidden=True, help="Wait on standard input for the supervisor's word.")
def command(supervised: bool) -> None:
    """Run the jobs: analysis, webhook delivery, upkeep."""
    from workers.main import main

    level = read(CommonSettings).log_level
    logging.basicConfig(level=level.upper(), format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    if supervised:
        parent.wait_for_go()
    main()
