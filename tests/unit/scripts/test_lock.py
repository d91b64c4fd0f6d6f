"""Lock files name versions and hashes, and no place of one machine."""

from __future__ import annotations

import pytest

from scripts.lock import stripped
from scripts.tools import ROOT

pytestmark = pytest.mark.unit

UV = """
source = { registry = "https://mirror.example/simple" }
sdist = { url = "https://mirror.example/a/b/thing-1.0.tar.gz", hash = "sha256:00", size = 1 }
"""


def test_addresses_become_file_names() -> None:
    lock = stripped(UV)
    assert "mirror.example" not in lock
    assert 'filename = "thing-1.0.tar.gz", hash = "sha256:00"' in lock
    assert stripped(lock) == lock


def test_no_lock_file_in_the_repository_holds_an_address() -> None:
    assert "://" not in (ROOT / "uv.lock").read_text(encoding="utf-8")
    assert '"resolved"' not in (ROOT / "package-lock.json").read_text(encoding="utf-8")
