"""Every page in both languages and themes, wide and on a phone: axe finds nothing, nothing scrolls sideways.

Pictures of each go to `.screenshots/`, which git ignores, to be looked at.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import pytest
from playwright.sync_api import Browser, Page, ViewportSize, expect

from tests.e2e.installation import Installation
from tests.e2e.visitor import DAY, PHONE, WIDE, Visitor

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(1800)]

ROOT = Path(__file__).resolve().parents[2]
AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
PICTURES = ROOT / ".screenshots"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
LANGUAGES = ("ru", "en")
THEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
WIDTHS: tuple[ViewportSize, ...] = (WIDE, PHONE)

NARROWEST: ViewportSize = {"width": 320, "height": 640}

# What axe cannot decide by itself, with the reason why it is right.
UNDECIDED = {
    "color-contrast": "text over a mark or a gradient; the tokens were measured (pages.md, 7)",
    "target-size": "inline links in sentences, which WCAG 2.5.8 leaves out",
    "aria-hidden-focus": "dialogs that are closed",
}


@dataclass(frozen=True)
class Stop:
    """A page to look at; `open` presses what opens a dialog on it."""

    name: str
    path: str
    open: str = ""
    signed_in: bool = True


@pytest.fixture(scope="module")
def tour(browser: Browser, installation: Installation) -> Iterator[Visitor]:
    """The owner, with a finished call, a running one and a tested endpoint to look at."""
    visitor = Visitor(browser, installation)
    visitor.sign_in()
    yield visitor
    arrive(visitor, Stop("overview", "/c/demo/"), "ru", WIDTHS[0])  # others find the owner's language as it was
    visitor.close()


@pytest.fixture(scope="module")
def stops(tour: Visitor) -> dict[str, Stop]:
    """Every page that exists, by name."""
    page = tour.page
    tour.try_bot("Запись к стоматологу")
    for words in ("Хочу записаться на чистку", f"{DAY} в пять вечера", "не в пять, а в шесть", "Марина Сергеевна"):
        tour.say(words)
    page.get_by_role("button", name="Положить трубку").click()
    expect(page.get_by_text("Вы положили трубку.")).to_be_visible()
    ended = tour.call_id()
    tour.open(f"calls/{ended}")
    expect(page.locator(".evidence")).to_be_visible()
    tour.open("webhooks")
    page.locator("#list").get_by_role("link", name="Демо-приёмник").click()
    endpoint = page.url.split("/")[-1].split("?")[0]
    page.get_by_role("button", name="Отправить проверку").click()
    page.get_by_role("link", name="Открыть сообщение").click()
    message = page.url.split("/")[-1]
    tour.try_bot("Запись к стоматологу")
    tour.say("Здравствуйте, запишите на чистку в пятницу")
    running = tour.call_id()
    inside = {
        "overview": "",
        "bots": "bots",
        "bot": "bots/dental",
        "try-ready": "bots/dental/try",
        "try": f"bots/dental/try?call={running}",
        "try-ended": f"bots/dental/try?call={ended}",
        "calls": "calls",
        "calls-nothing": "calls?q=нетничего",
        "call": f"calls/{ended}",
        "call-running": f"calls/{running}",
        "webhooks": "webhooks",
        "webhook-new": "webhooks/new",
        "webhook": f"webhooks/{endpoint}",
        "message": f"webhooks/{endpoint}/messages/{message}",
        "demo-receiver": "webhooks/demo",
        "keys": "settings/keys",
        "members": "settings/members",
        "providers": "settings/providers",
        "privacy": "settings/privacy",
        "voice": "bots/dental/voice",
    }
    found = [Stop(name, f"/c/demo/{path}") for name, path in inside.items()]
    found += [
        Stop("me", "/me"),
        Stop("companies", "/companies"),
        Stop("not-found", "/c/demo/bots/nobody"),
        Stop("dialog-companies", "/c/demo/bots", open=".side .company"),
        Stop("dialog-rotate", f"/c/demo/webhooks/{endpoint}", open="[data-open=rotate]"),
        Stop("form-errors", "/c/demo/webhooks/new", open="#form .btn-primary"),
        Stop("why", f"/c/demo/calls/{ended}", open="article.agent:nth-of-type(3) summary"),
        Stop("sign-in", "/sign-in", signed_in=False),
        Stop("sign-in-next", "/c/demo/calls", signed_in=False),
    ]
    return {stop.name: stop for stop in found}


NAMES = [
    "overview",
    "bots",
    "bot",
    "try-ready",
    "try",
    "try-ended",
    "calls",
    "calls-nothing",
    "call",
    "call-running",
    "webhooks",
    "webhook-new",
    "webhook",
    "message",
    "demo-receiver",
    "keys",
    "members",
    "providers",
    "privacy",
    "voice",
    "me",
    "companies",
    "not-found",
    "dialog-companies",
    "dialog-rotate",
    "form-errors",
    "why",
    "sign-in",
    "sign-in-next",
]


@pytest.mark.parametrize("name", NAMES)
def test_a_page_is_accessible_and_fits(tour: Visitor, stops: dict[str, Stop], name: str) -> None:
    stop = stops[name]
    visitor = tour if stop.signed_in else Visitor(tour.context.browser or pytest.fail("no browser"), tour.installation)
    visitor.expected = {404} if name == "not-found" else {422}
    visitor.complaints.clear()
    found: list[str] = []
    for lang in LANGUAGES:
        for size in WIDTHS:
            arrive(visitor, stop, lang, size)
            for theme in THEMES:
                visitor.page.emulate_media(color_scheme=theme, reduced_motion="reduce")
                view = f"{stop.name}-{lang}-{theme}-{size['width']}"
                picture(visitor.page, view)
                found += [f"{view}: {problem}" for problem in problems(visitor.page, theme)]
    visitor.page.set_viewport_size(NARROWEST)
    found += [f"{stop.name}-{NARROWEST['width']}: {problem}" for problem in sideways(visitor.page)]
    if visitor is not tour:
        visitor.close()
    assert "\n".join(found) == ""
    assert visitor.complaints == []


def arrive(visitor: Visitor, stop: Stop, lang: str, size: ViewportSize) -> None:
    page = visitor.page
    page.set_viewport_size(size)
    page.goto(visitor.installation.url + stop.path)
    if page.locator("html").get_attribute("lang") != lang:
        speak(visitor, lang)
        page.goto(visitor.installation.url + stop.path)
    if stop.open:
        opener = page.locator(stop.open).first
        if not opener.is_visible():  # on a phone the sidebar is a drawer
            page.locator("[data-open=drawer]").click()
            opener = page.locator(f"dialog {stop.open}").first
        opener.click()
    page.wait_for_function("document.fonts.status === 'loaded'")


def speak(visitor: Visitor, lang: str) -> None:
    """Chooses the language where it is always offered: in the profile, or below the sign-in form."""
    page = visitor.page
    switch = page.locator(f"button[name=language][value={lang}]")
    if not switch.count():
        page.goto(visitor.installation.url + "/me")
    page.locator(f"button[name=language][value={lang}]").click()
    expect(page.locator("html")).to_have_attribute("lang", lang)


def problems(page: Page, theme: str) -> list[str]:
    """What axe finds wrong, what it cannot decide and we have not, and a page wider than its screen.

    Only the contrast depends on the theme, so the second theme is asked about that alone.
    """
    page.evaluate(AXE.read_text(encoding="utf-8"))  # through the debugger: the page's policy stays as it is
    only: dict[str, object] = {"type": "tag", "values": RULES}
    if theme != THEMES[0]:
        only = {"type": "rule", "values": ["color-contrast"]}
    result: dict[str, Any] = page.evaluate(
        "only => axe.run(document, {runOnly: only, resultTypes: ['violations', 'incomplete']})", only
    )
    wrong = [_told(item) for item in result["violations"]]
    wrong += [f"undecided {_told(item)}" for item in result["incomplete"] if item["id"] not in UNDECIDED]
    return [*wrong, *sideways(page)]


def sideways(page: Page) -> list[str]:
    """Whether anything makes the page wider than its screen."""
    wide: bool = page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")
    return ["the page scrolls sideways"] if wide else []


def _told(item: dict[str, Any]) -> str:
    places = "; ".join(str(node["target"][0]) for node in item["nodes"][:3])
    return f"{item['id']}: {item['help']} ({places})"


def picture(page: Page, name: str) -> None:
    PICTURES.mkdir(exist_ok=True)
    (PICTURES / ".gitignore").write_text("*\n", encoding="utf-8")
    page.screenshot(path=PICTURES / f"{name}.png", full_page=True, animations="disabled")


def test_every_stop_is_visited(stops: dict[str, Stop]) -> None:
    assert set(stops) == set(NAMES)
