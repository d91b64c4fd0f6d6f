"""Which providers a bot uses: its own choice, else the platform's, as far as somebody gave a key. Light to import."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from app.bots.voice import Choice
from app.errors import SettingsInvalid
from app.settings import LlmSettings, ProviderSettings
from app.tenants.provider_keys import OwnKey
from app.voice.providers import catalogue
from app.voice.providers.catalogue import Part
from app.voice.providers.credentials import Credentials, credentials
from app.voice.providers.local import available


@dataclass(frozen=True)
class Chosen:
    """One provider of a chain, with what it is asked with."""

    choice: Choice
    given: Credentials
    name: str


@dataclass(frozen=True)
class Platform:
    """What the operator has set."""

    providers: ProviderSettings
    llm: LlmSettings

    def defaults(self, part: Part) -> list[Choice]:
        """The platform's chain. Raises SettingsInvalid when it cannot be read."""
        written = {"stt": self.providers.stt, "tts": self.providers.tts, "llm": self.llm.fallback}[part]
        if not written and part != "llm":
            return _local(part)
        return [self._read(part, text) for text in written]

    def chain(self, part: Part, choices: Sequence[Choice], own: Mapping[str, OwnKey]) -> list[Chosen]:
        """The providers that can be asked; those without a key are left out. Raises SettingsInvalid."""
        found: list[Chosen] = []
        for choice in choices or self.defaults(part):
            if catalogue.problem(part, choice) is not None:
                continue  # of an older catalogue
            given = credentials(self.providers, own, choice.provider)
            if given is not None:
                found.append(Chosen(choice, given, catalogue.full_name(part, choice)))
        return found

    def _read(self, part: Part, text: str) -> Choice:
        choice = catalogue.parse(part, text)
        if choice is None:
            name = "OTKLIK_LLM_FALLBACK" if part == "llm" else f"OTKLIK_{part.upper()}"
            raise SettingsInvalid(name=name, reason="provider", value=text)
        return choice


def speaking(chain: Sequence[Chosen], language: str) -> list[Chosen]:
    """Those of a chain of voices that speak the language."""
    spoken = available().voices if any(one.choice.provider == "local" for one in chain) else {}
    return [one for one in chain if one.choice.provider != "local" or language in spoken]


def _local(part: Part) -> list[Choice]:
    local = available()
    there = local.stt if part == "stt" else bool(local.voices)
    return [Choice(provider="local")] if there else []
