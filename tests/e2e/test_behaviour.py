"""How pages behave: by keyboard, on a phone, live, and when the session has ended."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.visitor import PHONE, Visitor

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(900)]


def focused(page: Page) -> str:
    text: str = page.evaluate("(document.activeElement.innerText || document.activeElement.id || '').trim()")
    return text


def test_the_first_tab_leads_past_the_navigation(owner: Visitor) -> None:
    owner.open("bots")
    owner.page.keyboard.press("Tab")
    assert focused(owner.page) == "К содержанию"
    owner.page.keyboard.press("Enter")
    assert owner.page.evaluate("document.activeElement.id") == "main"


def test_letters_lead_to_the_sections_and_slash_to_the_search(owner: Visitor) -> None:
    page = owner.page
    page.clock.set_fixed_time(datetime.now(UTC))  # however long the second letter takes to arrive
    owner.open()
    page.keyboard.press("g")
    page.keyboard.press("c")
    expect(page.get_by_role("heading", level=1, name="Звонки")).to_be_visible()
    page.wait_for_load_state()
    page.keyboard.press("/")
    expect(page.get_by_role("searchbox")).to_be_focused()
    page.keyboard.press("g")  # in a field letters are letters
    page.keyboard.press("b")
    expect(page.get_by_role("searchbox")).to_have_value("gb")
    page.get_by_role("heading", level=1).click()
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Клавиши")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog", name="Клавиши")).to_be_hidden()


def test_shortcuts_can_be_switched_off(owner: Visitor) -> None:
    page = owner.page
    owner.open_site("/me")
    page.get_by_role("button", name="Выключены").click()
    owner.open()
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Клавиши")).to_be_hidden()


def test_language_and_theme_change_where_one_stands(owner: Visitor) -> None:
    page = owner.page
    owner.open_site("/me")
    page.get_by_role("button", name="Тёмная").click()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    page.get_by_role("button", name="English").click()
    expect(page.get_by_role("heading", level=1, name="Profile")).to_be_visible()
    page.get_by_role("button", name="Русский").click()
    page.get_by_role("button", name="Как в системе").click()
    expect(page.locator("html")).not_to_have_attribute("data-theme", "dark")


def test_on_a_phone_the_sections_are_in_a_drawer(owner: Visitor) -> None:
    page = owner.page
    page.set_viewport_size(PHONE)
    owner.open()
    page.get_by_role("button", name="Меню").click()
    drawer = page.get_by_role("dialog", name="Меню")
    expect(drawer).to_be_visible()
    drawer.get_by_role("link", name="Боты").click()
    expect(page.get_by_role("heading", level=1, name="Боты")).to_be_visible()


def test_a_session_that_ended_is_asked_for_in_place_and_the_action_repeated(owner: Visitor) -> None:
    page = owner.page
    owner.expected = {401}
    owner.open("webhooks/new")
    page.get_by_label("Адрес").fill("https://203.0.113.7/hook")
    page.get_by_label("Название для себя").fill("CRM")
    owner.end_session()
    page.get_by_role("button", name="Создать адрес").click()
    again = page.get_by_role("dialog", name="Войдите ещё раз")
    expect(again).to_be_visible()
    again.get_by_label("Пароль").fill("не тот")
    owner.expected = {401, 422}
    again.get_by_role("button", name="Войти").click()
    expect(again.get_by_text("Почта или пароль не подходят.")).to_be_visible()
    again.get_by_label("Пароль").fill(owner.installation.password)
    again.get_by_role("button", name="Войти").click()
    expect(again).to_be_hidden()
    # Repeated with what was typed: the address is refused (a documentation range), the form still holds it.
    expect(page.get_by_role("alert")).to_be_visible()
    expect(page.get_by_label("Название для себя")).to_have_value("CRM")


def test_errors_of_a_form_are_listed_focused_and_lead_to_their_fields(owner: Visitor) -> None:
    page = owner.page
    owner.expected = {422}
    owner.open("webhooks/new")
    page.get_by_label("Адрес").fill("http://10.1.2.3/")
    for box in page.get_by_role("checkbox").all():
        box.uncheck()
    page.get_by_role("button", name="Создать адрес").click()
    summary = page.get_by_role("alert")
    expect(summary).to_be_focused()
    expect(summary.get_by_role("link")).to_have_count(2)
    summary.get_by_role("link").first.click()
    expect(page.get_by_label("Адрес")).to_be_focused()


def test_what_happens_elsewhere_shows_without_a_reload(owner: Visitor) -> None:
    page = owner.page
    owner.try_bot("Запись к стоматологу")
    call = owner.call_id()
    elsewhere = owner.context.new_page()
    elsewhere.goto(f"{owner.installation.url}/c/demo/calls/{call}")
    expect(elsewhere.locator("article.caller")).to_have_count(0)
    listed = owner.context.new_page()
    listed.goto(f"{owner.installation.url}/c/demo/calls")
    owner.say("Хочу записаться на чистку")
    expect(elsewhere.locator("article.caller .say")).to_have_text("Хочу записаться на чистку")
    elsewhere.locator("article.agent details.why").last.locator("summary").click()
    owner.say("в четверг в пять вечера")
    expect(elsewhere.locator("article.caller")).to_have_count(2)
    expect(elsewhere.locator("details.why[open]")).to_have_count(1)  # what was opened stays open
    page.get_by_role("button", name="Заново").click()
    expect(listed.get_by_role("link", name=re.compile("^1 новый"))).to_be_visible()
    expect(elsewhere.locator("section.card", has_text="Доказательства")).to_be_visible()


def test_what_is_typed_is_kept_when_the_server_cannot_be_reached(owner: Visitor) -> None:
    page = owner.page
    owner.try_bot("Запись к стоматологу")
    owner.cuts = True
    page.route("**/try/say", lambda route: route.abort())
    box = page.get_by_label("Ваша реплика")
    box.fill("Хочу записаться")
    box.press("Enter")
    expect(page.locator(".toast.bad")).to_contain_text("Сервер не отвечает")
    expect(box).to_have_value("Хочу записаться")
    expect(page.locator("article.caller")).to_have_count(0)
    page.unroute("**/try/say")
    box.press("Enter")
    expect(page.locator("#talk article.agent")).to_have_count(2)


def test_a_refusal_is_told_and_what_was_typed_is_kept(owner: Visitor) -> None:
    page = owner.page
    owner.try_bot("Запись к стоматологу")
    talk = page.url
    owner.cuts = True
    page.route("**/events?*", lambda route: route.abort())  # this page does not hear of what happens elsewhere
    page.goto(talk)
    elsewhere = owner.context.new_page()
    elsewhere.goto(talk)
    elsewhere.get_by_role("button", name="Положить трубку").click()
    expect(elsewhere.get_by_text("Вы положили трубку.")).to_be_visible()
    box = page.get_by_label("Ваша реплика")
    box.fill("Хочу записаться")
    box.press("Enter")
    expect(page.locator(".toast.bad")).to_be_visible()
    expect(box).to_have_value("Хочу записаться")
    expect(page.get_by_text("Обновления приостановлены")).to_be_visible()


def test_a_tab_that_nobody_looks_at_holds_no_stream(owner: Visitor) -> None:
    page = owner.page
    owner.cuts = True  # htmx logs the end of a stream as an error
    page.clock.install()
    owner.open("calls")
    page.evaluate("Object.defineProperty(document, 'hidden', {configurable: true, get: () => true})")
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    page.clock.fast_forward(61_000)
    page.evaluate("Object.defineProperty(document, 'hidden', {configurable: true, get: () => false})")
    with page.expect_request("**/events?*"):
        page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
        page.clock.fast_forward(2_000)


def test_a_sign_in_that_is_wrong_says_so_and_keeps_the_address(visitor: Visitor) -> None:
    visitor.expected = {422}
    visitor.open_site("/sign-in")
    visitor.page.get_by_label("Почта").fill("nobody@example.com")
    visitor.page.get_by_label("Пароль").fill("wrong")
    visitor.page.get_by_role("button", name="Войти").click()
    expect(visitor.page.get_by_role("alert")).to_contain_text("Почта или пароль не подходят.")
    expect(visitor.page.get_by_label("Почта")).to_have_value("nobody@example.com")


def test_an_api_key_made_here_opens_the_api(owner: Visitor) -> None:
    page = owner.page
    owner.open("settings/keys")
    page.get_by_label("Название").fill("Отчёты")
    page.get_by_role("button", name="Создать ключ").click()
    expect(page.get_by_role("heading", name="Ключ создан")).to_be_focused()
    key = page.locator("#key-text").inner_text()
    answer = owner.context.request.get(
        f"{owner.installation.url}/api/v1/bots", headers={"Authorization": f"Bearer {key}"}
    )
    assert answer.ok
    page.reload()
    expect(page.locator("#key-text")).to_have_count(0)
