"""Which key and which address a provider is asked with: the company's own, else the platform's. Never both mixed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from app.settings import ProviderSettings
from app.tenants.provider_keys import OwnKey
from app.voice.providers.catalogue import PROVIDERS


@dataclass(frozen=True)
class Credentials:
    """What a provider is asked with. An address that a company chose is only reached through the guard."""

    key: str = field(repr=False)
    url: str
    guarded: bool = False
    own: bool = False
    """Whether the key is the company's."""


def credentials(settings: ProviderSettings, own: Mapping[str, OwnKey], provider: str) -> Credentials | None:
    """None: the provider needs a key, and nobody gave one."""
    key, url = _of_platform(settings, provider)
    found = own.get(provider)
    if found is not None:
        # An address of the company's gets the company's key alone, whatever the platform has.
        return Credentials(found.key, found.base_url or url, guarded=found.base_url is not None, own=True)
    if key or PROVIDERS[provider].key == "none":
        return Credentials(key, url)
    if PROVIDERS[provider].key == "optional" and url != ProviderSettings.model_fields[f"{provider}_url"].default:
        return Credentials("", url)  # a server of the operator's that asks for no key
    if provider == "ollama":
        return Credentials("", url)
    return None


def _of_platform(settings: ProviderSettings, provider: str) -> tuple[str, str]:
    keys = {
        "deepgram": settings.deepgram_api_key,
        "cartesia": settings.cartesia_api_key,
        "openai": settings.openai_api_key,
        "groq": settings.groq_api_key,
    }
    urls = {
        "deepgram": settings.deepgram_url,
        "cartesia": settings.cartesia_url,
        "openai": settings.openai_url,
        "groq": settings.groq_url,
        "ollama": settings.ollama_url,
    }
    key = keys.get(provider)
    return key.get_secret_value() if key else "", (urls.get(provider) or "").rstrip("/")
