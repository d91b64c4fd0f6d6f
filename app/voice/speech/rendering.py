"""One try to render what a bot always says the same."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace
from uuid import UUID

from livekit.agents import APIError

from app.bots.voice import BotVoice
from app.files import FileStore
from app.scenario.compiled import CompiledScenario
from app.voice.providers.causes import cause_of
from app.voice.providers.speech import Speech, Trouble
from app.voice.speech.cache import SpeechCache
from app.voice.speech.mouth import Mouth, mouth_of
from app.voice.speech.plans import Plan, read_plan, write_plan

log = logging.getLogger(__name__)

AT_ONCE = 2
"""Sentences synthesised at a time: calls use the same providers, and they count."""


@dataclass(frozen=True)
class _Sentence:
    text: str
    language: str
    key: str


class Rendering:
    """The sentences of a bot, rendered with `speech`."""

    def __init__(self, files: FileStore, company_id: UUID, bot_id: UUID, speech: Speech) -> None:
        self._files = files
        self._company_id = company_id
        self._bot_id = bot_id
        self._speech = speech
        self._failed: list[tuple[str, str, str]] = []  # the sentences' keys, by whom and why
        self._trouble: tuple[str, str] | None = None
        speech.watchers.append(self._notice)

    async def run(
        self, version: int, voice: BotVoice, scenario: CompiledScenario, *, enough: Callable[[], bool]
    ) -> int:
        """Renders what is missing until `enough`; how many sentences still are.

        Raises OSError when not even the plan can be written.
        """
        mouth = mouth_of(self._speech, voice, SpeechCache(self._files, memory=0), self._company_id, scenario)
        sentences = await asyncio.to_thread(_sentences, mouth)
        keys = tuple(dict.fromkeys(sentence.key for sentence in sentences))
        before = await read_plan(self._files, self._company_id, self._bot_id)
        plan = replace(before, version=version, keys=keys) if before else Plan(version, keys)
        await write_plan(self._files, self._company_id, self._bot_id, plan)
        waiting = _after(sentences, plan.failed)
        async with asyncio.TaskGroup() as group:
            for _ in range(AT_ONCE):
                group.create_task(self._work(mouth, waiting, enough))
        plan = Plan(version, keys, *self._failed[0]) if self._failed else Plan(version, keys)
        await write_plan(self._files, self._company_id, self._bot_id, plan)
        if self._failed:
            log.warning("speech of bot %s could not be rendered: %s %s", self._bot_id, plan.by, plan.cause)
        return len(waiting) + len(self._failed)

    async def _work(self, mouth: Mouth, waiting: deque[_Sentence], enough: Callable[[], bool]) -> None:
        """Renders one sentence after another, until one fails or it is enough."""
        while waiting and not self._failed and not enough():
            sentence = waiting.popleft()
            try:
                await mouth.make_ready(sentence.text, sentence.language)
            except APIError as error:
                who, why = self._trouble or (self._speech.names["tts"], cause_of(error))
                self._failed.append((sentence.key, who, why))
            except OSError:
                self._failed.append((sentence.key, "disk", "broken"))
                log.exception("rendered speech could not be kept")

    def _notice(self, trouble: Trouble) -> None:
        """A chain says who failed and why; the error that comes out of it does not."""
        if trouble.part == "tts":
            self._trouble = self._trouble or (trouble.provider, trouble.cause)


def _after(sentences: list[_Sentence], failed: str | None) -> deque[_Sentence]:
    """The sentence that failed last comes last: one that cannot be said keeps no other from being rendered."""
    waiting = deque(sentences)
    place = next((number for number, one in enumerate(sentences, start=1) if one.key == failed), 0)
    waiting.rotate(-place)
    return waiting


def _sentences(mouth: Mouth) -> list[_Sentence]:
    return [
        _Sentence(text, language, mouth.key(text, language))
        for language, texts in mouth.fixed.items()
        for text in texts
    ]
