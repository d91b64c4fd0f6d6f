"""A bot's voice: whom it hears, speaks and thinks with, how it talks, and a sample to listen to."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Literal

from litestar import Controller, Response, get, post
from litestar.params import FromPath, URLEncodedBody
from pydantic import ValidationError

from app.bots import queries as bots
from app.bots.models import Bot
from app.bots.voice import MAX_WORDS, BotVoice, Choice
from app.bots.voicing import change_voice, voice_of
from app.calls.scenarios import compiled
from app.db.session import TenantDb
from app.errors import InvalidInput, NotFound, NoVoice
from app.i18n import translate
from app.scenario.compiled import CompiledScenario
from app.scenario.config_loader import ScenarioInvalid
from app.settings import LlmSettings, ProviderSettings, read
from app.tenants import provider_keys
from app.ui.flash import flash_cookie
from app.ui.responses import Html, many, redirect
from app.ui.visits import ENTRY, Entry, Here
from app.voice.providers.catalogue import PARTS, Part, chain_of, doing, problem, written
from app.voice.providers.choosing import Platform
from app.voice.providers.credentials import credentials
from app.voice.providers.loading import load
from app.voice.providers.local import available
from app.voice.speech.plans import Rendered, rendered
from app.voice.spoken_text.samples import Said, samples

TEMPLATE = "bots/voice.html"
SLOTS = 3
"""Providers that a chain can be given on the page."""
KEPT = timedelta(minutes=5)
"""How long a sample can be listened to."""
MAX_NOTICE = 300


@dataclass(frozen=True)
class Slot:
    """One place of a chain, as it is written on the page."""

    label: str
    provider: str = ""
    model: str = ""
    voice: str = ""


@dataclass(frozen=True)
class ChainView:
    """One part's chain: whom the bot may choose, and what the platform would do."""

    part: str
    title: str
    options: tuple[tuple[str, str], ...]
    models: tuple[str, ...]
    voices: tuple[str, ...]
    defaults: str
    slots: tuple[Slot, ...]


@dataclass(frozen=True)
class SampleView:
    """What came of listening. `url` is empty when nobody could say it."""

    url: str
    text: str
    troubles: tuple[tuple[str, str], ...] = ()
    """What went wrong, and what to do."""


@dataclass(frozen=True)
class AheadView:
    """How much of what the bot always says the same is rendered, and what stood in the way."""

    text: str
    trouble: tuple[str, str] | None = None
    """What went wrong, and what to do."""


@dataclass(frozen=True)
class VoicePage:
    """The form with what is set, or what was typed."""

    slug: str
    name: str
    chains: tuple[ChainView, ...]
    typed: VoiceForm
    interrupt_options: tuple[tuple[str, str], ...]
    voicemail_options: tuple[tuple[str, str], ...]
    errors: dict[str, str]
    sample: SampleView | None = None
    ahead: AheadView | None = None
    said: tuple[Said, ...] = ()
    """Phrases beside how they are spoken."""


@dataclass
class VoiceForm:
    """What the person typed. A chain's fields come once for each of its places."""

    stt_provider: str | list[str] | None = None
    stt_model: str | list[str] | None = None
    tts_provider: str | list[str] | None = None
    tts_model: str | list[str] | None = None
    tts_voice: str | list[str] | None = None
    llm_provider: str | list[str] | None = None
    llm_model: str | list[str] | None = None
    speed: str = "1"
    filler: str = ""
    interrupt_words: str = "1"
    patience: str = "2.5"
    voicemail: str = "hang_up"
    record: str = ""
    notice: str = ""
    stress: str = ""

    def places(self, part: Part) -> list[tuple[str, str, str]]:
        """Provider, model and voice of each place."""
        providers, models = many(getattr(self, f"{part}_provider")), many(getattr(self, f"{part}_model"))
        voices = many(self.tts_voice) if part == "tts" else []
        padded = [(column + [""] * SLOTS)[:SLOTS] for column in (providers, models, voices)]
        return [(a.strip(), b.strip(), c.strip()) for a, b, c in zip(*padded, strict=True)]


class VoicePages(Controller):
    """`/c/{slug}/bots/{bot}/voice`."""

    path = "/c/{slug:str}/bots/{bot:str}/voice"
    dependencies = ENTRY

    @get("/")
    async def show(self, entry: Here, bot: FromPath[str]) -> Html:
        entry.actor.need("bots:write")
        async with entry.db() as db:
            found = await bots.bot_by_slug(db, bot)
        return await _page(entry, found, typed_of(voice_of(found), entry.lang))

    @post("/", status_code=200)
    async def save(self, entry: Here, bot: FromPath[str], data: URLEncodedBody[VoiceForm]) -> Response[Any]:
        entry.actor.need("bots:write")
        voice, errors = read_form(entry.lang, data)
        async with entry.db() as db:
            found = await bots.bot_by_slug(db, bot)
            if voice is not None:
                await change_voice(db, found.id, voice, by=entry.actor, at=entry.now)
        if voice is None:
            return await _page(entry, found, data, errors=errors)
        cookies = [flash_cookie("good", "ui.voice.saved")]
        return redirect(entry.request, entry.url(f"bots/{found.slug}/voice"), cookies=cookies)

    @post("/sample", status_code=200)
    async def sample(self, entry: Here, bot: FromPath[str], data: URLEncodedBody[VoiceForm]) -> Html:
        """A phrase in the voice of the form, saved or not."""
        entry.actor.need("bots:write")
        async with entry.db() as db:
            found = await bots.bot_by_slug(db, bot)
            language = await _language(db, found, entry.company.language)
        voice, errors = read_form(entry.lang, data)
        if voice is None:
            return await _page(entry, found, data, errors=errors, retarget=True)
        return await _page(entry, found, data, sample=await _sampled(entry, found, voice, language))

    @get("/sample/{ticket:str}")
    async def listen(self, entry: Here, bot: FromPath[str], ticket: FromPath[str]) -> Response[bytes]:
        """The sound of a sample, for whoever asked for it."""
        entry.actor.need("bots:write")
        sound = await entry.rt.redis.get(_key(entry, bot, ticket)) if len(ticket) <= 32 else None
        if not isinstance(sound, bytes):
            raise NotFound
        return Response(sound, media_type="audio/wav", headers={"Cache-Control": "no-store"})


def typed_of(voice: BotVoice, lang: str) -> VoiceForm:
    """The form of what is set."""
    columns: dict[str, Any] = {}  # Any: lists of texts, one a column
    for part in PARTS:
        chain = chain_of(voice, part)
        columns[f"{part}_provider"] = [choice.provider for choice in chain]
        columns[f"{part}_model"] = [choice.model or "" for choice in chain]
    return VoiceForm(
        **columns,
        tts_voice=[choice.voice or "" for choice in voice.tts],
        speed=_number(voice.speed, lang),
        filler=_number(voice.filler.total_seconds(), lang) if voice.filler else "",
        interrupt_words=str(voice.interrupt_words),
        patience=_number(voice.patience.total_seconds(), lang),
        voicemail=voice.voicemail,
        record="1" if voice.record else "",
        notice=voice.notice,
        stress="\n".join(f"{word} = {said}" for word, said in voice.stress.items()),
    )


def read_form(lang: str, form: VoiceForm) -> tuple[BotVoice | None, dict[str, str]]:
    """The voice, or everything that is wrong with the form, by field."""
    errors: dict[str, str] = {}
    speed = _read(lang, errors, "speed", form.speed, (0.6, 1.6))
    filler = _read(lang, errors, "filler", form.filler, (0.5, 5)) if form.filler.strip() else None
    patience = _read(lang, errors, "patience", form.patience, (0.5, 8))
    words = _read(lang, errors, "interrupt_words", form.interrupt_words, (0, 5))
    stress = _stress(lang, errors, form.stress)
    if len(form.notice) > MAX_NOTICE:
        errors["notice"] = translate(lang, "ui.voice.too_long", limit=MAX_NOTICE)
    chains = {part: _chain(lang, errors, part, form) for part in PARTS}
    if errors:
        return None, errors
    voice = BotVoice(
        stt=chains["stt"],
        tts=chains["tts"],
        llm=chains["llm"],
        speed=speed or 1.0,
        filler=timedelta(seconds=filler) if filler else None,
        interrupt_words=int(words or 0),
        patience=timedelta(seconds=patience or 2.5),
        voicemail=_voicemail(form.voicemail),
        record=bool(form.record),
        notice=form.notice.strip(),
        stress=stress,
    )
    return voice, {}


def _chain(lang: str, errors: dict[str, str], part: Part, form: VoiceForm) -> tuple[Choice, ...]:
    """The chosen places in a row; an unusable one is an error of the chain."""
    choices: list[Choice] = []
    for provider, model, voice in form.places(part):
        if not provider:
            continue
        try:
            choices.append(Choice(provider=provider, model=model or None, voice=voice or None))
        except ValidationError:
            errors[part] = InvalidInput(field=part, reason="provider", value=provider[:40]).text(lang)
    for choice in choices:
        if (why := problem(part, choice)) is not None:
            reason = "provider" if why == "provider" else f"provider_{why}"
            errors[part] = InvalidInput(field=part, reason=reason, value=written(choice)).text(lang)
    return tuple(choices)


def _voicemail(value: str) -> Literal["hang_up", "go_on"]:
    return "go_on" if value == "go_on" else "hang_up"


def _read(lang: str, errors: dict[str, str], name: str, text: str, limits: tuple[float, float]) -> float | None:
    low, high = limits
    try:
        value = float(text.strip().replace(",", "."))
    except ValueError:
        value = float("nan")
    if not low <= value <= high:  # also for what is no number
        errors[name] = translate(lang, "ui.voice.range", low=_number(low, lang), high=_number(high, lang))
        return None
    return value


def _number(value: float, lang: str) -> str:
    return f"{value:g}".replace(".", "," if lang == "ru" else ".")


def _stress(lang: str, errors: dict[str, str], text: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        word, equals, said = (part.strip() for part in line.partition("="))
        if not equals or not word or not said or len(line) > 200:
            errors["stress"] = translate(lang, "ui.voice.stress_wrong", line=number)
            return {}
        found[word] = said
    if len(found) > MAX_WORDS:
        errors["stress"] = translate(lang, "ui.voice.stress_many", limit=MAX_WORDS)
    return found


async def _page(
    entry: Entry,
    bot: Bot,
    typed: VoiceForm,
    *,
    errors: dict[str, str] | None = None,
    sample: SampleView | None = None,
    retarget: bool = False,
) -> Html:
    """`retarget`: the form's errors answer a button that waits for something else."""
    async with entry.db() as db:
        frame = await entry.frame(db, "bots")
        own = {row.provider for row in await provider_keys.listed(db)}
        scenario = await _scenario(db, bot)
    ahead = ahead_of(entry.lang, await rendered(entry.rt, entry.company.id, bot.id))
    said = samples(scenario, _stress(entry.lang, {}, typed.stress)) if scenario else ()
    content = load_voice(entry.lang, bot, typed, own=own, errors=errors or {}, sample=sample, ahead=ahead, said=said)
    return entry.page(
        TEMPLATE,
        frame,
        content,
        blocks=("form",) if retarget else (),
        status=422 if errors else 200,
        headers={"HX-Retarget": "#form"} if retarget else None,
    )


def load_voice(
    lang: str,
    bot: Bot,
    typed: VoiceForm,
    *,
    own: set[str],
    errors: dict[str, str],
    sample: SampleView | None = None,
    ahead: AheadView | None = None,
    said: tuple[Said, ...] = (),
) -> VoicePage:
    """The page's content. `own`: providers that the company has a key of."""
    platform = Platform(read(ProviderSettings), read(LlmSettings))
    return VoicePage(
        slug=bot.slug,
        name=bot.name,
        chains=tuple(_chain_view(lang, platform, part, typed, own) for part in PARTS),
        typed=typed,
        interrupt_options=tuple((str(n), str(n)) for n in range(6)),
        voicemail_options=tuple((code, translate(lang, f"ui.voice.voicemail.{code}")) for code in ("hang_up", "go_on")),
        errors=errors,
        sample=sample,
        ahead=ahead,
        said=said,
    )


def ahead_of(lang: str, state: Rendered) -> AheadView | None:
    """None before the bot's first version with a voice."""
    if not state.total:
        return None
    text = translate(lang, "ui.voice.ahead_count", ready=state.ready, total=state.total)
    if state.by == "disk":
        return AheadView(text, (translate(lang, "ui.voice.ahead_disk"), ""))
    if state.by:
        why = f"{state.by}: {translate(lang, f'provider.cause.{state.cause}')}"
        return AheadView(text, (why, translate(lang, f"provider.fix.{state.cause}")))
    return AheadView(text)


def _chain_view(lang: str, platform: Platform, part: Part, typed: VoiceForm, own: set[str]) -> ChainView:
    options: list[tuple[str, str]] = []
    models: list[str] = []
    for provider in doing(part):
        title = translate(lang, "ui.providers.local") if provider.name == "local" else provider.title
        known = provider.name in own or credentials(platform.providers, {}, provider.name) is not None
        options.append((provider.name, title if known else translate(lang, "ui.voice.no_key", title=title)))
        if provider.key != "none":
            models += [model.name for model in provider.models[part]]
    labels = [translate(lang, f"ui.voice.slot.{number}") for number in range(SLOTS)]
    places = typed.places(part)
    return ChainView(
        part=part,
        title=translate(lang, {"stt": "ui.voice.hears", "tts": "ui.voice.speaks", "llm": "ui.voice.phrases"}[part]),
        options=tuple(options),
        models=tuple(models),
        voices=_local_voices() if part == "tts" else (),
        defaults=_defaults(lang, platform, part),
        slots=tuple(Slot(label, *place) for label, place in zip(labels, places, strict=True)),
    )


def _local_voices() -> tuple[str, ...]:
    return tuple(voice.name for some in available().voices.values() for voice in some)


def _defaults(lang: str, platform: Platform, part: Part) -> str:
    names = [one.name for one in platform.chain(part, (), {})]
    if names:
        return translate(lang, "ui.voice.defaults", chain=" → ".join(names))
    return translate(lang, "ui.voice.script_only" if part == "llm" else "ui.voice.no_defaults")


async def _language(db: TenantDb, bot: Bot, otherwise: str) -> str:
    """The language the bot speaks first."""
    scenario = await _scenario(db, bot)
    return otherwise if scenario is None else scenario.language


async def _scenario(db: TenantDb, bot: Bot) -> CompiledScenario | None:
    """The newest version; None when there is none that loads."""
    config = await db.scalar(bots.configs_of(bot.id).limit(1))
    if config is None:
        return None
    try:
        return await compiled(config.source)
    except ScenarioInvalid:
        return None


async def _sampled(entry: Entry, bot: Bot, voice: BotVoice, language: str) -> SampleView:
    await load()
    from app.voice.providers.sampling import say  # noqa: PLC0415  # loaded by now
    from app.voice.providers.source import ConfiguredSpeech  # noqa: PLC0415

    phrase = translate(language, "ui.voice.phrase", company=entry.company.name)
    try:
        made = await say(ConfiguredSpeech(entry.rt), entry.company.id, voice, language, phrase)
    except NoVoice as missing:
        return SampleView("", translate(entry.lang, "ui.voice.sample_failed"), ((missing.text(entry.lang), ""),))
    troubles = tuple(
        (
            f"{trouble.provider}: {translate(entry.lang, f'provider.cause.{trouble.cause}')}",
            translate(entry.lang, f"provider.fix.{trouble.cause}"),
        )
        for trouble in made.troubles
    )
    if not made.wav:
        return SampleView("", translate(entry.lang, "ui.voice.sample_failed"), troubles)
    ticket = secrets.token_urlsafe(12)
    await entry.rt.redis.set(_key(entry, bot.slug, ticket), made.wav, ex=int(KEPT.total_seconds()))
    first = entry.formats.number(made.first_ms)
    text = translate(entry.lang, "ui.voice.sample_first", name=made.served_by, ms=first)
    return SampleView(entry.url(f"bots/{bot.slug}/voice/sample/{ticket}"), text, troubles)


def _key(entry: Entry, bot: str, ticket: str) -> str:
    """Names the company, the bot and the sign-in: nobody else listens."""
    return f"otklik:sample:{entry.company.id}:{bot}:{entry.visit.session.id}:{ticket}"
