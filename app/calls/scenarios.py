"""Compiled scenarios, kept by their text: compiling takes tens of milliseconds and a running call needs one at once."""

from __future__ import annotations

from functools import lru_cache, partial

from app.bots.compiling import ACCEPTED, compile_source
from app.scenario.compiled import CompiledScenario

KEPT = 64
"""Scenarios a process keeps; the least used one goes first."""


@lru_cache(maxsize=KEPT)
def _compiled(source: str) -> CompiledScenario:
    return compile_source(source, "scenario.yaml")


async def compiled(source: str) -> CompiledScenario:
    """The scenario of a config's text, compiled off the event loop. Raises ScenarioRejected, TooManyRequests."""
    return await ACCEPTED.run(partial(_compiled, source))
