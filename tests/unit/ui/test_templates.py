"""Every template renders, whole and block by block, in both languages, and keeps to the content-security policy."""

from __future__ import annotations

import re

import pytest

from app.ui.templating import TEMPLATES, environment, render
from tests.unit.ui.samples import Sample, samples

pytestmark = pytest.mark.unit

ALL = [pytest.param(sample, id=f"{lang}-{sample.name}") for lang in ("ru", "en") for sample in samples(lang)]
PARTS = {"macros.html", "bots/table.html", "settings/tabs.html"}
SCAFFOLD = {"body", "content", "title"}


@pytest.mark.parametrize("sample", ALL)
def test_a_page_renders_whole(sample: Sample) -> None:
    html = render(sample.template, sample.frame, sample.page)
    assert html.count("<h1") == (0 if sample.template == "sign_in_again.html" else 1)


@pytest.mark.parametrize("sample", ALL)
def test_each_block_renders_alone(sample: Sample) -> None:
    blocks = set(environment().get_template(sample.template).blocks) - SCAFFOLD
    for block in blocks:
        render(sample.template, sample.frame, sample.page, (block,))


@pytest.mark.parametrize("sample", ALL)
def test_nothing_is_inline(sample: Sample) -> None:
    html = render(sample.template, sample.frame, sample.page)
    assert not re.search(r"<style|\sstyle=|\son\w+=|javascript:|hx-on|hx-vals='js:", html)
    for script in re.findall(r"<script[^>]*>(.*?)</script>", html, re.DOTALL):
        assert script == ""


@pytest.mark.parametrize("sample", ALL)
def test_ids_are_unique(sample: Sample) -> None:
    ids = re.findall(r'\sid="([^"]+)"', render(sample.template, sample.frame, sample.page))
    assert len(ids) == len(set(ids))


def test_what_people_wrote_is_escaped() -> None:
    pages = {sample.name: render(sample.template, sample.frame, sample.page) for sample in samples("ru")}
    assert "<b>не тег</b>" not in pages["bot"]
    assert "<h1>busy</h1>" not in pages["webhook"]
    assert "<h1>busy</h1>" not in pages["message"]
    assert "<чистка>" not in pages["calls"]


def test_every_template_has_a_sample() -> None:
    written = {str(path.relative_to(TEMPLATES)) for path in TEMPLATES.rglob("*.html")}
    drawn = {sample.template for sample in samples("ru")}
    assert {name for name in written - PARTS if not name.startswith("layout/")} == drawn
