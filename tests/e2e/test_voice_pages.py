"""A bot's voice and the keys of providers, set in a browser."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.e2e.visitor import Visitor

pytestmark = pytest.mark.e2e


def test_a_voice_is_listened_to_corrected_and_saved(owner: Visitor) -> None:
    page = owner.page
    owner.expected = {422}
    owner.open("bots/dental/voice")
    page.get_by_label("Скорость речи").fill("9")
    page.get_by_role("button", name="Послушать").click()
    expect(page.locator(".errors")).to_be_focused()
    page.get_by_label("Скорость речи").fill("1,1")
    page.get_by_role("button", name="Послушать").click()
    # A voice of this machine says it, or the page says that there is none and what to do.
    expect(page.locator("#sample")).to_contain_text("первый звук через" if speaks(owner) else "make voice")
    page.get_by_label("Записывать звонки").check()
    page.get_by_role("button", name="Сохранить").press("Enter")
    expect(page.get_by_text("Голос сохранён")).to_be_visible()
    expect(page.get_by_label("Скорость речи")).to_have_value("1,1")
    expect(page.get_by_label("Записывать звонки")).to_be_checked()


def speaks(visitor: Visitor) -> bool:
    """Whether this machine has a Russian voice: the answer is on the page by now, or comes."""
    answer = visitor.page.locator("#sample p.hint")
    expect(answer).not_to_be_empty()
    return "первый звук" in answer.inner_text()


def test_a_key_is_kept_in_its_card_and_taken_away(owner: Visitor) -> None:
    page = owner.page
    owner.expected = {422}
    owner.open("settings/providers")
    card = page.locator("#card-groq")
    card.get_by_role("button", name="Сохранить ключ").click()
    expect(card.get_by_role("alert")).to_contain_text("Заполните")
    card.get_by_label("Ключ").fill("groq-0123456789abcd")
    card.get_by_label("Ключ").press("Enter")
    expect(card).to_contain_text("…abcd")
    expect(page.get_by_text("Ключ сохранён")).to_be_visible()
    card.get_by_role("button", name="Удалить ключ").click()
    expect(card).to_contain_text("Ключа нет")
