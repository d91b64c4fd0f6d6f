"""A whole installation and a headless Chromium, once a run; skipped with the reason where there is no Chromium."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Playwright, expect, sync_playwright

from scripts.chromium import find
from tests.e2e.installation import Installation, running_installation
from tests.e2e.visitor import LONG, Visitor

MISSING = "no Chromium: install it (Debian and Ubuntu: apt-get install chromium) or set OTKLIK_CHROMIUM to its path"


@pytest.fixture(scope="session")
def chromium() -> str:
    """Path of a Chromium. Without one the browser tests are skipped, and say how to get it."""
    found = find()
    if not found:
        pytest.skip(MISSING)
    return found


@pytest.fixture(scope="session")
def installation(chromium: str) -> Iterator[Installation]:
    """`otklik up` in a folder of its own, with the demo company; stopped at the end."""
    with running_installation() as found:
        yield found


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    expect.set_options(timeout=LONG)
    with sync_playwright() as found:
        yield found


@pytest.fixture(scope="session")
def browser(playwright: Playwright, chromium: str) -> Iterator[Browser]:
    arguments = ["--no-sandbox", "--disable-background-networking", "--force-prefers-reduced-motion"]
    found = playwright.chromium.launch(executable_path=chromium, args=arguments, timeout=LONG)
    yield found
    found.close()


@pytest.fixture
def visitor(browser: Browser, installation: Installation) -> Iterator[Visitor]:
    """A person with a fresh browser, not signed in. The test fails when a page logged an error or broke the policy."""
    found = Visitor(browser, installation)
    yield found
    found.close()
    assert found.complaints == []


@pytest.fixture
def owner(visitor: Visitor) -> Visitor:
    """The demo company's owner, signed in."""
    visitor.sign_in()
    return visitor
