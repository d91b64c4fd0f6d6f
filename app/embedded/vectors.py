"""The embedded vector store: Qdrant's engine in a child process of its own, because it holds the interpreter.

It is started for the knowledge room, which is not built yet; until then nothing asks it for more than a sign of life.
"""

from __future__ import annotations

from pathlib import Path

from app.embedded import probes, sockets
from app.embedded.program import Program


class Vectors(Program):
    """Owns one folder and answers JSON lines on a unix socket (`vector_process.py`)."""

    def __init__(self, home: Path) -> None:
        self.socket = sockets.path(home, "vectors")
        folder = home / "vectors"
        super().__init__(
            "vectors",
            ["app.embedded.vector_process", str(folder), str(self.socket)],
            home=home,
            settings={},
            ready=self._answers,
        )

    @property
    def url(self) -> str:
        """Address as the status file names it."""
        return f"unix://{self.socket}"

    def load(self) -> None:
        """Starts the process on a fresh socket."""
        self.socket.unlink(missing_ok=True)
        super().load()

    async def _answers(self) -> bool:
        return await probes.unix_line(self.socket, b'{"op":"ping"}\n') == b'{"ok": true}\n'
