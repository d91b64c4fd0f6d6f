"""A person at a browser who speaks: recorded lines go into the page's microphone when the test says so."""

from __future__ import annotations

import base64
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, BrowserType, Locator, expect

from tests.e2e.installation import Installation
from tests.e2e.visitor import Visitor
from tests.support import spoken

MICROPHONE = Path(__file__).with_name("microphone.js")
PATIENCE = 90_000
"""Milliseconds in which what is said is recognised, whatever else the machine does."""
ARGUMENTS = (
    "--no-sandbox",
    "--disable-background-networking",
    "--force-prefers-reduced-motion",
    "--use-fake-ui-for-media-stream",
    "--use-fake-device-for-media-stream",
    "--autoplay-policy=no-user-gesture-required",
)


class Speaker(Visitor):
    """Speaks recorded lines (`tests/data/speech`)."""

    def __init__(self, browser: Browser, installation: Installation) -> None:
        super().__init__(browser, installation)
        self.page.add_init_script(path=MICROPHONE)

    @property
    def voice(self) -> Locator:
        """The bar of a call by voice."""
        return self.page.locator("otk-voice")

    def talk(self) -> None:
        """Presses Talk; returns when the call is there."""
        self.page.get_by_role("button", name="Поговорить голосом").first.click()
        expect(self.page.locator("#talk article.agent").first).to_be_visible(timeout=PATIENCE)

    def until(self, state: str) -> None:
        """Waits until the bot listens, speaks..."""
        expect(self.voice).to_have_attribute("data-state", state, timeout=PATIENCE)

    def speak(self, *script: str | float) -> None:
        """Says recorded lines; a number is so many seconds of silence."""
        with tempfile.TemporaryDirectory() as folder:
            wav = spoken.write_wav(Path(folder) / "said.wav", spoken.speak(*script))
            self.page.evaluate("wav => window.sayInto(wav)", base64.b64encode(wav.read_bytes()).decode())

    def expect_heard(self, times: int) -> Locator:
        """Waits until so many turns of the caller are in the transcript; the last one."""
        heard = self.page.locator("#talk article.caller:not(.pending)")
        expect(heard.nth(times - 1)).to_be_visible(timeout=PATIENCE)
        return heard.nth(times - 1)


@contextmanager
def speaking_browser(kind: BrowserType, chromium: str, *more: str) -> Iterator[Browser]:
    """A Chromium that gives a microphone without asking."""
    browser = kind.launch(executable_path=chromium, args=[*ARGUMENTS, *more])
    try:
        yield browser
    finally:
        browser.close()
