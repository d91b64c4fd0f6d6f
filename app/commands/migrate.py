"""`otklik migrate`: brings the database's tables to the newest revision, or to a named one."""

from __future__ import annotations

import asyncio

import click

from app.embedded import attach
from app.errors import SettingsInvalid
from app.i18n import cli_language, translate
from app.settings import CommonSettings, DatabaseSettings, read


@click.command()
@click.option("--to", "revision", default="head", show_default=True, help="Revision to go to; `base` drops everything.")
def command(revision: str) -> None:
    """Bring the database to the newest revision."""
    from app.db.migrating import migrate

    settings = attach.database(read(CommonSettings).home, read(DatabaseSettings))
    for name, url in (("OTKLIK_DATABASE_URL", settings.url), ("OTKLIK_DATABASE_OWNER_URL", settings.owner_url)):
        if url is None:
            raise SettingsInvalid(name=name, reason="not_set")
    owner, app = settings.owner_url, settings.url
    if owner is not None and app is not None:
        before, after = asyncio.run(migrate(owner.get_secret_value(), app.get_secret_value(), to=revision))
        same = "cli.migrate.same" if before == after else "cli.migrate.done"
        click.echo(translate(cli_language(), same, before=before or "-", after=after or "-"))
