"""Jobs about the sound of calls."""

from __future__ import annotations

import asyncio
import json
import sys
from asyncio.subprocess import PIPE
from pathlib import Path
from typing import Any
from uuid import UUID

from app.calls import recordings
from app.errors import NotFound
from workers.jobs import job
from workers.tools import Tools


class Undrawn(Exception):
    """The sound could not be read."""


@job("draw_recording")
async def draw_recording(tools: Tools, company_id: UUID, *, call_id: str) -> None:
    """How long and how loud a recording is, for the call's page."""
    async with tools.rt.db.tenant(company_id) as db:
        found = await recordings.recording(db, UUID(call_id))
    if found is None:
        raise NotFound
    sound = await _measured(tools.rt.files.path(company_id, found.file))
    async with tools.rt.db.tenant(company_id) as db:
        await recordings.draw(db, UUID(call_id), seconds=sound["seconds"], peaks=sound["peaks"])


async def _measured(path: Path) -> dict[str, Any]:  # Any: JSON of another process of ours
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "app.calls.sound", str(path), stdout=PIPE, stderr=PIPE
    )
    try:
        out, err = await process.communicate()
    except asyncio.CancelledError:
        process.kill()
        raise
    if process.returncode != 0:
        raise Undrawn(err.decode(errors="replace").strip().rsplit("\n", 1)[-1])
    measured: dict[str, Any] = json.loads(out)
    return measured
