"""A sample of every page, so that each template and each of its blocks can be rendered without a server."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from uuid import UUID

from app.bots.models import Bot
from app.bots.voice import BotVoice, Choice
from app.calls.models import CallEvent, CollectedField, FieldStatus, Recording, Turn, TurnKind, TurnRole
from app.db.lookups import MembershipRow
from app.scenario.compiled import CompiledScenario
from app.scenario.config_loader import load
from app.scenario.engine import ScenarioEngine
from app.scenario.outcome_classifier import Outcome, classify
from app.scenario.state import CallStart, CallState, Event
from app.ui.bots import BotPage, BotRow, BotsPage, FieldSpecView, StageView, VersionRow, Way
from app.ui.call import CallPage, Detail
from app.ui.calls import CallLine, CallsPage
from app.ui.companies import CompaniesPage
from app.ui.deliveries import DeliveryView
from app.ui.demo import DemoPage, Received
from app.ui.errors import ErrorPage
from app.ui.formats import Formats
from app.ui.frame import CompanyChoice, CompanyFrame, Frame, PersonFrame
from app.ui.messages import AttemptView, MessagePage
from app.ui.overview import OutcomeCount, OverviewPage, Step, WaitRow
from app.ui.player import player
from app.ui.privacy import PrivacyPage
from app.ui.providers import ProbeRow, ProviderCard, ProvidersPage
from app.ui.settings import KeyRow, KeysPage, MemberRow, MembersPage, ScopeChoice
from app.ui.signing_in import AgainProblem, MePage, SignInPage
from app.ui.transcript import Chip, Source, evidence, field_views, script
from app.ui.trial import StageStep, TryPage
from app.ui.voice import SampleView, VoicePage, ahead_of, load_voice, typed_of
from app.ui.waits import Waits, waits
from app.ui.webhooks import (
    EndpointPage,
    EndpointRow,
    EndpointsPage,
    EventChoice,
    MessageRow,
    NewEndpointPage,
    TestResult,
)
from app.ui.wording import OutcomeView, ScenarioWords
from app.voice.speech.plans import Rendered
from app.voice.spoken_text.samples import Said

CLINIC = Path(__file__).with_name("clinic.yaml")
AT = datetime(2026, 11, 24, 11, 32, tzinfo=UTC)
ID = UUID("019ab2c4-7e10-7c3f-8000-0123456789ab")
SAID = (
    "Здравствуйте, хочу записаться на чистку.",
    "Ну давайте в четверг, часов в пять.",
    "Ой нет, не в пять, а в шесть, я раньше с работы не успею.",
    "Марина Сергеевна.",
    "Восемь девятьсот двадцать шесть сто двадцать три сорок пять шестьдесят семь",
    "Да, верно.",
    "Да, всё верно, спасибо большое.",
)


@dataclass(frozen=True)
class Sample:
    """A page as it may look; `name` tells samples of one template apart."""

    name: str
    template: str
    frame: Frame
    page: object


def frame(lang: str, theme: str = "system", *, inside: bool = True, section: str = "overview") -> Frame:
    """A frame of the sample company, or of somebody who has not signed in."""
    bare = Frame(lang=lang, theme=theme, csrf="token", path="/", formats=Formats(lang, "Europe/Moscow", AT))
    if not inside:
        return bare
    return replace(
        bare,
        person=PersonFrame("Ольга Климова", "olga@ulybka.ru"),
        company=CompanyFrame("ulybka", "Клиника «Улыбка»", "owner", webhooks_failing=True),
        companies=(CompanyChoice("ulybka", "Клиника «Улыбка»", "owner"), CompanyChoice("north", "Север", "viewer")),
        section=section,
    )


@lru_cache
def clinic() -> CompiledScenario:
    """The clinic of the sample call."""
    return load(CLINIC.read_text(encoding="utf-8"), CLINIC.name)


@dataclass(frozen=True)
class Talk:
    """A call as the database would hold it."""

    state: CallState
    turns: tuple[Turn, ...]
    events: tuple[CallEvent, ...]
    fields: tuple[CollectedField, ...]
    outcome: Outcome


@lru_cache
def talk(said: Sequence[str] = SAID) -> Talk:
    """What the engine makes of a caller who says these things, seven seconds apart."""
    scenario, at = clinic(), AT
    engine = ScenarioEngine(scenario)
    step = engine.start_call(CallStart(at=at))
    turns = [_turn(1, role=TurnRole.AGENT, text=step.plan.say, stage=step.plan.stage, at=at)]
    events: list[Event] = list(step.events)
    for words in said:
        before, at = step.state, at + timedelta(seconds=7)
        step = engine.process_turn(before, words, at)
        events += step.events
        turns.append(_turn(before.turn + 1, role=TurnRole.CALLER, text=words, stage=before.stage, at=at))
        if step.plan.say:
            why = {"said_by": "script", "field": step.plan.ask}
            spoken = at + timedelta(seconds=2)
            turns.append(
                _turn(
                    step.plan.turn, role=TurnRole.AGENT, text=step.plan.say, stage=step.plan.stage, at=spoken, why=why
                )
            )
    texts = {turn.seq: turn.text for turn in turns if turn.role is TurnRole.CALLER}
    return Talk(
        state=step.state,
        turns=tuple(turns),
        events=tuple(
            CallEvent(seq=e.seq, turn_seq=e.turn, type=e.type, at=e.at, data=dict(e.data), call_id=ID) for e in events
        ),
        fields=tuple(_field(scenario, step.state, n, name) for n, name in enumerate(scenario.fields)),
        outcome=classify(scenario, step.state, events, texts),
    )


def _turn(
    seq: int, *, role: TurnRole, text: str, stage: str, at: datetime, why: Mapping[str, object] | None = None
) -> Turn:
    return Turn(
        call_id=ID,
        seq=seq,
        role=role,
        kind=TurnKind.SPEECH,
        text=text,
        heard_text=None,
        language="ru",
        stage=stage,
        at=at,
        metrics={},
        why=dict(why or {}),
    )


def _field(scenario: CompiledScenario, state: CallState, position: int, name: str) -> CollectedField:
    known = state.fields.get(name)
    return CollectedField(
        call_id=ID,
        name=name,
        position=position,
        type=scenario.fields[name].type.value,
        status=FieldStatus(known.status) if known else FieldStatus.MISSING,
        value=known.value if known else None,
        raw=known.raw if known else None,
        turn_seq=known.turn if known else None,
        confirmed=known.confirmed if known else False,
        source=known.source if known else None,
        confidence=known.confidence if known else None,
        history=[old.to_json() for old in known.history] if known else [],
    )


def source(lang: str, said: Sequence[str] = SAID) -> Source:
    """The sample talk, ready to be drawn."""
    found = talk(tuple(said))
    return Source(
        started_at=AT,
        turns=found.turns,
        events=found.events,
        fields=found.fields,
        words=ScenarioWords(clinic(), lang),
        formats=Formats(lang, "Europe/Moscow", AT),
        evidence=[
            {"event": e.event_seq, "turn": e.turn, "quote": e.quote, "start": e.start, "end": e.end}
            for e in found.outcome.evidence
        ],
    )


def call_page(lang: str) -> CallPage:
    """The sample talk after its analysis."""
    drawn = source(lang)
    return CallPage(
        id=ID,
        caller="+7 926 123-45-67",
        outcome=OutcomeView("LEAD", "Записан на приём", "good", 'visited("done")'),
        how="входящий",
        how_icon="phone-incoming",
        started_at=AT,
        seconds=78.2,
        bot="Запись на приём",
        bot_slug="dental",
        version=12,
        partial="",
        running=False,
        analysing=False,
        lines=script(drawn),
        player=None,
        waits=Waits(),
        agent="Анна",
        turns=len(drawn.turns),
        summary="Марина записалась на чистку в четверг, 26 ноября, на 18:00. Спросила цену, получила ответ.",
        summary_by="Составлено по этапам и полям, без модели.",
        evidence=evidence(drawn),
        fields=field_views(drawn),
        deliveries=(
            delivery("good", "доставлено", 200, "crm.ulybka.ru/otklik · 14:33:31"),
            delivery("warn", "ждёт", 503, "sheets.ulybka.ru/in · ответ 503 · 2-я из 8, следующая 14:38", resend=True),
            delivery("info", "отправляется", None, "sheets.ulybka.ru/in"),
        ),
        no_hooks_text="",
        details=(Detail("Завершил", "бот"), Detail("Номер звонка", code=str(ID))),
        previous=ID,
        next=ID,
        list_query="?bot=dental",
        try_again=True,
        announce="Анализ готов",
        live=True,
        sending=True,
    )


SAID_ALOUD = (Said("Приём в 10:30.", "Приём в десять тридцать."),)


def spoken_call_page(lang: str) -> CallPage:
    """The sample talk as a recorded call: the player, and what the caller waited for."""
    drawn = source(lang, [*SAID, "Спасибо"])  # another talk than the cached one: its turns are changed here
    for turn in drawn.turns:
        spoken = turn.role is TurnRole.CALLER
        turn.metrics = (
            {"transcription": 0.11, "end_of_turn": 0.28, "spoken": 1.5}
            if spoken
            else {"llm_first_token": 0.31, "tts_first_byte": 0.12, "playback": 0.05, "total": 0.41 + turn.seq / 10}
        )
    sound = Recording(
        started_at=AT,
        seconds=78.2,
        peaks=[{"caller": abs(math.sin(i / 9)), "agent": abs(math.cos(i / 9)) ** 3} for i in range(240)],
    )
    offsets = {turn.seq: drawn.offset(turn.at) for turn in drawn.turns}
    return replace(
        call_page(lang),
        lines=script(drawn),
        player=player(sound, drawn.turns, [2], "/c/demo/calls/1/audio"),
        waits=waits(drawn.turns, lang, drawn.formats, offsets),
    )


def delivery(tone: str, state: str, status: int | None, detail: str, *, resend: bool = False) -> DeliveryView:
    return DeliveryView(
        id=ID,
        endpoint_id=ID,
        message_id=ID,
        type="call.analyzed",
        state=state,
        tone=tone,
        last_status=status,
        detail=detail,
        may_resend=resend,
        soon=status is None,
    )


def call_lines() -> tuple[CallLine, ...]:
    good = OutcomeView("LEAD", "Записан на приём", "good")
    keys = (Chip("Услуга", "чистка"), Chip("День приёма", "чт, 26 нояб."))
    line = CallLine(ID, "Марина Сергеевна", "+7 926 123-45-67", "Запись на приём", AT, 78.2, good, "Записалась.", keys)
    going = OutcomeView("", "Идёт", "accent")
    return (line, replace(line, caller="Проба", how="", outcome=going, seconds=None, summary=None, keys=()))


def bot_rows() -> tuple[BotRow, ...]:
    return (
        BotRow("dental", "Запись на приём", 12, "+74951204410", 861, 264, 850, AT),
        BotRow("evening", "Вечерний администратор", None, None, 0, 0, 0, None),
    )


def overview(*, empty: bool = False) -> OverviewPage:
    return OverviewPage(
        calls_today=0 if empty else 31,
        calls_week=0 if empty else 1149,
        leads_today=0 if empty else 8,
        leads_week=0 if empty else 282,
        analysed_week=0 if empty else 1140,
        running=0 if empty else 2,
        average_seconds=None if empty else 114.0,
        failing_url="" if empty else "sheets.ulybka.ru",
        outcomes=() if empty else (OutcomeCount("LEAD", "Лид", "good", 282), OutcomeCount("ODD", "Odd", "", 3)),
        latest=() if empty else call_lines(),
        bots=() if empty else bot_rows(),
        waits=()
        if empty
        else (
            WaitRow("Запись на приём", "total", 5210, 0.52, 1.34, slow=False),
            WaitRow("Вечерний администратор", "total", 12, 1.41, 2.2, slow=True),
            WaitRow("deepgram/nova-3", "stt", 5222, 0.11, 0.3, slow=False),
        ),
        steps=(
            Step("try", not empty, "/"),
            Step("result", not empty, "/"),
            Step("webhook", False, "/"),
            Step("key", False, "/"),
        ),
        try_slug="" if empty else "dental",
    )


def bot_page(*, empty: bool = False) -> BotPage:
    bare = BotPage(
        slug="dental",
        name="Запись на приём",
        version=None,
        shown=None,
        number=None,
        calls=0,
        languages=(),
        greeting="",
        stages=(),
        anywhere=(),
        fields=(),
        outcomes=(),
        source="",
        versions=(),
    )
    if empty:
        return bare
    return replace(
        bare,
        version=12,
        shown=12,
        number="+74951204410",
        calls=861,
        languages=("русский", "английский"),
        greeting="Клиника «Улыбка», меня зовут Анна.",
        stages=(
            StageView("Записать на приём", "", ("Услуга", "День"), (Way("Подтверждение", "collected"),)),
            StageView("Соединить", "Соединяю.", (), (), "Перевод на +7 495 123-45-67"),
        ),
        anywhere=(Way("Соединить", 'intent == "human"'), Way("Конец", "")),
        fields=(
            FieldSpecView("Услуга", "один из вариантов", "На какую услугу?", True),
            FieldSpecView("Жалоба", "текст", "", False),
        ),
        outcomes=(OutcomeView("LEAD", "Лид", "good", 'visited("done")'), OutcomeView("ABANDONED", "Прервался", "")),
        source="version: 1\nname: <b>не тег</b>\n",
        versions=(
            VersionRow(12, "published", AT, "перенос"),
            VersionRow(11, "archived", AT, None),
            VersionRow(13, "draft", AT, None),
        ),
    )


def try_page(lang: str, *, running: bool = True) -> TryPage:
    drawn = source(lang, SAID[:3] if running else SAID)
    lines = script(drawn)
    last = next(line for line in reversed(lines) if line.kind == "turn")
    return TryPage(
        slug="dental",
        bot="Запись на приём",
        version=12,
        call=ID,
        running=running,
        agent="Анна",
        lines=lines,
        stages=(StageStep("Понять, зачем звонит", "past"), StageStep("Записать на приём", "here")),
        fields=field_views(drawn),
        outcome=OutcomeView("LEAD", "Записан", "good", 'visited("done")')
        if not running
        else OutcomeView("", "Без итога", ""),
        why=last.why,
        ended_how="" if running else "Положил трубку бот.",
        announce="Как вас зовут?",
    )


def calls_page(rows: tuple[CallLine, ...], *, query: str = "", more: bool = False, news: int = 0) -> CallsPage:
    return CallsPage(
        rows=rows,
        q="<чистка>",
        bot="dental",
        outcome="",
        status="",
        bot_options=(("", "Все боты"), ("dental", "Запись")),
        outcome_options=(("", "Любой"), ("LEAD", "Лид")),
        status_options=(("", "Любое"), ("ended", "Завершён")),
        query=query,
        next="?after=1" if more else "",
        news=news,
        since=str(ID),
        auto=True,
    )


CHOICES = (EventChoice("call.ended", "Звонок закончился"), EventChoice("call.analyzed", "Есть итог", chosen=False))


def endpoint_page(**changed: object) -> EndpointPage:
    whole = EndpointPage(
        id=ID,
        name="crm.ulybka.ru/otklik",
        url="https://crm.ulybka.ru/otklik",
        state="не отвечает",
        tone="warn",
        enabled=True,
        problem="Не отвечает с 14:20.",
        problem_text="3 события ждут повтора.",
        events=CHOICES,
        messages=(
            MessageRow(ID, "call.analyzed", "доставлено", "good", ID, "24 нояб., 14:32", 1, AT),
            MessageRow(ID, "test.ping", "не доставлено", "bad", None, "", 8, AT),
        ),
        next="?after=1",
        waiting=3,
        previous_until=AT,
    )
    return replace(whole, **changed)  # type: ignore[arg-type]  # names of its fields


def message_page() -> MessagePage:
    return MessagePage(
        id=ID,
        endpoint_id=ID,
        name="CRM",
        url="https://crm.ulybka.ru/otklik",
        type="call.analyzed",
        state="ждёт",
        tone="warn",
        at=AT,
        call_id=ID,
        call="24 нояб., 14:32",
        payload='{"type": "call.analyzed"}',
        headers=(("webhook-id", "msg_1"),),
        attempts=(
            AttemptView(1, AT, False, 503, 1184, "ответ 503", "<h1>busy</h1>"),
            AttemptView(2, AT, False, None, 15000, "не ответил за 15 с", ""),
            AttemptView(3, AT, True, 204, 18, "", ""),
        ),
        attempts_max=8,
        next_at=AT,
        may_resend=True,
    )


def keys_page(**changed: object) -> KeysPage:
    whole = KeysPage(
        keys=(
            KeyRow(ID, "Отчёты", "otk_live_ab12", "действует", "good", True, "calls:read", AT),
            KeyRow(ID, "Старый", "otk_live_cd34", "отозван", "", False, "bots:read", None),
        ),
        may_manage=True,
        scopes=(ScopeChoice("bots:read", "Видеть ботов", True), ScopeChoice("calls:read", "Читать звонки", False)),
        expiry_options=(("never", "Без срока"), ("30", "30 дней")),
    )
    return replace(whole, **changed)  # type: ignore[arg-type]  # names of its fields


def voice_page(lang: str, *, errors: dict[str, str] | None = None, sample: SampleView | None = None) -> VoicePage:
    bot = Bot(id=ID, company_id=ID, slug="dental", name="Запись")
    voice = BotVoice(tts=(Choice(provider="cartesia", model="sonic-2", voice="olga"),), stress={"Отклик": "+Отклик"})
    typed = typed_of(voice, lang)
    ahead = ahead_of(lang, Rendered(40, 52, 1, "cartesia/sonic-2", "unauthorised") if sample else Rendered(52, 52, 1))
    return load_voice(
        lang, bot, typed, own={"cartesia"}, errors=errors or {}, sample=sample, ahead=ahead, said=SAID_ALOUD
    )


def providers_page() -> ProvidersPage:
    own = ProviderCard(
        name="openai",
        title="OpenAI",
        does="Слышит, Говорит",
        state="Ключ компании",
        tone="good",
        own=True,
        takes_key=True,
        takes_url=True,
        key_optional=True,
        works=True,
        hint="ab12",
        changed_at=AT,
        probes=(
            ProbeRow("Слышит", "openai/whisper-1", ok=True, text="Первый ответ через 240 мс"),
            ProbeRow("Говорит", "openai/tts-1", ok=False, text="Ключ не принят", fix="Введите другой."),
        ),
    )
    none = replace(own, name="deepgram", own=False, takes_url=False, works=False, probes=(), errors={"key": "Нужен"})
    local = replace(none, name="local", takes_key=False, notes=("Нет голоса",), errors={})
    return ProvidersPage((own, none, local), may_manage=True)


def samples(lang: str, theme: str = "system") -> Iterator[Sample]:
    """Every template at least once, full and empty, right and wrong."""
    yield from _outside(lang, theme)
    for section, pages in (
        ("overview", _overviews()),
        ("bots", _bots(lang)),
        ("calls", _calls(lang)),
        ("webhooks", _webhooks()),
        ("settings", _settings()),
    ):
        for name, template, page in pages:
            yield Sample(name, template, frame(lang, theme, section=section), page)


Pages = Iterator[tuple[str, str, object]]
"""Name, template and page."""


def _outside(lang: str, theme: str) -> Iterator[Sample]:
    stranger = frame(lang, theme, inside=False)
    yield Sample("sign-in", "sign_in.html", stranger, SignInPage(next="/c/x/", notice="Войдите"))
    yield Sample("sign-in-wrong", "sign_in.html", stranger, SignInPage(email="a@b.ru", problem="Не подходит"))
    yield Sample("sign-in-again", "sign_in_again.html", stranger, AgainProblem("Не подходит"))
    yield Sample("error", "error.html", stranger, ErrorPage("Сбой", "Данные целы", "abc", "/", "На главную"))
    person = replace(frame(lang, theme), company=None)
    company = MembershipRow(ID, "ulybka", "Клиника «Улыбка»", "Europe/Moscow", "ru", "RU", "owner")
    yield Sample("companies", "companies.html", person, CompaniesPage([company]))
    yield Sample("companies-none", "companies.html", person, CompaniesPage([]))
    yield Sample("me-alone", "me.html", person, MePage())
    yield Sample("me", "me.html", frame(lang, theme, section="me"), MePage())


def _overviews() -> Pages:
    yield "overview", "overview.html", overview()
    yield "overview-empty", "overview.html", overview(empty=True)


def _bots(lang: str) -> Pages:
    yield "bots", "bots/list.html", BotsPage(bot_rows())
    yield "bots-none", "bots/list.html", BotsPage(())
    yield "bot", "bots/show.html", bot_page()
    yield "bot-empty", "bots/show.html", bot_page(empty=True)
    yield "try-ready", "bots/try.html", TryPage("dental", "Запись", 12)
    yield "try", "bots/try.html", try_page(lang)
    yield "try-ended", "bots/try.html", try_page(lang, running=False)
    yield "voice", "bots/voice.html", voice_page(lang)
    yield "voice-wrong", "bots/voice.html", voice_page(lang, errors={"tts": "Нет модели", "stress": "Строка 1"})
    heard = SampleView("/c/ulybka/bots/dental/voice/sample/x", "cartesia/sonic-2", (("Ключ не принят", "Введите"),))
    yield "voice-sample", "bots/voice.html", voice_page(lang, sample=heard)


def _calls(lang: str) -> Pages:
    yield "calls", "calls/list.html", calls_page(call_lines(), more=True, news=3)
    yield "calls-none", "calls/list.html", calls_page(())
    yield "calls-nothing", "calls/list.html", calls_page((), query="?q=x")
    whole = call_page(lang)
    yield "call", "calls/show.html", whole
    yield "call-spoken", "calls/show.html", spoken_call_page(lang)
    waiting = replace(
        whole, analysing=True, live=True, summary="", evidence=(), deliveries=(), no_hooks_text="Итог уйдёт"
    )
    yield "call-analysing", "calls/show.html", waiting
    yield "call-running", "calls/show.html", replace(waiting, running=True, seconds=None, fields=())
    yield "call-partial", "calls/show.html", replace(whole, partial="Прерван", live=False)


def _webhooks() -> Pages:
    row = EndpointRow(ID, "CRM", "crm.ulybka.ru/otklik", "работает", "good", "все события", 0, AT)
    yield "webhooks", "webhooks/list.html", EndpointsPage((row, replace(row, last_at=None)), demo=True)
    yield "webhooks-none", "webhooks/list.html", EndpointsPage((), demo=False)
    wrong = {"url": "Адрес должен начинаться с https://", "events": "Выберите", "description": "Длинно"}
    yield "webhook-new", "webhooks/new.html", NewEndpointPage(CHOICES)
    yield "webhook-new-wrong", "webhooks/new.html", NewEndpointPage(CHOICES, "http://x", "d", wrong)
    tested = TestResult(
        ok=False, tone="bad", title="Не доставлена", text="Ответ 503", response="<h1>busy</h1>", message_id=ID
    )
    yield "webhook", "webhooks/show.html", endpoint_page(test=tested, secret="whsec_abc")
    bare = endpoint_page(messages=(), next="", problem="", previous_until=None, enabled=False)
    yield "webhook-made", "webhooks/show.html", bare
    yield "message", "webhooks/message.html", message_page()
    untried = replace(message_page(), attempts=(), next_at=None, call_id=None, may_resend=False)
    yield "message-untried", "webhooks/message.html", untried
    good = Received(
        id=ID, at=AT, type="call.analyzed", ok=True, problem="", headers=(("webhook-id", "msg_1"),), body="{}"
    )
    bad = replace(good, id=UUID(int=ID.int + 1), ok=False, problem="Подпись неверна")
    yield "demo", "webhooks/demo.html", DemoPage((good, bad))
    yield "demo-none", "webhooks/demo.html", DemoPage(())


def _settings() -> Pages:
    yield "providers", "settings/providers.html", providers_page()
    yield "providers-read", "settings/providers.html", replace(providers_page(), may_manage=False)
    yield "privacy", "settings/privacy.html", PrivacyPage("30")
    yield "privacy-wrong", "settings/privacy.html", PrivacyPage("x", {"recording_days": "Укажите число"})
    yield "keys", "settings/keys.html", keys_page()
    failed = keys_page(errors={"name": "Заполните", "scopes": "Выберите"}, keys=())
    yield "keys-wrong", "settings/keys.html", failed
    yield "keys-made", "settings/keys.html", keys_page(secret="otk_live_x", may_manage=False)
    member = MemberRow("Ольга Климова", "olga@ulybka.ru", "owner", AT)
    yield "members", "settings/members.html", MembersPage((member,))
