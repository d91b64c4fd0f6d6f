"""Loopback ports: the wanted one, or the next that is free."""

from __future__ import annotations

import errno
import socket

from app.embedded.problems import NoFreePort


def listen(host: str, wanted: int, *, tries: int = 100) -> socket.socket:
    """A bound socket on `wanted` or the next free port. Raises NoFreePort after `tries`; 0 takes any.

    The socket is handed to the web program, so that nobody takes the port in between and a restart keeps it.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    for port in range(wanted, min(wanted + tries, 65536)):
        listener = socket.socket(family, socket.SOCK_STREAM)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((host, port))
            listener.listen(1024)  # SO_REUSEADDR lets two sockets bind, only one may listen
        except OSError as error:
            listener.close()
            if error.errno not in (errno.EADDRINUSE, errno.EACCES):
                raise
        else:
            return listener
    raise NoFreePort(first=wanted, last=wanted + tries - 1)


def free_port(wanted: int) -> int:
    """A loopback port that was free a moment ago: `wanted` or the next; for servers that bind by themselves."""
    with listen("127.0.0.1", wanted) as listener:
        return int(listener.getsockname()[1])
