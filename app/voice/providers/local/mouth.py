"""Text to speech on this machine, as livekit's TTS."""

from __future__ import annotations

from contextlib import aclosing
from typing import Never

from livekit.agents import APIConnectionError, APIConnectOptions, tts
from livekit.agents.types import DEFAULT_API_CONNECT_OPTIONS
from livekit.agents.utils import shortuuid

from app.voice.providers.local.programs import Program, ProgramFailed, spoken


class LocalTTS(tts.TTS[Never]):
    """One voice of this machine; `name` is the voice's."""

    def __init__(self, program: Program, name: str, speed: float) -> None:
        super().__init__(capabilities=tts.TTSCapabilities(streaming=False), sample_rate=program.rate, num_channels=1)
        self.program, self.name, self.speed = program, name, speed

    @property
    def model(self) -> str:
        return self.name

    @property
    def provider(self) -> str:
        return "local"

    def synthesize(
        self, text: str, *, conn_options: APIConnectOptions = DEFAULT_API_CONNECT_OPTIONS
    ) -> tts.ChunkedStream:
        return _Said(self, text, conn_options)

    def prewarm(self) -> None:
        self.program.start()


class _Said(tts.ChunkedStream):
    def __init__(self, voice: LocalTTS, text: str, conn_options: APIConnectOptions) -> None:
        super().__init__(tts=voice, input_text=text, conn_options=conn_options)
        self._voice = voice

    async def _run(self, output_emitter: tts.AudioEmitter) -> None:
        voice = self._voice
        output_emitter.initialize(
            request_id=shortuuid(), sample_rate=voice.sample_rate, num_channels=1, mime_type="audio/pcm"
        )
        try:
            async with aclosing(spoken(voice.program, self._input_text, voice.speed)) as pieces:
                async for piece in pieces:
                    output_emitter.push(piece)
        except ProgramFailed as error:
            raise APIConnectionError(f"the local voice: {error}") from error
        output_emitter.flush()
