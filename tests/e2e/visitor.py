"""A person at a browser, in the words of the dashboard."""

from __future__ import annotations

import re
from datetime import datetime
from types import TracebackType
from typing import Self
from uuid import UUID
from zoneinfo import ZoneInfo

from playwright.sync_api import Browser, ConsoleMessage, Locator, Page, Response, ViewportSize, expect

from tests.e2e.installation import Installation

WIDE: ViewportSize = {"width": 1440, "height": 900}
PHONE: ViewportSize = {"width": 360, "height": 740}

DAY = "во вторник" if datetime.now(ZoneInfo("Europe/Moscow")).weekday() in {2, 3} else "в четверг"
"""A day to come, on which the clinic is open: on a Thursday, Thursday is no day to come."""

LONG = 90_000
"""Milliseconds after which a page will never show what is expected, also on a machine that is busy."""


class Visitor:
    """One browser context. `complaints` are errors that a page logged; the policy's violations are among them."""

    def __init__(self, browser: Browser, installation: Installation) -> None:
        self.installation = installation
        self._browser = browser
        self.context = browser.new_context(locale="ru-RU", viewport=WIDE, reduced_motion="reduce")
        self.context.set_default_timeout(LONG)
        self.page: Page = self.context.new_page()
        self.complaints: list[str] = []
        self.expected: set[int] = set()
        """Statuses that the test asks for: the browser logs each failed request as an error."""
        self.cuts = False
        """Whether the test cuts requests off: what is logged of them, now or a little later, is no complaint."""
        self.page.on("console", self._listen)
        self.page.on("pageerror", lambda error: self.complaints.append(f"{self.page.url}: {error}"))

    def _listen(self, message: ConsoleMessage) -> None:
        if self.cuts or message.type not in ("error", "warning"):
            return
        failed = re.search(r"status of (\d{3})|Status Error Code (\d{3})", message.text)
        if failed and int(failed[1] or failed[2]) in self.expected:
            return
        self.complaints.append(f"{self.page.url}: {message.text}")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        self.context.close()

    def open(self, path: str = "") -> Response | None:
        """A page of the demo company."""
        return self.page.goto(f"{self.installation.url}/c/{self.installation.company}/{path}")

    def open_site(self, path: str) -> Response | None:
        """A page outside the company."""
        return self.page.goto(f"{self.installation.url}{path}")

    def sign_in(self) -> None:
        self.open_site("/sign-in")
        self.page.get_by_label("Почта").fill(self.installation.email)
        self.page.get_by_label("Пароль").fill(self.installation.password)
        self.page.get_by_role("button", name="Войти").click()
        expect(self.page.get_by_role("heading", level=1, name="Обзор")).to_be_visible()

    def end_session(self) -> None:
        """The session is over behind the page's back, as when it expired or was revoked."""
        elsewhere = self._browser.new_context(storage_state=self.context.storage_state())
        elsewhere.set_default_timeout(LONG)
        page = elsewhere.new_page()
        page.goto(f"{self.installation.url}/me")
        page.locator("main form[action='/sign-out'] button").click()
        page.wait_for_url("**/sign-in*")
        elsewhere.close()

    def try_bot(self, name: str) -> None:
        """From the list of bots into a talk; the greeting is there."""
        self.open("bots")
        self.page.get_by_role("link", name=name).click()
        self.page.get_by_role("button", name="Попробовать").first.click()
        expect(self.page.locator("#talk article.agent")).to_have_count(1)

    def say(self, words: str) -> str:
        """One line; the bot's answer to it."""
        answers = self.page.locator("#talk article.agent")
        before = answers.count()
        box = self.page.get_by_label("Ваша реплика")
        box.fill(words)
        box.press("Enter")
        expect(answers).to_have_count(before + 1)
        return answers.last.locator(".say").inner_text()

    def card(self, heading: str) -> Locator:
        """The card with this heading."""
        return self.page.locator("section.card").filter(has=self.page.get_by_role("heading", name=heading, exact=True))

    def call_id(self) -> UUID:
        """The call that the page is about."""
        found = re.search(r"(?:calls/|call=)([0-9a-f-]{36})", self.page.url)
        assert found, self.page.url
        return UUID(found[1])
