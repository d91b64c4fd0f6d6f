"""The vector store's process: `python -m app.embedded.vector_process FOLDER SOCKET`.

One JSON object a line in, one a line out: `{"op": "count", "company_id": ..., "bot_id": ...}` gives `{"ok": 3}`, a
failure `{"error": CODE, "message": TEXT}` with CODE one of bad_request, not_ready, failed. Requests are answered one
after the other: the engine holds the interpreter anyway.
"""

from __future__ import annotations

import asyncio
import json
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from app.embedded import parent
from app.embedded.vector_shard import Json, Shard

_LINE = 64 * 1024 * 1024
"""Bytes of a request; a batch of 64 points is about a megabyte."""


class VectorService:
    """Answers requests on a shard."""

    def __init__(self, shard: Shard) -> None:
        self._operations: dict[str, Callable[..., Any]] = {  # Any: JSON
            "ping": lambda: True,
            "ensure": shard.ensure,
            "upsert": shard.upsert,
            "search": shard.search,
            "delete_document": shard.delete_document,
            "count": shard.count,
            "scroll_ids": shard.scroll_ids,
            "optimize": shard.optimize,
        }

    def answer(self, line: bytes) -> Json:
        """The answer to one request; never raises for what a client sends."""
        try:
            request = json.loads(line)
            operation = self._operations[request.pop("op")]
        except (ValueError, KeyError, AttributeError, TypeError) as error:
            return {"error": "bad_request", "message": repr(error)}
        try:
            return {"ok": operation(**request)}
        except LookupError as error:
            return {"error": "not_ready", "message": str(error)}
        except (TypeError, ValueError) as error:
            return {"error": "bad_request", "message": str(error)}
        except Exception as error:  # noqa: BLE001  the engine raises its own bare Exception; the edge of a process
            return {"error": "failed", "message": str(error)}

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One client's connection."""
        try:
            while line := await reader.readline():
                writer.write(json.dumps(self.answer(line)).encode() + b"\n")
                await writer.drain()
        except (ConnectionError, ValueError):  # ValueError: a line over the limit
            pass
        finally:
            writer.close()


async def run(folder: Path, socket: Path) -> None:
    """Serves until SIGTERM or SIGINT."""
    shard = Shard(folder)
    stop = asyncio.Event()
    for wanted in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(wanted, stop.set)
    server = await asyncio.start_unix_server(VectorService(shard).serve, socket, limit=_LINE)
    try:
        await stop.wait()
    finally:
        server.close()
        shard.close()


def main() -> None:
    folder, socket = map(Path, sys.argv[1:])
    parent.wait_for_go()
    asyncio.run(run(folder, socket))


if __name__ == "__main__":
    main()
