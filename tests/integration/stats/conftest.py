"""A second company."""

from __future__ import annotations

import pytest

from app.runtime import Runtime
from tests.support.world import World, new_world


@pytest.fixture
async def other(rt: Runtime) -> World:
    """Another company of the same installation."""
    return await new_world(rt)
