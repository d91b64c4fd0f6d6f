"""A LiveKit server, and rooms on it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest

from app.telephony.rooms import Rooms
from tests.support.livekit_server import LiveKitServer, livekit_server


@pytest.fixture(scope="module")
def server() -> Iterator[LiveKitServer]:
    with livekit_server() as running:
        yield running


@pytest.fixture
async def rooms(server: LiveKitServer) -> AsyncIterator[Rooms]:
    made = Rooms(server.settings)
    yield made
    await made.aclose()
