"""What is to be rendered for a bot, as a small file beside the sounds: pages ask it, and tidying follows it."""

from __future__ import annotations

import asyncio
import hashlib
import json
import time
from dataclasses import asdict, dataclass
from datetime import timedelta
from pathlib import Path
from uuid import UUID

from app.files import FileStore
from app.runtime import Runtime
from app.voice.speech.cache import KIND

PLANS = "speechplans"

KEPT = timedelta(days=7)
"""Sounds that no plan names are kept so long after they were written: drafts being tried, a voice put back."""


@dataclass(frozen=True)
class Plan:
    """The sounds of a bot's published version; `failed` is the one that failed at the last try, by whom and why."""

    version: int
    keys: tuple[str, ...]
    failed: str | None = None
    by: str = ""
    cause: str = ""


@dataclass(frozen=True)
class Rendered:
    """How much of what a bot always says the same is ready to be played. Without a plan nothing is due: 0 of 0."""

    ready: int = 0
    total: int = 0
    version: int | None = None
    by: str = ""
    """Who failed at the last try: a provider and its model, or `disk`. Empty: nobody did."""
    cause: str = ""
    """Why: one of the providers' causes, or `broken`."""


async def rendered(rt: Runtime, company_id: UUID, bot_id: UUID) -> Rendered:
    """The state of a bot's speech, for its voice page."""
    return await asyncio.to_thread(_rendered, rt.files, company_id, bot_id)


def _rendered(files: FileStore, company_id: UUID, bot_id: UUID) -> Rendered:
    plan = _read(_place(files, company_id, bot_id))
    if plan is None:
        return Rendered()
    ready = sum(files.named(company_id, KIND, key).exists() for key in plan.keys)
    if ready == len(plan.keys):
        return Rendered(ready, ready, plan.version)
    return Rendered(ready, len(plan.keys), plan.version, plan.by, plan.cause)


async def read_plan(files: FileStore, company_id: UUID, bot_id: UUID) -> Plan | None:
    """None before the first try."""
    return await asyncio.to_thread(_read, _place(files, company_id, bot_id))


async def write_plan(files: FileStore, company_id: UUID, bot_id: UUID, plan: Plan) -> None:
    """Raises OSError."""
    await files.write(_place(files, company_id, bot_id), json.dumps(asdict(plan)).encode())


async def tidy(files: FileStore, company_id: UUID, bot_ids: frozenset[UUID]) -> int:
    """Removes what no plan of these bots, all that the company has, names and nobody rendered lately.

    Returns how many sounds went. Raises OSError.
    """
    return await asyncio.to_thread(_tidy, files, company_id, bot_ids)


def _tidy(files: FileStore, company_id: UUID, bot_ids: frozenset[UUID]) -> int:
    places = {_place(files, company_id, bot_id) for bot_id in bot_ids}
    wanted: set[str] = set()
    for place in files.names(company_id, PLANS):
        if place not in places:
            place.unlink(missing_ok=True)
        elif (plan := _read(place)) is not None:
            wanted.update(plan.keys)
    before = time.time() - KEPT.total_seconds()
    old = [path for path in files.names(company_id, KIND) if path.name not in wanted and _written(path) < before]
    for path in old:
        path.unlink(missing_ok=True)
    return len(old)


def _written(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except FileNotFoundError:
        return time.time()


def _place(files: FileStore, company_id: UUID, bot_id: UUID) -> Path:
    return files.named(company_id, PLANS, hashlib.sha256(bot_id.bytes).hexdigest())


def _read(place: Path) -> Plan | None:
    try:
        kept = json.loads(place.read_bytes())
    except FileNotFoundError:
        return None
    return Plan(kept["version"], tuple(kept["keys"]), kept["failed"], kept["by"], kept["cause"])
