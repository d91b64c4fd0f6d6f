"""When a caller's turn is over: the scenario decides, and only where it has no opinion does time.

livekit knows two waits after the end of speech, and takes the longer one when the detector doubts. The two are used for
"finished" and "nothing decides"; a caller who has certainly not finished is waited for inside the prediction, which
livekit cancels as soon as more is heard. All waits count from the end of speech but that one, which counts from the
moment when the voice detector noticed it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import timedelta

from livekit.agents import LanguageCode, llm
from livekit.agents.voice.turn import EndpointingOptions

from app.scenario.compiled import CompiledScenario
from app.scenario.completeness import completeness
from app.scenario.state import CallState

SURE = timedelta(seconds=0.3)
"""After a complete answer."""
UNDECIDED = timedelta(seconds=0.7)
UNFINISHED = timedelta(seconds=1.8)
"""After words that want more, on top of the quarter of a second in which the voice detector notices silence."""
ENDPOINTING = EndpointingOptions(mode="fixed", min_delay=SURE.total_seconds(), max_delay=UNDECIDED.total_seconds())
"""For the session that uses the detector."""
VAD_SILENCE = timedelta(seconds=0.25)
"""`min_silence_duration` of the session's voice detector: a longer one would be the shortest wait there is."""
_LIKELY = 0.5


class ScenarioTurnDetector:
    """livekit's turn detector. `talk` gives the scenario and the state after the last committed turn."""

    def __init__(self, talk: Callable[[], tuple[CompiledScenario, CallState]]) -> None:
        self._talk = talk

    @property
    def model(self) -> str:
        return "scenario"

    @property
    def provider(self) -> str:
        return "otklik"

    async def unlikely_threshold(self, language: LanguageCode | None) -> float | None:  # noqa: ARG002  # livekit's
        return _LIKELY

    async def supports_language(self, language: LanguageCode | None) -> bool:  # noqa: ARG002  # the state has its own
        return True

    async def predict_end_of_turn(
        self,
        chat_ctx: llm.ChatContext,
        *,
        timeout: float | None = None,  # noqa: ARG002  # livekit's signature
    ) -> float:
        """1.0 when the caller has finished, else 0.0; when they certainly have not, only after a while."""
        decided = completeness(*self._talk(), _last_words(chat_ctx))
        if decided == 0.0:
            await asyncio.sleep(UNFINISHED.total_seconds())
        return decided or 0.0


def _last_words(chat_ctx: llm.ChatContext) -> str:
    """What was heard of this turn: livekit puts it after all that was said before."""
    last = chat_ctx.items[-1] if chat_ctx.items else None
    return last.text_content or "" if isinstance(last, llm.ChatMessage) and last.role == "user" else ""
