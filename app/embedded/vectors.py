"""The embedded vector store: Qdrant's engine in a child process of its own, because it holds the interpreter."""

from __future__ import annotations

import json
import os
import socket
from pathlib import Path

from app.embedded import children, sockets
from app.embedded.program import Program


class Vectors(Program):
    """Owns one folder and answers JSON lines on a unix socket (`vector_process.py`)."""

    def __init__(self, home: Path) -> None:
        self.socket = sockets.path(home, "vectors")
        folder = home / "vectors"
        super().__init__(
            "vectors", ["app.embedded.vector_process", str(folder), str(self.socket)], home=home, settings={}
        )

    @property
    def url(self) -> str:
        """Address as the status file names it."""
        return f"unix://{self.socket}"

    async def start(self, *, seconds: float = 30) -> None:
        """Starts it and waits until it answers."""
        self.socket.unlink(missing_ok=True)
        self.load()
        self.go()
        if self.child is None:
            raise RuntimeError("load it first")
        await children.until(self._answers, self.child, part=self.part, log=self.log, seconds=seconds)

    def _answers(self) -> bool:
        return ping(self.socket)


def ping(path: Path, *, seconds: float = 2) -> bool:
    """Whether the store behind the socket answers."""
    try:
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(seconds)
            connection.connect(os.fspath(path))
            connection.sendall(b'{"op":"ping"}\n')
            with connection.makefile("rb") as answers:
                return json.loads(answers.readline() or b"{}").get("ok") is True
    except (OSError, ValueError):
        return False
