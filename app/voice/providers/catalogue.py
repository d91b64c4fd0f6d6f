"""Every provider there is: what it does, its models and languages, and what it needs. Pure; loads nothing."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal

from app.bots.voice import BotVoice, Chain, Choice

Part = Literal["stt", "tts", "llm"]
PARTS: tuple[Part, ...] = ("stt", "tts", "llm")

ANY = frozenset({"ru", "en"})


@dataclass(frozen=True)
class ModelInfo:
    """A model that is known to work. `languages` of ours that it knows."""

    name: str
    languages: frozenset[str] = ANY


@dataclass(frozen=True)
class Provider:
    """A provider. The first model of a part is its default."""

    name: str
    title: str
    """As its owner writes it."""
    models: Mapping[Part, tuple[ModelInfo, ...]]
    any_model: bool = False
    """Other names of models may be written too."""
    key: Literal["needed", "optional", "none"] = "needed"
    own_url: bool = False
    """A company may name an address of its own."""
    voices: Mapping[str, str] = field(default_factory=dict)
    """The voice for each language, when none is chosen."""

    def default(self, part: Part) -> str:
        """The model when none is chosen."""
        return self.models[part][0].name


PROVIDERS: Mapping[str, Provider] = MappingProxyType(
    {
        provider.name: provider
        for provider in (
            Provider(
                "deepgram",
                "Deepgram",
                {"stt": (ModelInfo("nova-3"), ModelInfo("nova-2"), ModelInfo("flux-general-multi"))},
            ),
            Provider(
                "cartesia",
                "Cartesia",
                {"tts": (ModelInfo("sonic-3"), ModelInfo("sonic-2"), ModelInfo("sonic-turbo"))},
                any_model=True,
                voices={
                    "ru": "064b17af-d36b-4bfb-b003-be07dba1b649",
                    "en": "f786b574-daa5-4673-aa0c-cbe3e8534c02",
                },
            ),
            Provider(
                "openai",
                "OpenAI",
                {
                    "stt": (ModelInfo("gpt-4o-mini-transcribe"), ModelInfo("whisper-1")),
                    "tts": (ModelInfo("gpt-4o-mini-tts"), ModelInfo("tts-1")),
                    "llm": (ModelInfo("gpt-4o-mini"), ModelInfo("gpt-4.1-mini")),
                },
                any_model=True,
                key="optional",
                own_url=True,
                voices={"ru": "nova", "en": "nova"},
            ),
            Provider(
                "groq",
                "Groq",
                {
                    "stt": (ModelInfo("whisper-large-v3-turbo"), ModelInfo("whisper-large-v3")),
                    "llm": (ModelInfo("llama-3.1-8b-instant"), ModelInfo("llama-3.3-70b-versatile")),
                },
                any_model=True,
            ),
            Provider(
                "ollama",
                "Ollama",
                {"llm": (ModelInfo("qwen2:1.5b"), ModelInfo("qwen2.5:7b"), ModelInfo("llama3.1:8b"))},
                any_model=True,
                key="optional",
                own_url=True,
            ),
            Provider("local", "Local", {"stt": (ModelInfo("base"),), "tts": (ModelInfo("piper"),)}, key="none"),
        )
    }
)


def doing(part: Part) -> list[Provider]:
    """The providers of one part, in the order people are shown."""
    return [provider for provider in PROVIDERS.values() if part in provider.models]


def problem(part: Part, choice: Choice) -> str | None:
    """Why the choice cannot be used: `provider`, `part`, `model` or `voice` is wrong; None: it can."""
    provider = PROVIDERS.get(choice.provider)
    if provider is None:
        return "provider"
    if part not in provider.models:
        return "part"
    known = {model.name for model in provider.models[part]}
    if choice.model is not None and choice.model not in known and not provider.any_model:
        return "model"
    if choice.voice is not None and part != "tts":
        return "voice"
    return None


def chain_of(voice: BotVoice, part: Part) -> Chain:
    """The bot's own chain of one part; empty: the platform's."""
    return {"stt": voice.stt, "tts": voice.tts, "llm": voice.llm}[part]


def wrong(voice: BotVoice) -> tuple[Part, Choice, str] | None:
    """The first choice that cannot be used, and why, as `problem` says it."""
    for part in PARTS:
        for choice in chain_of(voice, part):
            if (why := problem(part, choice)) is not None:
                return part, choice, why
    return None


def full_name(part: Part, choice: Choice) -> str:
    """`provider/model` with the default filled in: how a provider is called in records and on pages."""
    provider = PROVIDERS[choice.provider]
    if provider.key == "none":
        return provider.name
    return f"{provider.name}/{choice.model or provider.default(part)}"


_WRITTEN = re.compile(r"(?P<provider>[a-z0-9-]{1,40})(?:/(?P<model>[^\s,]{1,120}?))?(?::(?P<voice>[^\s,:]{1,200}))?")
_MODEL = re.compile(r"(?P<provider>[a-z0-9-]{1,40})(?:/(?P<model>[^\s,]{1,120}))?")


def parse(part: Part, written: str) -> Choice | None:
    """A choice as settings write it: `provider`, `provider/model`, for a voice `provider/model:voice`. None: unusable.

    Names of language models hold colons of their own (`ollama/qwen2:1.5b`).
    """
    found = (_WRITTEN if part == "tts" else _MODEL).fullmatch(written.strip())
    if found is None:
        return None
    choice = Choice(**found.groupdict())
    return choice if problem(part, choice) is None else None


def written(choice: Choice) -> str:
    """The choice as settings write it."""
    text = choice.provider + (f"/{choice.model}" if choice.model else "")
    return text + (f":{choice.voice}" if choice.voice else "")
