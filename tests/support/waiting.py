"""Waiting for a condition instead of sleeping."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable


async def until(holds: Callable[[], Awaitable[bool]], *, seconds: float = 10.0) -> None:
    """Returns as soon as `holds()` is true; raises TimeoutError when it never is."""
    async with asyncio.timeout(seconds):
        while not await holds():
            await asyncio.sleep(0.02)
