"""What a company may enter as its own key of a provider."""

from __future__ import annotations

from dataclasses import dataclass, field

from app.errors import InvalidInput, NotFound
from app.runtime import Runtime
from app.tenants.actors import Actor
from app.tenants.provider_keys import CheckedAddress, checked_address
from app.voice.providers.catalogue import PROVIDERS, Provider


@dataclass(frozen=True)
class CheckedKey:
    """A key and an address that fit the provider. Only `checked` makes one."""

    provider: str
    key: str = field(repr=False)
    address: CheckedAddress | None


def takes_keys() -> list[Provider]:
    """The providers a company can have a key of."""
    return [provider for provider in PROVIDERS.values() if provider.key != "none"]


async def checked(rt: Runtime, provider: str, key: str, url: str, *, by: Actor) -> CheckedKey:
    """Looks the address up, so before the transaction that stores it is opened.

    Raises Forbidden, NotFound for a provider without keys, InvalidInput, OutboundRefused with the reason.
    """
    by.need("providers:write")
    known = PROVIDERS.get(provider)
    if known is None or known.key == "none":
        raise NotFound
    key, url = key.strip(), url.strip()
    if known.key == "needed" and not key:
        raise InvalidInput(field="key", reason="required")
    if url and not known.own_url:
        raise InvalidInput(field="base_url", reason="provider_address")
    if not key and not url:
        raise InvalidInput(field="key", reason="key_or_address")
    return CheckedKey(provider, key, await checked_address(rt.guard, url, by=by) if url else None)
