"""A company's keys of providers, and what a bot hears and speaks with, as people set them."""

from __future__ import annotations

import io
import logging
import re
import wave
from collections.abc import AsyncIterator

import pytest
from sqlalchemy import select

from app.bots.queries import bot_by_slug
from app.bots.voice import Choice
from app.bots.voicing import voice_of
from app.tenants.models import AuditEntry, ProviderKey, Role
from app.voice.speech.cache import KIND
from app.voice.speech.plans import Plan, write_plan
from tests.integration.ui.reader import Open, Reader
from tests.integration.ui.test_pages import signed_in_as
from tests.support.faults import Fault
from tests.support.providers import Providers, providers
from tests.support.world import World

pytestmark = pytest.mark.integration

KEY = "dg-0123456789abcdef-secret"


@pytest.fixture
async def fakes(world: World, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Providers]:
    """The platform as the environment of these programs describes it: Deepgram without a key, Cartesia with one."""
    async with providers(world) as running:
        monkeypatch.setenv("OTKLIK_DEEPGRAM_URL", running.deepgram.url)
        monkeypatch.setenv("OTKLIK_CARTESIA_URL", running.cartesia.url)
        monkeypatch.setenv("OTKLIK_CARTESIA_API_KEY", "platform-cartesia")
        monkeypatch.setenv("OTKLIK_OPENAI_URL", "https://api.openai.com/v1")
        monkeypatch.setenv("OTKLIK_TTS", "cartesia/sonic-2")
        yield running


@pytest.fixture
async def owner(browser: Open, world: World) -> Reader:
    return await browser((await world.sign_in()).token)


@pytest.fixture
async def page(owner: Reader, world: World, fakes: Providers) -> str:
    """Address of the providers' page, opened."""
    address = f"/c/{world.slug}/settings/providers"
    await owner.get(address)
    return address


async def test_a_key_is_sealed_shown_by_its_end_and_used(
    owner: Reader, world: World, fakes: Providers, page: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    shown = await owner.follow(await owner.send(f"{page}/deepgram", {"key": KEY}))
    assert "Ключ сохранён" in shown.text
    assert "…cret" in shown.text
    fakes.deepgram.will_hear("до свидания")
    tested = await owner.send(f"{page}/deepgram/test", {})
    assert re.search(r"deepgram/nova-3.*?Первый ответ через [\d\s ]+ мс", tested.text, re.DOTALL)
    assert {one.key for one in fakes.deepgram.connections} == {f"Token {KEY}"}
    async with world.rt.db.tenant(world.company_id) as db:
        row = (await db.scalars(select(ProviderKey))).one()
        entry = (await db.scalars(select(AuditEntry).where(AuditEntry.action == "provider_key.set"))).one()
    assert KEY not in row.sealed
    assert entry.after == {"provider": "deepgram", "hint": "cret", "base_url": None}
    everything = shown.text + tested.text + caplog.text + str(entry.after)
    assert KEY not in everything


async def test_a_key_that_is_not_accepted_says_what_to_do(owner: Reader, fakes: Providers, page: str) -> None:
    await owner.send(f"{page}/deepgram", {"key": KEY})
    fakes.deepgram.fault = Fault(status=401)
    tested = await owner.send(f"{page}/deepgram/test", {})
    assert "Ключ не принят. Введите действующий ключ." in tested.text


async def test_a_forgotten_key_is_gone(owner: Reader, world: World, fakes: Providers, page: str) -> None:
    await owner.send(f"{page}/cartesia", {"key": "company-cartesia-0123"})
    await owner.send(f"{page}/cartesia/test", {})
    shown = await owner.follow(await owner.send(f"{page}/cartesia/forget", {}))
    assert "Ключ удалён" in shown.text
    await owner.send(f"{page}/cartesia/test", {})
    assert fakes.cartesia.keys == ["company-cartesia-0123", "platform-cartesia"]
    assert (await owner.send(f"{page}/cartesia/forget", {})).status_code == 404


async def test_a_private_address_of_a_company_is_refused(owner: Reader, fakes: Providers, page: str) -> None:
    refused = await owner.send(f"{page}/openai", {"key": "", "base_url": fakes.openai.url})
    assert refused.status_code == 422
    assert f'value="{fakes.openai.url}"' in refused.text
    assert refused.text.count('aria-invalid="true"') == 1
    for form, words in (
        ({"key": ""}, "Введите ключ или адрес"),
        ({"key": "два слова"}, "без пробелов"),
    ):
        assert words in (await owner.send(f"{page}/openai", dict(form))).text
    assert "Заполните" in (await owner.send(f"{page}/deepgram", {"key": " "})).text
    assert (await owner.send(f"{page}/nobody", {"key": KEY})).status_code == 404


async def test_an_editor_sees_providers_and_a_viewer_does_not(browser: Open, world: World, page: str) -> None:
    editor = await signed_in_as(world, browser, Role.EDITOR)
    seen = await editor.get(page)
    assert seen.status_code == 200
    assert 'name="key"' not in seen.text
    assert (await editor.send(f"{page}/deepgram", {"key": KEY})).status_code == 403
    viewer = await signed_in_as(world, browser, Role.VIEWER)
    assert (await viewer.get(page)).status_code == 403


FORM: dict[str, object] = {
    "stt_provider": ["deepgram", "local", ""],
    "stt_model": ["nova-3", "", ""],
    "tts_provider": ["cartesia", "openai", ""],
    "tts_model": ["sonic-3", "tts-1", ""],
    "tts_voice": ["olga", "", ""],
    "llm_provider": ["", "", ""],
    "llm_model": ["", "", ""],
    "speed": "1,2",
    "filler": "",
    "interrupt_words": "2",
    "patience": "3",
    "voicemail": "go_on",
    "record": "1",
    "notice": "Идёт запись.",
    "stress": "Отклик = +Отклик\n\nзвонит=звон+ит",
}


async def test_a_bot_s_voice_is_what_the_form_said(owner: Reader, world: World, fakes: Providers) -> None:
    await world.bot()
    address = f"/c/{world.slug}/bots/dental/voice"
    await owner.get(address)
    shown = await owner.follow(await owner.send(address, FORM))
    assert "Голос сохранён" in shown.text
    async with world.rt.db.tenant(world.company_id) as db:
        voice = voice_of(await bot_by_slug(db, "dental"))
        entry = (await db.scalars(select(AuditEntry).where(AuditEntry.action == "bot.voice_changed"))).one()
    assert voice.stt == (Choice(provider="deepgram", model="nova-3"), Choice(provider="local"))
    assert voice.tts == (
        Choice(provider="cartesia", model="sonic-3", voice="olga"),
        Choice(provider="openai", model="tts-1"),
    )
    assert (voice.llm, voice.speed, voice.filler, voice.interrupt_words) == ((), 1.2, None, 2)
    assert (voice.voicemail, voice.record, voice.notice) == ("go_on", True, "Идёт запись.")
    assert voice.stress == {"Отклик": "+Отклик", "звонит": "звон+ит"}
    assert entry.before == {}
    assert entry.after is not None
    assert entry.after["speed"] == 1.2
    for typed in ('value="1,2"', 'value="olga"', "звонит = звон+ит"):
        assert typed in shown.text


async def test_a_wrong_form_comes_back_with_every_error(owner: Reader, world: World, fakes: Providers) -> None:
    await world.bot()
    address = f"/c/{world.slug}/bots/dental/voice"
    await owner.get(address)
    wrong = {
        **FORM,
        "stt_model": ["nova-99", "", ""],
        "tts_provider": ["deepgram", "", ""],
        "speed": "7",
        "patience": "долго",
        "stress": "без знака",
    }
    answer = await owner.send(address, wrong)
    assert answer.status_code == 422
    for field in ("stt", "tts", "speed", "patience", "stress"):
        assert f'href="#f-{field}"' in answer.text
    async with world.rt.db.tenant(world.company_id) as db:
        assert (await bot_by_slug(db, "dental")).voice == {}


async def test_the_voice_of_the_form_is_heard_before_it_is_saved(
    browser: Open, owner: Reader, world: World, fakes: Providers
) -> None:
    await world.bot()
    address = f"/c/{world.slug}/bots/dental/voice"
    await owner.get(address)
    heard = await owner.send(f"{address}/sample", {**FORM, "tts_provider": ["cartesia", "", ""]})
    assert "cartesia/sonic-3: первый звук через" in heard.text
    words = " ".join(fakes.cartesia.said)
    assert words.startswith("Здравствуйте! Вы позвонили в компанию")
    assert "пятнадцать тридцать" in words, "as it would be spoken in a call"
    assert fakes.cartesia.requests[0]["voice"]["id"] == "olga"
    found = re.search(r'src="([^"]+/voice/sample/[^"]+)"', heard.text)
    assert found
    sound = await owner.client.get(found[1])
    assert sound.headers["content-type"] == "audio/wav"
    with wave.open(io.BytesIO(sound.content)) as file:
        assert file.getnframes() / file.getframerate() > 3
    colleague = await signed_in_as(world, browser, Role.EDITOR)
    assert (await colleague.client.get(found[1])).status_code == 404, "a sample is for whoever asked for it"


async def test_a_voice_that_cannot_speak_is_explained(owner: Reader, world: World, fakes: Providers) -> None:
    await world.bot()
    address = f"/c/{world.slug}/bots/dental/voice"
    await owner.get(address)
    fakes.cartesia.fault = Fault(status=402)
    heard = await owner.send(f"{address}/sample", {**FORM, "tts_provider": ["cartesia", "", ""]})
    assert "Сказать не удалось" in heard.text
    assert "cartesia/sonic-3: Запрос отклонён. Проверьте название модели и голоса." in heard.text


async def test_the_page_says_what_is_rendered_ahead_and_what_stood_in_the_way(owner: Reader, world: World) -> None:
    bot = await world.bot()
    address = f"/c/{world.slug}/bots/dental/voice"
    assert "Готово" not in (await owner.get(address)).text
    files, company = world.rt.files, world.company_id
    await files.write(files.named(company, KIND, "a" * 64), b"sound")
    await write_plan(
        files, company, bot.id, Plan(1, ("a" * 64, "b" * 64), "b" * 64, "cartesia/sonic-2", "unauthorised")
    )
    shown = (await owner.get(address)).text
    assert "Готово: 1 из 2." in shown
    assert "cartesia/sonic-2: " in shown
    await write_plan(files, company, bot.id, Plan(1, ("a" * 64, "b" * 64), "b" * 64, "disk", "broken"))
    assert "на диске нет места" in (await owner.get(address)).text
