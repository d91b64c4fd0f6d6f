"""Settings of a company: its own keys of speech and language providers, and whether each provider works."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from litestar import Controller, Response, get, post
from litestar.params import FromPath, URLEncodedBody

from app.errors import InvalidInput, NotFound, OutboundRefused
from app.i18n import translate
from app.settings import ProviderSettings, read
from app.tenants import provider_keys
from app.tenants.models import ProviderKey
from app.ui.flash import flash_cookie
from app.ui.responses import Html, redirect
from app.ui.visits import ENTRY, Entry, Here
from app.voice.providers import keys
from app.voice.providers.catalogue import PARTS, PROVIDERS, Provider
from app.voice.providers.credentials import credentials
from app.voice.providers.loading import load
from app.voice.providers.local import available

TEMPLATE = "settings/providers.html"


@dataclass(frozen=True)
class ProbeRow:
    """How one model did: milliseconds to its first word, or what is wrong and what to do."""

    what: str
    model: str
    ok: bool
    text: str
    fix: str = ""


@dataclass(frozen=True)
class ProviderCard:
    """One provider. `own`: the company has a key of its own."""

    name: str
    title: str
    does: str
    state: str
    tone: str
    own: bool
    takes_key: bool
    takes_url: bool
    key_optional: bool
    works: bool
    """There is something to test."""
    hint: str = ""
    base_url: str = ""
    changed_at: datetime | None = None
    notes: tuple[str, ...] = ()
    errors: dict[str, str] = field(default_factory=dict)
    probes: tuple[ProbeRow, ...] = ()


@dataclass(frozen=True)
class ProvidersPage:
    """Every provider there is."""

    providers: tuple[ProviderCard, ...]
    may_manage: bool


@dataclass
class ProviderKeyForm:
    """What the person typed."""

    key: str = ""
    base_url: str = ""


class ProviderPages(Controller):
    """`/c/{slug}/settings/providers`."""

    path = "/c/{slug:str}/settings/providers"
    dependencies = ENTRY

    @get("/")
    async def show(self, entry: Here) -> Html:
        entry.actor.need("providers:read")
        return await _page(entry)

    @post("/{provider:str}")
    async def save(self, entry: Here, provider: FromPath[str], data: URLEncodedBody[ProviderKeyForm]) -> Response[Any]:
        """The company's own key, in place of the one before."""
        try:
            checked = await keys.checked(entry.rt, provider, data.key, data.base_url, by=entry.actor)
            async with entry.db() as db:
                await provider_keys.set_key(
                    db,
                    entry.rt.sealer,
                    checked.provider,
                    checked.key,
                    address=checked.address,
                    by=entry.actor,
                    at=entry.now,
                )
        except (InvalidInput, OutboundRefused) as wrong:
            return await _page(entry, errors={provider: _errors(entry.lang, wrong)}, typed={provider: data.base_url})
        cookies = [flash_cookie("good", "ui.providers.saved")]
        return redirect(entry.request, entry.url("settings/providers"), cookies=cookies)

    @post("/{provider:str}/forget")
    async def forget(self, entry: Here, provider: FromPath[str]) -> Response[Any]:
        async with entry.db() as db:
            await provider_keys.forget_key(db, provider, by=entry.actor, at=entry.now)
        cookies = [flash_cookie("good", "ui.providers.forgotten")]
        return redirect(entry.request, entry.url("settings/providers"), cookies=cookies)

    @post("/{provider:str}/test", status_code=200)
    async def test(self, entry: Here, provider: FromPath[str]) -> Html:
        """A real round trip with every model of it that is used here."""
        entry.actor.need("providers:write")
        if provider not in PROVIDERS:
            raise NotFound
        return await _page(entry, probes={provider: await probed(entry, provider)})


async def probed(entry: Entry, provider: str) -> tuple[ProbeRow, ...]:
    """How the provider does with the models that the platform or a bot of the company uses, else with its defaults."""
    await load()
    from app.voice.providers.probing import probe_used  # noqa: PLC0415  # loaded by now
    from app.voice.providers.source import ConfiguredSpeech  # noqa: PLC0415

    source = ConfiguredSpeech(entry.rt)
    found = await probe_used(source, entry.company.id, entry.company.language, provider=provider)
    return tuple(
        ProbeRow(
            what=translate(entry.lang, f"ui.providers.part.{probe.part}"),
            model=probe.name,
            ok=probe.ok,
            text=translate(entry.lang, "ui.providers.first", ms=entry.formats.number(probe.first_ms or 0))
            if probe.ok
            else translate(entry.lang, f"provider.cause.{probe.cause}"),
            fix="" if probe.ok else translate(entry.lang, f"provider.fix.{probe.cause}"),
        )
        for probe in found
    )


async def _page(
    entry: Entry,
    *,
    errors: Mapping[str, dict[str, str]] | None = None,
    typed: Mapping[str, str] | None = None,
    probes: Mapping[str, tuple[ProbeRow, ...]] | None = None,
) -> Html:
    async with entry.db() as db:
        frame = await entry.frame(db, "settings")
        rows = {row.provider: row for row in await provider_keys.listed(db)}
    content = load_providers(entry, rows, errors=errors or {}, typed=typed or {}, probes=probes or {})
    return entry.page(TEMPLATE, frame, content, status=422 if errors else 200)


def load_providers(
    entry: Entry,
    rows: Mapping[str, ProviderKey],
    *,
    errors: Mapping[str, dict[str, str]],
    typed: Mapping[str, str],
    probes: Mapping[str, tuple[ProbeRow, ...]],
) -> ProvidersPage:
    """The page's content."""
    settings = read(ProviderSettings)
    return ProvidersPage(
        providers=tuple(
            _card(
                entry.lang,
                settings,
                provider,
                rows.get(name),
                errors=errors.get(name, {}),
                typed=typed.get(name),
                probes=probes.get(name, ()),
            )
            for name, provider in PROVIDERS.items()
        ),
        may_manage=entry.actor.may("providers:write"),
    )


def _card(
    lang: str,
    settings: ProviderSettings,
    provider: Provider,
    row: ProviderKey | None,
    *,
    errors: dict[str, str],
    typed: str | None,
    probes: tuple[ProbeRow, ...],
) -> ProviderCard:
    state, works = _state(settings, provider, row)
    return ProviderCard(
        name=provider.name,
        title=translate(lang, "ui.providers.local") if provider.name == "local" else provider.title,
        does=", ".join(translate(lang, f"ui.providers.part.{part}") for part in PARTS if part in provider.models),
        state=translate(lang, f"ui.providers.state.{state}"),
        tone={"own": "good", "platform": "good", "here": "good", "partly": "warn"}.get(state, ""),
        own=row is not None,
        takes_key=provider.key != "none",
        takes_url=provider.own_url,
        key_optional=provider.key == "optional",
        works=works,
        hint=row.hint if row else "",
        base_url=typed if typed is not None else (row.base_url or "" if row else ""),
        changed_at=row.changed_at if row else None,
        notes=tuple(missing.text(lang) for missing in available().missing) if provider.name == "local" else (),
        errors=errors,
        probes=probes,
    )


def _state(settings: ProviderSettings, provider: Provider, row: ProviderKey | None) -> tuple[str, bool]:
    if provider.name == "local":
        local = available()
        there = [local.stt, bool(local.voices)]
        return ("here" if all(there) else "partly" if any(there) else "absent"), any(there)
    if row is not None:
        return "own", True
    platform = credentials(settings, {}, provider.name) is not None
    return ("platform" if platform else "none"), platform


def _errors(lang: str, wrong: InvalidInput | OutboundRefused) -> dict[str, str]:
    if isinstance(wrong, OutboundRefused):
        return {"base_url": wrong.text(lang)}
    name = str(wrong.facts["field"])
    if wrong.facts["reason"] == "required":
        return {name: translate(lang, "error.invalid.required", field=translate(lang, "ui.providers.key"))}
    return {name: wrong.text(lang)}
