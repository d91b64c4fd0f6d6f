"""What a newcomer does, and sees: from signing in to the signed webhook."""

from __future__ import annotations

import json
import re

import pytest
from playwright.sync_api import Locator, expect
from standardwebhooks import Webhook, WebhookVerificationError

from tests.e2e.visitor import DAY, Visitor

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(900)]

SAID = (
    "Здравствуйте, хочу записаться на чистку",
    f"Давайте {DAY}, в пять вечера",
    "Ой нет, не в пять, а в шесть",
    "Марина Сергеевна",
    "Восемь девятьсот двадцать шесть сто двадцать три сорок пять шестьдесят семь",
)


def test_a_newcomer_books_a_visit_by_typing_and_gets_the_webhook(owner: Visitor) -> None:
    secret = take_a_secret(owner)
    call_id = book_a_visit(owner)
    find_it_in_the_list(owner, call_id)
    read_its_result(owner)
    follow_the_evidence(owner)
    see_it_delivered(owner)
    check_the_signature(owner, secret, call_id)
    send_a_test(owner)


def open_endpoint(owner: Visitor) -> None:
    owner.open("webhooks")
    owner.page.locator("#list").get_by_role("link", name="Демо-приёмник").click()


def take_a_secret(owner: Visitor) -> str:
    """A secret of our own, so that the signature is checked by us and not only by the receiver's page."""
    open_endpoint(owner)
    owner.page.get_by_role("button", name="Сменить секрет").click()
    owner.page.locator("dialog[open]").get_by_role("button", name="Сменить секрет").click()
    secret = owner.page.locator("#secret-text").inner_text()
    owner.page.reload()
    expect(owner.card("Секрет")).to_contain_text("Показан один раз")
    return secret


def book_a_visit(owner: Visitor) -> str:
    """Talks until the bot has said goodbye, watching what it understands."""
    page = owner.page
    owner.try_bot("Запись к стоматологу")
    expect(page.locator("#talk article.agent .say").first).to_contain_text("Чем помочь?")
    owner.say(SAID[0])
    expect(owner.card("Поля")).to_contain_text("чистка")
    expect(page.locator("#talk article.caller .src")).to_have_text("чистку")
    expect(owner.card("Этап")).to_contain_text("Записать на приём")
    owner.say(SAID[1])
    expect(owner.card("Поля")).to_contain_text("17:00")
    for words in SAID[2:]:
        owner.say(words)
    for _ in range(4):
        if page.get_by_label("Ваша реплика").count():
            owner.say("Да, всё верно")
    expect(page.get_by_text("Разговор окончен.")).to_be_visible()
    expect(owner.card("Итог на эту минуту")).to_contain_text("Записан на приём")
    return str(owner.call_id())


def find_it_in_the_list(owner: Visitor, call_id: str) -> None:
    owner.open("calls")
    row = owner.page.locator("tr", has=owner.page.locator(f"a[href$='{call_id}']"))
    expect(row).to_be_visible()
    row.get_by_role("link").click()


def read_its_result(owner: Visitor) -> None:
    result = owner.card("Итог")
    expect(result.locator(".badge")).to_have_text("Записан на приём")
    expect(result.locator("p.summary")).not_to_be_empty()
    fields = owner.card("Поля")
    for value in ("чистка", "18:00", "Марина Сергеевна", "+7 926 123-45-67", "было 17:00"):
        expect(fields).to_contain_text(value)
    expect(owner.page.locator(".chip s").first).to_have_text("17:00")


def follow_the_evidence(owner: Visitor) -> None:
    """The evidence leads to the turn, and lights it; the bot's next turn says why it was said."""
    page = owner.page
    proof = page.locator(".evidence a").first
    turn = page.locator(f"article{proof.get_attribute('href')}")
    proof.click()
    expect(turn).to_be_in_viewport()
    assert turn.evaluate("turn => turn.matches(':target')")
    quoted = proof.locator("span").inner_text().split("\n")[0].strip("«»")
    assert turn.locator("mark").first.inner_text().rstrip("0123456789") == quoted
    why = page.locator("article.agent details.why").last
    why.locator("summary").click()
    expect(why.locator("dl")).to_contain_text("Правило")


def see_it_delivered(owner: Visitor) -> None:
    hooks = owner.card("Вебхуки")
    expect(hooks.get_by_role("link", name="call.analyzed")).to_be_visible()
    expect(hooks.locator(".badge.good")).to_have_count(2)


def check_the_signature(owner: Visitor, secret: str, call_id: str) -> None:
    """The receiver's page says that the signature holds; so does the public library, with the secret we hold."""
    owner.open("webhooks/demo")
    arrived = owner.page.locator("details.inbox", has_text=call_id).filter(has_text="call.analyzed").first
    expect(arrived.locator(".badge.good")).to_have_text("подпись верна")
    body, headers = received(arrived)
    message = Webhook(secret).verify(body, headers)
    assert message["type"] == "call.analyzed"
    assert message["data"]["outcome"]["code"] == "LEAD"
    assert {field["name"]: field["value"] for field in message["data"]["fields"]}["time"] == "18:00"
    with pytest.raises(WebhookVerificationError):
        Webhook(secret).verify(body.replace("LEAD", "LOST"), headers)


def send_a_test(owner: Visitor) -> None:
    """Answered in place, and kept among the messages."""
    page = owner.page
    open_endpoint(owner)
    expect(page.locator("#messages")).to_contain_text("call.analyzed")
    for _ in range(5):
        page.get_by_role("button", name="Отправить проверку").click()
        notice = page.locator("#test .notice")
        expect(notice).to_be_visible()
        if "good" in (notice.get_attribute("class") or ""):
            break
        open_endpoint(owner)  # the page waits eight seconds for the worker, which may be busy
    expect(page.locator("#test .notice.good")).to_contain_text("204")
    expect(page.locator("#messages tbody tr").first).to_contain_text("test.ping")
    page.get_by_role("link", name="Открыть сообщение").click()
    expect(owner.card("Попытки")).to_contain_text("204")
    assert json.loads(page.locator("#payload").inner_text())["type"] == "test.ping"


def received(shown: Locator) -> tuple[str, dict[str, str]]:
    """The body as it was signed, and the headers, of a message on the receiver's page."""
    pretty = shown.locator("pre code").text_content() or ""
    names = [text.strip() for text in shown.locator("dt").all_text_contents()]
    values = [text.strip() for text in shown.locator("dd").all_text_contents()]
    # Pretty-printing changes only white space between the parts of the JSON.
    body = json.dumps(json.loads(pretty), ensure_ascii=False, separators=(",", ":"))
    return body, dict(zip(names, values, strict=True))


def test_hanging_up_ends_the_talk_and_restart_begins_another(owner: Visitor) -> None:
    page = owner.page
    owner.try_bot("Запись к стоматологу")
    first = owner.call_id()
    page.get_by_role("button", name="Положить трубку").click()
    expect(page.get_by_text("Вы положили трубку.")).to_be_visible()
    page.get_by_role("button", name="Заново").click()
    expect(page.locator("#talk article.agent")).to_have_count(1)
    assert owner.call_id() != first
    expect(page.get_by_label("Ваша реплика")).to_be_focused()


def test_a_talk_left_open_is_the_same_after_a_reload(owner: Visitor) -> None:
    owner.try_bot("Запись к стоматологу")
    owner.say(SAID[0])
    before = owner.page.locator("#talk .say").all_inner_texts()
    owner.page.reload()
    assert owner.page.locator("#talk .say").all_inner_texts() == before
    owner.say(SAID[1])


def test_words_are_found_in_the_list_of_calls(owner: Visitor) -> None:
    owner.try_bot("Запись к стоматологу")
    owner.say("Меня зовут Аристарх Вениаминович, хочу записаться")
    owner.page.get_by_role("button", name="Положить трубку").click()
    expect(owner.page.get_by_text("Вы положили трубку.")).to_be_visible()
    owner.open("calls")
    search = owner.page.get_by_role("searchbox")
    search.fill("аристарх")
    expect(owner.page.locator("#list tbody tr")).to_have_count(1)
    expect(owner.page).to_have_url(re.compile(r"\?q="))
    owner.page.get_by_label("Состояние").select_option("running")
    expect(owner.page.get_by_text("Ничего не нашлось")).to_be_visible()
    owner.page.go_back()
    expect(owner.page.locator("#list tbody tr")).to_have_count(1)
