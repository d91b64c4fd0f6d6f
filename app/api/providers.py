"""Providers of speech and language: the company's own keys, and whether each works."""

from __future__ import annotations

from typing import Annotated

from litestar import Controller, delete, get, post, put
from litestar.params import JSONBody, PathParameter

from app.api.auth import ApiRequest, Db, Now, Rt, Who, may
from app.api.responses import READS, READS_ONE, WRITES
from app.api.schemas import ProbeOut, ProviderKeyIn, ProviderOut
from app.errors import NotFound
from app.settings import ProviderSettings, read
from app.tenants import provider_keys, queries
from app.tenants.models import ProviderKey
from app.voice.providers import keys
from app.voice.providers.catalogue import PROVIDERS, Provider
from app.voice.providers.credentials import credentials
from app.voice.providers.loading import load

Name = Annotated[str, PathParameter(description="The provider's name, for example `deepgram`.")]


class ProvidersApi(Controller):
    """`/providers`."""

    path = "/providers"
    tags = ("voice",)

    @get(summary="List providers", operation_id="listProviders", guards=[may("providers:read")], responses=READS)
    async def list_providers(self, db: Db) -> list[ProviderOut]:
        """What each does, and whose key it would be asked with. Keys themselves are never shown."""
        rows = {row.provider: row for row in await provider_keys.listed(db)}
        return [_provider(provider, rows.get(name)) for name, provider in PROVIDERS.items()]

    @put(
        "/{provider:str}",
        summary="Set the company's key",
        operation_id="setProviderKey",
        guards=[may("providers:write")],
        responses=WRITES,
    )
    async def set_key(
        self, *, request: ApiRequest, provider: Name, data: JSONBody[ProviderKeyIn], rt: Rt, who: Who, now: Now
    ) -> ProviderOut:
        """In place of the one before. It is kept sealed; private and local addresses are refused with the reason."""
        checked = await keys.checked(rt, provider, data.key, data.base_url or "", by=who)
        async with rt.db.tenant(request.auth) as db:
            row = await provider_keys.set_key(
                db, rt.sealer, provider, checked.key, address=checked.address, by=who, at=now
            )
            return _provider(PROVIDERS[provider], row)

    @delete(
        "/{provider:str}",
        summary="Remove the company's key",
        operation_id="forgetProviderKey",
        guards=[may("providers:write")],
        responses=READS_ONE,
    )
    async def forget_key(self, provider: Name, db: Db, who: Who, now: Now) -> None:
        """From now on the platform's key is used, if it has one."""
        await provider_keys.forget_key(db, provider, by=who, at=now)

    @post(
        "/{provider:str}/test",
        summary="Test a provider",
        operation_id="testProvider",
        status_code=200,
        guards=[may("providers:write")],
        responses=READS_ONE,
    )
    async def test(self, request: ApiRequest, provider: Name, rt: Rt) -> list[ProbeOut]:
        """A real round trip with each model of it that the platform or a bot uses; it costs what a sentence costs."""
        if provider not in PROVIDERS:
            raise NotFound
        await load()
        from app.voice.providers.probing import probe_used  # noqa: PLC0415  # loaded by now
        from app.voice.providers.source import ConfiguredSpeech  # noqa: PLC0415

        async with rt.db.tenant(request.auth) as db:
            language = (await queries.company(db)).language
        found = await probe_used(ConfiguredSpeech(rt), request.auth, language, provider=provider)
        return [ProbeOut(probe.part, probe.name, probe.ok, probe.first_ms, probe.cause) for probe in found]


def _provider(provider: Provider, row: ProviderKey | None) -> ProviderOut:
    platform = credentials(read(ProviderSettings), {}, provider.name) is not None
    whose = "company" if row else "platform" if platform else None
    return ProviderOut(
        name=provider.name,
        title=provider.title,
        models={part: [model.name for model in models] for part, models in provider.models.items()},
        key="not_needed" if provider.key == "none" else whose,
        hint=row.hint if row else None,
        base_url=row.base_url if row else None,
        changed_at=row.changed_at if row else None,
    )
