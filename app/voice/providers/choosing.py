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
        """The platform's chain, without the model of OTKLIK_LLM_*. Raises SettingsInvalid when it cannot be read."""
        written = {"stt": self.providers.stt, "tts": self.providers.tts, "llm": self.llm.fallback}[part]
        if not written and part != "llm":
            return _local(part)
        return [self._read(part, text) for text in written]

    def chain(self, part: Part, choices: Sequence[Choice], own: Mapping[str, OwnKey]) -> list[Chosen]:
        """The providers that can be asked; those without a key are left out. Raises SettingsInvalid."""
        found = self._first_model() if part == "llm" and not choices else []
        for choice in choices or self.defaults(part):
            if catalogue.problem(part, choice) is not None:
                continue  # of an older catalogue
            given = credentials(self.providers, own, choice.provider)
            if given is not None:
                found.append(Chosen(choice, given, catalogue.full_name(part, choice)))
        return found

    def _first_model(self) -> list[Chosen]:
        """The model of OTKLIK_LLM_*, whatever server it is."""
        if self.llm.base_url is None:
            return []
        key = self.llm.api_key.get_secret_value() if self.llm.api_key else ""
        choice = Choice(provider="openai", model=self.llm.model)
        return [Chosen(choice, Credentials(key, self.llm.base_url), self.llm.model)]

    def _read(self, part: Part, text: str) -> Choice:
        choice = catalogue.parse(part, text)
        if choice is None:
            name = "OTKLIK_LLM_FALLBACK" if part == "llm" else f"OTKLIK_{part.upper()}"
            raise SettingsInvalid(name=name, reason="provider", value=text)
        return choice


def speaking(chain: Sequence[Chosen], language: str) -> list[Chosen]:
    """Those of a chain of voices that speak the language, the local ones by the name of their voice."""
    if not any(one.choice.provider == "local" for one in chain):
        return list(chain)
    voices = [voice.name for voice in available().voices.get(language, ())]
    found: list[Chosen] = []
    for one in chain:
        if one.choice.provider != "local":
            found.append(one)
        elif voices:
            voice = one.choice.voice if one.choice.voice in voices else voices[0]
            found.append(Chosen(one.choice.model_copy(update={"voice": voice}), one.given, f"local/{voice}"))
    return found


def _local(part: Part) -> list[Choice]:
    local = available()
    there = local.stt if part == "stt" else bool(local.voices)
    return [Choice(provider="local")] if there else []
