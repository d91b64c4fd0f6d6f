"""`otklik up`: the whole of Otklik on this machine, with its servers, under one supervisor."""

from __future__ import annotations

import asyncio
import time
from contextlib import ExitStack
from pathlib import Path

import click

from app import __version__
from app.embedded import ports
from app.embedded.home import open_home, told
from app.embedded.installation import Access, Door, Given
from app.embedded.state import Lock
from app.embedded.supervisor import Say, Supervisor
from app.i18n import cli_language, translate
from app.settings import (
    CommonSettings,
    DatabaseSettings,
    LiveKitSettings,
    RedisSettings,
    VectorSettings,
    WebSettings,
    read,
    read_all,
)

PROGRAMS = ("web", "worker")


@click.command()
@click.option("--end-with-parent", is_flag=True, hidden=True, help="End when the program that started this one ends.")
def command(end_with_parent: bool) -> None:
    """Start everything on this machine: servers, dashboard and worker."""
    lang = cli_language()
    read_all()
    common, web = read(CommonSettings), read(WebSettings)
    home = open_home(common.home)
    with ExitStack() as held:
        with told(home):
            held.enter_context(Lock(home))
        door = open_door(web, common.public_url, lang)
        began = time.monotonic()
        click.echo(translate(lang, "cli.up.starting", version=__version__, home=home))

        def ready(access: Access) -> None:
            _greet(lang, door, access, time.monotonic() - began)

        with door.listener:
            supervisor = Supervisor(home, given(), door, _sayer(lang), end_with_parent)
            with told(home):
                asyncio.run(supervisor.run(programs(), ready=ready))
        click.echo(translate(lang, "cli.up.stopped"))


def programs() -> tuple[str, ...]:
    """Ours, in the order in which they are named; an agent waits only at a LiveKit server."""
    return PROGRAMS if read(LiveKitSettings).url is None else (*PROGRAMS, "agent")


def open_door(web: WebSettings, public_url: str | None, lang: str) -> Door:
    """Binds the web program's port, or says that it is taken and binds the next free one."""
    listener = ports.listen(web.host, web.port)
    port = int(listener.getsockname()[1])
    if web.port not in (0, port):
        click.echo(translate(lang, "cli.up.port_taken", taken=web.port, port=port))
    host = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(web.host, web.host)  # noqa: S104  compared, not listened on
    local_url = f"http://{host}:{port}"
    return Door(listener, local_url, (public_url or local_url).rstrip("/"))


def given() -> Given:
    """The servers that the settings name; the others are ours."""
    database, redis, vectors = read(DatabaseSettings), read(RedisSettings), read(VectorSettings)
    return Given(
        database_url=database.url.get_secret_value() if database.url else None,
        owner_url=database.owner_url.get_secret_value() if database.owner_url else None,
        redis_url=redis.url.get_secret_value() if redis.url else None,
        qdrant_url=vectors.url,
    )


def _sayer(lang: str) -> Say:
    def say(key: str, facts: dict[str, object]) -> None:
        words = dict(facts)
        if "part" in words:
            words["part"] = translate(lang, f"cli.part.{words['part']}")
        if isinstance(seconds := words.get("seconds"), float):
            words["seconds"] = _decimal(seconds, lang)
        click.echo(translate(lang, f"cli.up.{key}", **words))

    return say


def _decimal(number: float, lang: str) -> str:
    return f"{number:.1f}".replace(".", "," if lang == "ru" else ".")


def _greet(lang: str, door: Door, access: Access, seconds: float) -> None:
    click.echo()
    click.echo(translate(lang, "cli.up.address", url=door.public_url))
    click.echo(translate(lang, "cli.up.email", email=access.email))
    for what, file in (("password", access.password_file), ("api_key", access.api_key_file)):
        if access.created:
            secret = Path(file).read_text(encoding="utf-8").strip()
            click.echo(translate(lang, f"cli.up.{what}_made", secret=secret, file=file))
        else:
            click.echo(translate(lang, f"cli.up.{what}", file=file))
    click.echo(translate(lang, "cli.up.how_to_stop", seconds=_decimal(seconds, lang)))
