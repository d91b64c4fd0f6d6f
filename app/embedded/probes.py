"""Whether a part answers: one short question, one line back, never longer than its limit."""

from __future__ import annotations

import asyncio
from pathlib import Path

HEARTBEATS = "otklik:worker:"
"""Keys that living workers hold in Redis; the same as `workers.heartbeat.KEY`, which a test holds to it."""

AGENT_BEATS = "otklik:agent:"
"""Keys that living agents hold; the same as `app.voice.worker.program.KEY`, which a test holds to it."""


async def unix_line(path: Path, request: bytes, *, lines: int = 1, seconds: float = 2) -> bytes:
    """The last of the first `lines` lines of the answer on a unix socket; empty when nobody answers in time."""
    try:
        async with asyncio.timeout(seconds):
            reader, writer = await asyncio.open_unix_connection(path)
            return await _ask(reader, writer, request, lines)
    except (OSError, TimeoutError):
        return b""


async def http_ok(host: str, port: int, path: str, *, seconds: float = 5) -> bool:
    """Whether GET `path` answers 200."""
    request = f"GET {path} HTTP/1.1\r\nHost: {host}:{port}\r\nConnection: close\r\n\r\n".encode()
    try:
        async with asyncio.timeout(seconds):
            reader, writer = await asyncio.open_connection(host, port)
            return b" 200 " in await _ask(reader, writer, request, 1)
    except (OSError, TimeoutError):
        return False


async def _ask(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, request: bytes, lines: int) -> bytes:
    try:
        writer.write(request)
        await writer.drain()
        line = b""
        for _ in range(lines):
            line = await reader.readline()
        return line
    finally:
        writer.close()


async def heartbeats(redis_url: str, prefix: str = HEARTBEATS) -> frozenset[str]:
    """Keys of the workers that live, or of the agents. Our own Valkey is asked without loading a client into the
    supervisor."""
    if redis_url.startswith("unix://"):
        script = f"return table.concat(redis.call('keys', '{prefix}*'), ' ')"
        path = Path(redis_url.removeprefix("unix://").split("?")[0])
        answer = await unix_line(path, f'EVAL "{script}" 0\r\n'.encode(), lines=2)
        return frozenset(answer.decode().split())
    from redis.asyncio import Redis  # noqa: PLC0415  only for a server that is not ours

    async with Redis.from_url(redis_url, socket_timeout=2, socket_connect_timeout=2) as client:
        found = [key async for key in client.scan_iter(match=f"{prefix}*", count=100)]
    return frozenset(key.decode() if isinstance(key, bytes) else str(key) for key in found)
