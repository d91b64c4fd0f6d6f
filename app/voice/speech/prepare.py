"""Rendering ahead what a bot always says the same, so that its first caller waits for no synthesis."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from dataclasses import dataclass, replace
from uuid import UUID

from livekit.agents import APIError

from app.bots import queries as bots
from app.bots.voice import BotVoice
from app.calls.scenarios import compiled
from app.errors import NoVoice, ScenarioRejected
from app.runtime import Runtime
from app.scenario.compiled import CompiledScenario
from app.voice.providers.causes import cause_of
from app.voice.providers.speech import Speech, SpeechSource, Trouble, speech_source
from app.voice.speech.cache import SpeechCache
from app.voice.speech.fixed import fixed_sentences
from app.voice.speech.mouth import Mouth, mouth_of
from app.voice.speech.plans import Plan, read_plan, tidy, write_plan

log = logging.getLogger(__name__)

AT_ONCE = 2
"""Sentences synthesised at a time: calls use the same providers, and they count."""

SECONDS = 40.0
"""After this long no sentence is begun any more; what is left is for the next try."""


async def prepare(
    rt: Runtime,
    company_id: UUID,
    bot_id: UUID,
    version: int,
    *,
    source: SpeechSource | None = None,
    seconds: float = SECONDS,
) -> int:
    """Renders what is missing of a bot's published version, and removes what nobody needs any more.

    Returns how many sentences are still missing; the plan says why. A version that is not the published one any more,
    and a bot without a voice, need nothing. Raises NotFound, OSError, a database's error.
    """
    async with rt.db.tenant(company_id) as db:
        bot = await bots.bot(db, bot_id)
        text = (await bots.config(db, bot_id, version)).source
        everyone = frozenset(one.id for one in await db.scalars(bots.bots()))
    if bot.published_version != version:
        return 0
    voice = BotVoice.model_validate(bot.voice)
    try:
        scenario = await compiled(text)
        speech = await (source or speech_source(rt)).speech(
            company_id, voice, language=scenario.language, languages=scenario.languages, keyterms=()
        )
    except (ScenarioRejected, NoVoice) as error:
        log.info("bot %s has nothing to be rendered: %s", bot_id, error.code)
        return 0
    try:
        rendering = _Rendering(rt, company_id, bot_id, speech)
        missing = await rendering.run(version, voice, scenario, seconds)
    finally:
        await speech.aclose()
    await tidy(rt.files, company_id, everyone)
    return missing


@dataclass(frozen=True)
class _Sentence:
    text: str
    language: str
    key: str


class _Rendering:
    """One try to render a bot's sentences."""

    def __init__(self, rt: Runtime, company_id: UUID, bot_id: UUID, speech: Speech) -> None:
        self._rt = rt
        self._company_id = company_id
        self._bot_id = bot_id
        self._speech = speech
        self._failed: list[tuple[str, str]] = []  # the sentences' keys, and why
        self._why: str | None = None
        speech.watchers.append(self._notice)

    async def run(self, version: int, voice: BotVoice, scenario: CompiledScenario, seconds: float) -> int:
        mouth = mouth_of(self._speech, voice, SpeechCache(self._rt.files, memory=0), self._company_id, scenario)
        sentences = [
            _Sentence(text, language, mouth.key(text, language))
            for language, texts in fixed_sentences(scenario).items()
            for text in texts
        ]
        keys = tuple(dict.fromkeys(sentence.key for sentence in sentences))
        before = await read_plan(self._rt.files, self._company_id, self._bot_id)
        plan = Plan(version, keys, before.cause, before.failed) if before else Plan(version, keys)
        await write_plan(self._rt.files, self._company_id, self._bot_id, plan)
        waiting = _after(sentences, plan.failed)
        until = asyncio.get_running_loop().time() + seconds
        await asyncio.gather(*(self._work(mouth, waiting, until) for _ in range(AT_ONCE)))
        failed, cause = self._failed[0] if self._failed else (None, None)
        await write_plan(self._rt.files, self._company_id, self._bot_id, replace(plan, failed=failed, cause=cause))
        if cause is not None:
            log.warning("speech of bot %s could not be rendered: %s", self._bot_id, cause)
        return len(waiting) + len(self._failed)

    async def _work(self, mouth: Mouth, waiting: deque[_Sentence], until: float) -> None:
        """Renders one sentence after another, until one fails or time is up."""
        while waiting and not self._failed and asyncio.get_running_loop().time() < until:
            sentence = waiting.popleft()
            try:
                await mouth.make_ready(sentence.text, sentence.language)
            except APIError as error:
                self._failed.append((sentence.key, self._why or f"{self._speech.names['tts']} {cause_of(error)}"))
            except OSError as error:
                self._failed.append((sentence.key, f"disk {error.strerror or type(error).__name__}"))

    def _notice(self, trouble: Trouble) -> None:
        """A chain says who failed and why; the error that comes out of it does not."""
        if trouble.part == "tts":
            self._why = self._why or f"{trouble.provider} {trouble.cause}"


def _after(sentences: list[_Sentence], failed: str | None) -> deque[_Sentence]:
    """The sentence that failed last comes last: one that cannot be said keeps no other from being rendered."""
    waiting = deque(sentences)
    place = next((number for number, one in enumerate(sentences, start=1) if one.key == failed), 0)
    waiting.rotate(-place)
    return waiting
