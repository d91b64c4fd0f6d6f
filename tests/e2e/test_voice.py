"""Calls by voice in a real browser: heard by Whisper on this machine, answered by a voice made of tones."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Playwright, expect

from tests.e2e.installation import Installation
from tests.e2e.speaking_visitor import PATIENCE, Speaker, speaking_browser

pytestmark = [pytest.mark.e2e, pytest.mark.voice, pytest.mark.timeout(420)]

BOT = "Запись к стоматологу"


@pytest.fixture(scope="module")
def mouth_piece(playwright: Playwright, chromium: str) -> Iterator[Browser]:
    with speaking_browser(playwright.chromium, chromium) as found:
        yield found


@pytest.fixture
def speaker(mouth_piece: Browser, installation: Installation) -> Iterator[Speaker]:
    """The owner, signed in, with a microphone. The test fails when a page logged an error or broke the policy."""
    found = Speaker(mouth_piece, installation)
    found.sign_in()
    yield found
    found.close()
    assert found.complaints == []


def test_a_bot_is_talked_to_cut_short_and_understood(speaker: Speaker) -> None:
    page = speaker.page
    speaker.try_bot(BOT)
    speaker.talk()
    speaker.until("speaking")
    speaker.speak("ru_elena_20", 1.0)  # over the greeting: the bot falls silent and listens
    said = speaker.expect_heard(1)
    expect(said.locator(".say")).to_contain_text(re.compile("понедельник", re.IGNORECASE))
    first = page.locator("#talk article.agent").first
    expect(first.get_by_text("перебит")).to_be_visible(timeout=PATIENCE)
    expect(speaker.card("Поля").locator(".field", has_text="День приёма")).to_contain_text("пн", timeout=PATIENCE)
    speaker.until("listening")
    page.get_by_role("button", name="Без звука").click()
    expect(speaker.voice).to_contain_text("Микрофон выключен")
    page.get_by_role("button", name="Без звука").click()
    page.get_by_role("button", name="Положить трубку").click()
    expect(page.get_by_text("Вы положили трубку.")).to_be_visible(timeout=PATIENCE)
    page.get_by_role("link", name="Открыть звонок").click()
    expect(page.locator("article.caller .say").first).to_contain_text(re.compile("понедельник", re.IGNORECASE))
    expect(page.get_by_text("Прервался").first).to_be_visible(timeout=PATIENCE)
