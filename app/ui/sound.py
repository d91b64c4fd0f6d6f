"""The sound of a call, in the pieces that a browser asks for while it plays (RFC 9110, 14: range requests)."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path
from uuid import UUID

from litestar import Controller, Response, get
from litestar.params import FromPath

from app.calls import queries as calls
from app.calls.recordings import recording
from app.errors import NotFound
from app.ui.visits import ENTRY, Here

PIECE = 512 * 1024
"""Bytes of one answer; a browser asks for the next piece when it needs it."""
_RANGE = re.compile(r"^bytes=(\d*)-(\d*)$")


class CallSound(Controller):
    """`/c/{slug}/calls/{id}/audio`: for members who may see callers' numbers, which callers say aloud."""

    path = "/c/{slug:str}/calls/{call_id:uuid}/audio"
    dependencies = ENTRY

    @get("/", media_type="audio/ogg")
    async def play(self, entry: Here, call_id: FromPath[UUID]) -> Response[bytes]:
        if entry.formats.masked:
            raise NotFound
        async with entry.db() as db:
            await calls.call(db, call_id)
            found = await recording(db, call_id)
        if found is None:
            raise NotFound
        path = entry.rt.files.path(entry.company.id, found.file)
        asked = span(entry.request.headers.get("range"), found.size)
        headers = {"accept-ranges": "bytes", "cache-control": "private, no-store"}
        if asked is None:
            return Response(
                b"",
                status_code=416,
                headers={**headers, "content-range": f"bytes */{found.size}"},
                media_type="audio/ogg",
            )
        start, end = asked
        try:
            body = await asyncio.to_thread(_piece, path, start, end)
        except FileNotFoundError as error:
            raise NotFound from error
        headers["content-range"] = f"bytes {start}-{start + len(body) - 1}/{found.size}"
        return Response(body, status_code=206, headers=headers, media_type="audio/ogg")


def span(header: str | None, size: int) -> tuple[int, int] | None:
    """First and last byte of the piece to send; None when what is asked for does not exist. Without a header, or with
    one that is no single range, the first piece: a player asks on."""
    match = _RANGE.match(header.strip()) if header else None
    first, last = (match[1], match[2]) if match else ("", "")
    if not first and last:
        start, end = max(size - int(last), 0), size - 1
    else:
        start, end = int(first or 0), min(int(last), size - 1) if last else size - 1
    if start >= size or end < start:
        return None
    return start, min(end, start + PIECE - 1)


def _piece(path: Path, start: int, end: int) -> bytes:
    with path.open("rb") as file:
        file.seek(start)
        return file.read(end - start + 1)
