"""Spoken calls on virtual time: livekit's whole pipeline between a caller, a recogniser and a voice that a test plays.

Only sound and models are missing: the voice detector hears when the test says that somebody speaks, the recogniser
hears the words it is given, the voice takes so many seconds a letter, the line plays in step with the clock.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any
from uuid import UUID

from livekit import rtc
from livekit.agents import Agent, AgentSession, APIConnectionError, APIConnectOptions, stt, tts, vad
from livekit.agents.types import DEFAULT_API_CONNECT_OPTIONS
from livekit.agents.utils import shortuuid
from livekit.agents.voice import io

from app.bots.voice import BotVoice
from app.calls.models import Channel, Direction
from app.runtime import Runtime
from app.settings import CallSettings, LlmSettings
from app.voice.conversation import Conversation
from app.voice.providers.model import Model
from app.voice.providers.speech import Speech
from app.voice.speech.fixed import fixed_sentences
from app.voice.spoken import Incoming, SpokenCalls
from tests.support.hearing import Ears, SilentLine
from tests.support.records import Record, record_of
from tests.support.servers import DatabaseUrls
from tests.support.talks import SCENARIO
from tests.support.virtual_time import RealDatabase, clock, real_work, run
from tests.support.world import World, new_world

RATE = 24_000
"""Samples a second of the bot."""
LETTER = 0.05
"""Seconds that a letter takes to be said."""
TICK = 0.05
NOTICED = 0.25
"""Seconds of silence after which the voice detector says that somebody has finished."""


class Detector(vad.VAD):
    """A voice detector that hears a voice while `voice` is set."""

    def __init__(self) -> None:
        super().__init__(capabilities=vad.VADCapabilities(update_interval=TICK))
        self.voice = asyncio.Event()

    def stream(self) -> vad.VADStream:
        return _Detecting(self)


class _Detecting(vad.VADStream):
    def __init__(self, detector: Detector) -> None:
        self._detector = detector
        super().__init__(detector)

    async def _main_task(self) -> None:
        speaking, loud, quiet = False, 0.0, 0.0
        while True:
            if not speaking:
                await self._detector.voice.wait()
            await asyncio.sleep(TICK)
            heard = self._detector.voice.is_set()
            loud, quiet = (loud + TICK, 0.0) if heard else (loud, quiet + TICK)
            if not speaking and heard:
                speaking = True
                self._tell(vad.VADEventType.START_OF_SPEECH, loud, quiet, speaking)
            self._tell(vad.VADEventType.INFERENCE_DONE, loud, quiet, speaking)
            if speaking and quiet >= NOTICED - TICK / 2:
                speaking = False
                self._tell(vad.VADEventType.END_OF_SPEECH, loud, quiet, speaking)
                loud = quiet = 0.0

    def _tell(self, kind: vad.VADEventType, loud: float, quiet: float, speaking: bool) -> None:
        self._event_ch.send_nowait(
            vad.VADEvent(
                type=kind,
                samples_index=0,
                timestamp=time.time(),
                speech_duration=loud,
                silence_duration=quiet,
                speaking=speaking,
                raw_accumulated_silence=quiet,
                raw_accumulated_speech=0.0 if quiet else loud,
            )
        )


class Voice(tts.TTS[Any]):  # Any: the type of events nobody listens to
    """Says everything in silence of the right length."""

    def __init__(self, broken: int) -> None:
        super().__init__(
            capabilities=tts.TTSCapabilities(streaming=False, aligned_transcript=False),
            sample_rate=RATE,
            num_channels=1,
        )
        self.said: list[str] = []
        self.first_byte = 0.1
        """Seconds until a sentence sounds that nobody has rendered."""
        self.broken = broken
        """Sentences that it will fail at."""

    def synthesize(
        self, text: str, *, conn_options: APIConnectOptions = DEFAULT_API_CONNECT_OPTIONS
    ) -> tts.ChunkedStream:
        return _Sentence(self, text)


class _Sentence(tts.ChunkedStream):
    def __init__(self, voice: Voice, text: str) -> None:
        self._voice = voice
        super().__init__(tts=voice, input_text=text, conn_options=APIConnectOptions(max_retry=0))

    async def _run(self, output_emitter: tts.AudioEmitter) -> None:
        await asyncio.sleep(self._voice.first_byte)
        if self._voice.broken > 0:
            self._voice.broken -= 1
            raise APIConnectionError("no voice today")
        self._voice.said.append(self.input_text)
        output_emitter.initialize(
            request_id=shortuuid(), sample_rate=RATE, num_channels=1, mime_type="audio/pcm", stream=False
        )
        output_emitter.push(bytes(2 * round(len(self.input_text) * LETTER * RATE)))
        output_emitter.flush()


class Speaker(io.AudioOutput):
    """Plays in step with the clock. `stuck`: it never says that it has finished."""

    def __init__(self) -> None:
        super().__init__(label="speaker", capabilities=io.AudioOutputCapabilities(pause=True), sample_rate=RATE)
        self.stuck = False
        self.first_sounds: list[float] = []
        """When each speech began, on the loop's clock."""
        self.ends: list[tuple[float, bool]] = []
        """When each speech ended, and whether it was cut off."""
        self._pushed = 0.0
        self._played = 0.0  # before the last pause
        self._since: float | None = None
        self._flushed = False
        self._timer: asyncio.TimerHandle | None = None

    @property
    def sounds(self) -> bool:
        return self._since is not None

    async def capture_frame(self, frame: rtc.AudioFrame) -> None:
        await super().capture_frame(frame)
        if not self._pushed:
            self._since = now()
            self.first_sounds.append(self._since)
            self.on_playback_started(created_at=time.time())
        self._pushed += frame.duration

    def flush(self) -> None:
        super().flush()
        self._flushed = bool(self._pushed)
        self._plan()

    def clear_buffer(self) -> None:
        if self._pushed:
            self._over(min(self._position(), self._pushed), interrupted=True)

    def pause(self) -> None:
        super().pause()
        if self._since is not None:
            self._played, self._since = self._position(), None
            self._plan()

    def resume(self) -> None:
        super().resume()
        if self._pushed and self._since is None:
            self._since = now()
            self._plan()

    def _position(self) -> float:
        return self._played + (0.0 if self._since is None else now() - self._since)

    def _plan(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._flushed and self._since is not None and not self.stuck:
            left = max(self._pushed - self._position(), 0.0)
            self._timer = asyncio.get_running_loop().call_later(left, self._over, self._pushed)

    def _over(self, position: float, interrupted: bool = False) -> None:
        self._pushed = self._played = 0.0
        self._since, self._flushed = None, False
        self._plan()
        self.ends.append((now(), interrupted))
        self.on_playback_finished(playback_position=position, interrupted=interrupted)


@dataclass
class Line:
    """The AudioLine of a test."""

    channel: Channel
    speaker: Speaker
    hung_up_at: float | None = None

    async def start(self, session: AgentSession[None], agent: Agent) -> None:
        session.input.audio = SilentLine()
        session.output.audio = self.speaker
        await session.start(agent, record=False)

    async def hang_up(self) -> None:
        if self.hung_up_at is None:
            self.hung_up_at = now()


@dataclass
class Call:
    """One spoken call and what a test can do in it. Times are seconds of the virtual clock."""

    world: World
    conversation: Conversation
    line: Line
    ears: Ears
    detector: Detector
    voice: Voice
    speech: Speech

    # What the caller does

    async def says(
        self, words: str, *, seconds: float = 0.8, guesses: Sequence[str] = (), after: float = 0.1, final: bool = True
    ) -> float:
        """Speaks; the recogniser guesses meanwhile and is sure `after` the end, whose time is returned."""
        self.detector.voice.set()
        for guess in guesses:
            await asyncio.sleep(seconds / (len(guesses) + 1))
            self.ears.hear(stt.SpeechEventType.INTERIM_TRANSCRIPT, guess)
        await asyncio.sleep(seconds / (len(guesses) + 1))
        self.detector.voice.clear()
        end = now()
        if final:
            await asyncio.sleep(after)
            self.ears.hear(stt.SpeechEventType.FINAL_TRANSCRIPT, words)
        return end

    async def makes_noise(self, seconds: float) -> None:
        self.detector.voice.set()
        await asyncio.sleep(seconds)
        self.detector.voice.clear()

    async def render_ahead(self) -> None:
        """Everything that is always said the same is in the cache, as after publishing."""
        sound = self.conversation._sound
        assert sound is not None
        first_byte, self.voice.first_byte = self.voice.first_byte, 0.0
        for language, sentences in fixed_sentences(self.conversation._scenario).items():
            for sentence in sentences:
                await sound.mouth.make_ready(sentence, language)
        self.voice.first_byte = first_byte

    # What the test waits for

    async def hears_bot(self) -> float:
        """When the bot begins to speak the next time, or began if it speaks."""

        async def sounds() -> bool:
            return self.line.speaker.sounds

        await _until(sounds)
        return self.line.speaker.first_sounds[-1]

    async def bot_is_done(self) -> None:
        """The bot speaks, then no more."""
        await self.hears_bot()

        async def quiet() -> bool:
            return not self.line.speaker.sounds

        await _until(quiet)
        await asyncio.sleep(0.01)

    async def after_turns(self, count: int) -> Record:
        async def there() -> bool:
            return len((await self.record()).turns) >= count

        await _until(there, every=0.25)
        return await self.record()

    async def ended(self) -> Record:
        async with asyncio.timeout(LONGEST):
            await self.conversation.over_event.wait()
        return await self.record()

    @property
    def heard_out(self) -> bool:
        """Whether the line was hung up after the bot's last word."""
        end, cut = self.line.speaker.ends[-1]
        return self.line.hung_up_at is not None and not cut and self.line.hung_up_at >= end

    async def record(self) -> Record:
        recorder = self.conversation.recorder
        with real_work():
            return await record_of(self.world.rt, recorder.company_id, recorder.call_id)


LONGEST = 900.0
"""Seconds of virtual time after which something will never happen."""


async def _until(holds: Callable[[], Awaitable[bool]], *, every: float = 0.02) -> None:
    async with asyncio.timeout(LONGEST):
        while not await holds():
            await asyncio.sleep(every)


@dataclass
class Source:
    """A SpeechSource of the test's parts."""

    speech_parts: Speech
    language_model: Model | None = None

    async def speech(
        self, company_id: UUID, voice: BotVoice, *, language: str, languages: Sequence[str], keyterms: Sequence[str]
    ) -> Speech:
        del company_id, voice, language, languages, keyterms
        return self.speech_parts

    async def model(self, company_id: UUID, voice: BotVoice) -> Model | None:
        del company_id, voice
        return self.language_model


@dataclass(frozen=True)
class Stage:
    """Where scenes are played: the run's servers, and a runtime on the virtual clock."""

    database: DatabaseUrls
    redis_url: str
    runtime: Callable[[DatabaseUrls, str], Runtime] = field(repr=False)

    def play(
        self,
        scene: Callable[[Call], Awaitable[None]],
        *,
        source: str = SCENARIO,
        voice: BotVoice | None = None,
        channel: Channel = Channel.WEB,
        model: Model | None = None,
        rehearsed: bool = True,
        broken: int = 0,
    ) -> None:
        """Plays the scene from the moment when the call has begun. `rehearsed`: waits for the end of the greeting;
        `broken`: sentences that the voice fails at from the beginning."""
        mouth = Voice(broken)
        run(self._play(scene, source, voice or BotVoice(), channel=channel, model=model, mouth=mouth, rest=rehearsed))

    async def _play(
        self,
        scene: Callable[[Call], Awaitable[None]],
        source: str,
        voice: BotVoice,
        *,
        channel: Channel,
        model: Model | None,
        mouth: Voice,
        rest: bool,
    ) -> None:
        plain = self.runtime(self.database, self.redis_url)
        rt = replace(plain, db=RealDatabase(plain.db), clock=clock)
        ears, detector = Ears(), Detector()
        speech = Speech(ears, mouth, detector, {"stt": "test/ears", "tts": "test/voice"}, "test")
        calls = SpokenCalls(
            rt,
            llm=LlmSettings(base_url=None),
            calls=CallSettings(lease=timedelta(days=1), lease_renewal=timedelta(days=1)),
            speech=Source(speech, model),
        )
        try:
            with real_work():
                world = await new_world(rt)
                bot = await world.bot(slug="workshop", source=source)
                async with plain.db.tenant(world.company_id) as db:
                    (await _bot(db, bot.id)).voice = voice.model_dump(mode="json")
                await calls.warm()
            line = Line(channel, Speaker())
            incoming = Incoming(world.company_id, bot.id, Direction.INBOUND, channel)
            call = Call(world, await calls.start(incoming, line), line, ears, detector, mouth, speech)
            if rest:
                await call.bot_is_done()
            await scene(call)
        finally:
            await calls.close()
            with real_work():
                await plain.close()


async def _bot(db: Any, bot_id: UUID) -> Any:
    from app.bots import queries  # noqa: PLC0415

    return await queries.bot(db, bot_id)


def now() -> float:
    """Seconds on the loop's clock."""
    return asyncio.get_running_loop().time()
