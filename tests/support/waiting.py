"""Waiting for a condition instead of sleeping."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

LONG = 120.0
"""Seconds after which something will never happen, also on a machine that is busy with other things."""


async def until(holds: Callable[[], Awaitable[bool]], *, seconds: float = LONG) -> None:
    """Returns as soon as `holds()` is true; raises TimeoutError when it never is."""
    async with asyncio.timeout(seconds):
        while not await holds():
            await asyncio.sleep(0.02)
