"""When a caller's turn is over: the scenario decides, then the caller's tone of voice, and last time alone.

livekit knows two waits after the end of speech, and takes the longer one when its detector doubts. They are used for
"finished" and "nothing decides, but the voice went down"; longer waits are spent inside the prediction, which livekit
cancels as soon as more is heard.
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
from app.voice.tone import Tone

SURE = timedelta(seconds=0.3)
"""From the end of speech to the end of the turn, after a complete answer."""
LIKELY = timedelta(seconds=0.4)
"""When the words do not decide and the voice went down."""
UNHEARD = timedelta(seconds=0.7)
"""When the words do not decide and nothing is known of the voice."""
UNLIKELY = timedelta(seconds=1.5)
"""When the words do not decide and the voice went on."""
UNFINISHED = timedelta(seconds=2.5)
"""After words that want more, unless the bot's settings say otherwise."""
VAD_SILENCE = timedelta(seconds=0.25)
"""`min_silence_duration` of the session's voice detector: a longer one would be the shortest wait there is."""
ENDPOINTING = EndpointingOptions(mode="fixed", min_delay=SURE.total_seconds(), max_delay=LIKELY.total_seconds())
"""For the session that uses the detector."""
_THRESHOLD = 0.5


class ScenarioTurnDetector:
    """livekit's turn detector. `talk` gives the scenario and the state after the last committed turn; `unfinished` is
    the wait after words that want more, and the longest there is."""

    def __init__(
        self,
        talk: Callable[[], tuple[CompiledScenario, CallState]],
        tone: Tone | None = None,
        *,
        unfinished: timedelta = UNFINISHED,
    ) -> None:
        self._talk = talk
        self._tone = tone
        self._unfinished = unfinished

    @property
    def model(self) -> str:
        return "scenario"

    @property
    def provider(self) -> str:
        return "otklik"

    async def unlikely_threshold(self, language: LanguageCode | None) -> float | None:  # noqa: ARG002  # livekit's
        return _THRESHOLD

    async def supports_language(self, language: LanguageCode | None) -> bool:  # noqa: ARG002  # the state has its own
        return True

    async def predict_end_of_turn(
        self,
        chat_ctx: llm.ChatContext,
        *,
        timeout: float | None = None,  # noqa: ARG002  # livekit's signature
    ) -> float:
        """1.0 when the caller has finished; else 0.0, as soon as no more is expected."""
        decided = completeness(*self._talk(), _last_words(chat_ctx))
        if decided:
            return 1.0
        wait = self._unfinished if decided is not None else min(await self._undecided(), self._unfinished)
        silence = self._tone.silence if self._tone is not None else None
        passed = VAD_SILENCE.total_seconds() if silence is None else silence
        await asyncio.sleep(max(0.0, wait.total_seconds() - passed))
        return 0.0

    async def _undecided(self) -> timedelta:
        fell = await self._tone.fell() if self._tone is not None else None
        if fell is None:
            return UNHEARD
        return LIKELY if fell else UNLIKELY


def _last_words(chat_ctx: llm.ChatContext) -> str:
    """What was heard of this turn: livekit puts it after all that was said before."""
    last = chat_ctx.items[-1] if chat_ctx.items else None
    return last.text_content or "" if isinstance(last, llm.ChatMessage) and last.role == "user" else ""
