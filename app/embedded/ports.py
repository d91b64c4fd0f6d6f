"""Ports: the wanted one, or the next that is free."""

from __future__ import annotations

import errno
import socket

from app.embedded.problems import CannotListen, NoFreePort

_WHY = {errno.EADDRINUSE: "taken", errno.EACCES: "not_allowed", errno.EPERM: "not_allowed"}


def bind(host: str, port: int) -> socket.socket:
    """A listening socket on exactly this address. Raises CannotListen."""
    listener = None
    try:
        listener = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(1024)  # SO_REUSEADDR lets two sockets bind, only one may listen
    except (OSError, ValueError, TypeError) as error:  # ValueError and TypeError: the host can be no name at all
        if listener is not None:
            listener.close()
        why = _WHY.get(getattr(error, "errno", None) or 0, "no_address")
        raise CannotListen(host=host, port=port, why=why) from error
    return listener


def listen(host: str, wanted: int, *, tries: int = 100) -> socket.socket:
    """A bound socket on `wanted` or the next free port. Raises NoFreePort after `tries`, CannotListen; 0 takes any.

    The socket is handed to the web program, so that nobody takes the port in between and a restart keeps it.
    """
    for port in range(wanted, min(wanted + tries, 65536)):
        try:
            return bind(host, port)
        except CannotListen as refused:
            if refused.facts["why"] != "taken":
                raise
    raise NoFreePort(first=wanted, last=wanted + tries - 1)


def free_port(wanted: int) -> int:
    """A loopback port that was free a moment ago: `wanted` or the next; for servers that bind by themselves."""
    with listen("127.0.0.1", wanted) as listener:
        return int(listener.getsockname()[1])
