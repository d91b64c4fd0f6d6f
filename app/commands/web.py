"""`otklik web`: the dashboard, the JSON API and inbound webhooks over HTTP."""

from __future__ import annotations

import asyncio
import logging
import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from app.embedded import parent, ports
from app.settings import CommonSettings, RedisSettings, WebSettings, read

if TYPE_CHECKING:
    import uvicorn

GRACE = 3
"""Seconds that open requests and event streams have when the program is told to stop."""
KEEP_ALIVE = 15
"""Seconds that a connection may stay without a request."""
CONNECTIONS = 2000
"""Connections at once; beyond them the answer is 503. Each live page holds one, and each spoken call."""
MAX_MESSAGE = 64 * 1024
"""Bytes of a WebSocket's message: two seconds of a caller's sound. A longer one closes the connection, code 1009."""


@click.command()
@click.option("--host", help="Address to listen on.")
@click.option("--port", type=click.IntRange(0, 65535), help="Port to listen on.")
@click.option("--supervised", is_flag=True, hidden=True, help="Wait on standard input for the supervisor's word.")
@click.option("--fd", type=int, hidden=True, help="A bound socket from the supervisor.")
def command(host: str | None, port: int | None, supervised: bool, fd: int | None) -> None:
    """Serve the dashboard and the API."""
    import uvloop

    settings, level = read(WebSettings), read(CommonSettings).log_level
    logging.basicConfig(level=level.upper(), format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    for name in ("httpx", "httpx2", "websockets", "livekit", "livekit.agents"):
        # They log addresses, which may hold secrets, and at the lowest level what callers say.
        logging.getLogger(name).setLevel(logging.WARNING)
    prepare()
    if supervised:
        parent.wait_for_go()
    listener = socket.socket(fileno=fd) if fd is not None else None
    if listener is None:
        at = (host or settings.host, settings.port if port is None else port)
        listener = ports.bind(*at)
    uvloop.run(serve(listener))


def prepare() -> None:
    """Imports the application: seconds that a supervised program spends while the servers start."""
    import app.asgi
    import app.security.slow  # noqa: F401


def server_config(app: Callable[..., object], settings: WebSettings) -> uvicorn.Config:
    """How uvicorn serves `app`. Proxies are those of our settings: uvicorn's own would be loopback, or whatever
    FORWARDED_ALLOW_IPS names.
    """
    import uvicorn

    from app.security.slow import HeaderDeadline

    return uvicorn.Config(
        app,
        http=HeaderDeadline,
        ws="websockets-sansio",
        ws_max_size=MAX_MESSAGE,
        ws_per_message_deflate=False,
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=bool(settings.trusted_proxies),
        forwarded_allow_ips=list(settings.trusted_proxies),
        limit_concurrency=CONNECTIONS,
        timeout_keep_alive=KEEP_ALIVE,
        timeout_graceful_shutdown=GRACE,
    )


async def serve(listener: socket.socket) -> None:
    """Answers on the bound socket until SIGTERM or SIGINT. Raises SettingsInvalid."""
    import uvicorn

    from app.asgi import create_app
    from app.db.outbox import RedisPublisher
    from app.runtime import build

    redis = read(RedisSettings)
    publisher = RedisPublisher(redis.url.get_secret_value(), redis.timeout) if redis.url else None
    runtime = build(redis=redis, publish=publisher)  # says what is missing when there is no address
    config = server_config(create_app(runtime), read(WebSettings))

    class Server(uvicorn.Server):
        @contextmanager
        def capture_signals(self) -> Iterator[None]:
            """Signals are handled below: uvicorn would repeat them at its end, and we would die before closing."""
            yield

    server = Server(config)

    def stop(number: signal.Signals) -> None:
        # A second Ctrl-C is impatience. A second SIGTERM is not: an orphan gets one more from its pipe.
        server.force_exit = server.should_exit and number == signal.SIGINT
        server.should_exit = True

    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop, number)
    try:
        await server.serve(sockets=[listener])
    finally:
        await runtime.close()
        if publisher is not None:
            await publisher.close()
