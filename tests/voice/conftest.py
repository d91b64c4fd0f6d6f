"""Where spoken calls are played on virtual time."""

from __future__ import annotations

import pytest

from tests.conftest import runtime_on
from tests.support.scenes import Stage
from tests.support.servers import DatabaseUrls


@pytest.fixture
def stage(database: DatabaseUrls, redis_url: str) -> Stage:
    return Stage(database, redis_url, runtime_on)
