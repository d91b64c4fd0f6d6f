"""What a page costs to load, and that every icon it names is in the sprite."""

from __future__ import annotations

import gzip
import re

import pytest

from app.ui.manifest import STATIC, manifest
from app.ui.templating import TEMPLATES

pytestmark = pytest.mark.unit

BUDGET = 60 * 1024
"""Bytes of script and style over the wire; promises.md, "Fast"."""


def test_script_and_style_stay_within_the_budget() -> None:
    names = ("app.js", "app.css", "icons.svg")
    wire = sum(len(gzip.compress((STATIC / manifest().files[name]).read_bytes(), 5)) for name in names)
    assert wire <= BUDGET


def test_file_names_carry_the_content_s_hash() -> None:
    assert all(re.search(r"-[0-9a-zA-Z]{8,}\.\w+$", file) for file in manifest().files.values())
    assert all((STATIC / file).is_file() for file in manifest().files.values())


def test_an_icon_that_is_not_in_the_sprite_is_an_error() -> None:
    with pytest.raises(KeyError, match=r"icons\.txt"):
        manifest().icon("unicorn")


def test_every_icon_in_the_sprite_is_used() -> None:
    used = {
        name
        for path in [*TEMPLATES.rglob("*.html"), *TEMPLATES.parent.glob("*.py")]
        for name in re.findall(r'"([a-z0-9-]+)"', path.read_text(encoding="utf-8"))
    }
    assert manifest().icons - used == set()


def test_the_style_sheet_loads_nothing_from_elsewhere() -> None:
    style = (STATIC / manifest().files["app.css"]).read_text(encoding="utf-8")
    assert not re.search(r"url\((?![\"']?(?:\./|data:))", style)
    assert "light-dark(" in style
