"""`otklik doctor --providers`: a real round trip with each provider of speech and language."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

from app.db import away, lookups
from app.embedded import attach
from app.errors import NoVoice
from app.i18n import translate
from app.runtime import Runtime, build
from app.settings import CommonSettings, read
from app.voice.providers.catalogue import PARTS
from app.voice.providers.loading import load

if TYPE_CHECKING:
    from app.voice.providers.probing import Probe


@dataclass(frozen=True)
class Trip:
    """How one provider did, or, without a name, what nobody does. `detail` and `fix` are sentences."""

    part: str
    name: str | None
    ok: bool
    first_ms: int | None
    cause: str | None
    detail: str
    fix: str = ""


async def trips(company: str | None, lang: str) -> list[Trip] | None:
    """The platform's chains; with a company's slug its own keys and its bots' chains too. None: no such company.

    Raises SettingsInvalid; ServiceUnavailable when the servers do not answer.
    """
    logging.getLogger("livekit").setLevel(logging.CRITICAL)  # what it would say is said below, in words
    attach.use_running(read(CommonSettings).home)
    rt = build()
    try:
        with away.told():
            return await _trips(rt, company, lang)
    finally:
        await rt.close()


async def _trips(rt: Runtime, slug: str | None, lang: str) -> list[Trip] | None:
    await load()
    from app.voice.providers.probing import probe_all, probe_used
    from app.voice.providers.source import ConfiguredSpeech

    source = ConfiguredSpeech(rt)
    if slug is None:
        spoken = rt.common.language or lang
        probes = await probe_all(source, [(part, source.platform.chain(part, (), {})) for part in PARTS], spoken)
    else:
        async with rt.db.system() as db:
            company = await lookups.company_by_slug(db, slug)
        if company is None:
            return None
        probes = await probe_used(source, company.id, company.language)
    found = [_trip(probe, lang) for probe in probes]
    nobody = [part for part in ("stt", "tts") if not any(probe.part == part for probe in probes)]
    return found + [_nobody(part, lang) for part in nobody]


def _trip(probe: Probe, lang: str) -> Trip:
    part = translate(lang, f"cli.doctor.part.{probe.part}")
    if probe.ok:
        detail = translate(lang, "cli.doctor.provider", part=part, name=probe.name, ms=probe.first_ms)
        return Trip(probe.part, probe.name, True, probe.first_ms, None, detail)
    said = translate(lang, f"provider.cause.{probe.cause}")
    detail = translate(lang, "cli.doctor.provider_bad", part=part, name=probe.name, said=said)
    return Trip(
        probe.part, probe.name, False, None, probe.cause, detail, translate(lang, f"provider.fix.{probe.cause}")
    )


def _nobody(part: str, lang: str) -> Trip:
    detail = translate(lang, "cli.doctor.provider_none", part=translate(lang, f"cli.doctor.part.{part}"))
    return Trip(part, None, False, None, "none", detail, NoVoice(missing=part).text(lang))
