"""`otklik agent`: answers the phone and the browser through a LiveKit server."""

from __future__ import annotations

import click

from app.embedded import parent, ports
from app.settings import AgentSettings, CommonSettings, read


@click.command()
@click.option("--supervised", is_flag=True, hidden=True, help="Wait on standard input for the supervisor's word.")
def command(supervised: bool) -> None:
    """Answer calls: waits at the LiveKit server and carries each call in a process of its own."""
    from app.voice.worker import logs, program

    settings = read(AgentSettings)
    logs.configure(read(CommonSettings).log_level)
    if supervised:
        parent.wait_for_go()
    with ports.bind(settings.host, 0 if supervised else settings.port) as listener:
        program.main(listener, supervised=supervised)
