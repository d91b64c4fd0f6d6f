"""Programs that speak: text goes in, 16-bit PCM comes out. Each runs in a process of its own, whatever its licence.

The work is done in threads, so a program serves every event loop of this process.
"""

from __future__ import annotations

import asyncio
import json
import struct
import subprocess
import sys
import tempfile
import threading
import time
from collections import deque
from collections.abc import AsyncGenerator, Callable, Generator, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import IO, Protocol

from livekit import rtc

PIPER = Path(__file__).with_name("piper_program.py")
PATIENCE = 60.0
"""Seconds without a sound after which a program is taken for stuck and is ended."""
STARTS, WINDOW = 5, 60.0
"""More starts than this in so many seconds, and a program is left alone for the rest of them."""
OUT = "{out}"
"""Stands in an operator's command for the file that it is to write, when it cannot write to its standard output."""
_PIECE = 4096


class ProgramFailed(Exception):
    """A program did not speak. The words say which and why."""


class Program(Protocol):
    """One voice."""

    rate: int
    """Samples a second."""

    def speak(self, text: str, speed: float) -> Generator[bytes, None, None]:
        """PCM as it comes; blocks. Raises ProgramFailed. Closing the iterator ends the work."""

    def start(self) -> None:
        """Gets ready to speak, without waiting for it."""

    def end(self) -> None:
        """Ends the process, if one runs; `speak` starts another. Callable from another thread than `speak`'s."""

    def leave(self, thread: threading.Thread) -> None:
        """Nobody listens any more to what `speak` says in the thread of this number."""


class PiperProgram:
    """A voice that stays loaded between sentences. One sentence at a time; others wait."""

    def __init__(self, voice: Path, program: Sequence[str] = (sys.executable, "-I", str(PIPER))) -> None:
        """`voice`: an `.onnx` with its `.onnx.json`. Raises OSError or ValueError when the latter cannot be read."""
        self.rate = int(json.loads(voice.with_name(voice.name + ".json").read_text("utf-8"))["audio"]["sample_rate"])
        self._argv = [*program, str(voice)]
        self._turn, self._starting = threading.Lock(), threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._starts: deque[float] = deque(maxlen=STARTS)

    @property
    def pid(self) -> int | None:
        """Of the process that runs; None when none does."""
        process = self._process
        return process.pid if process is not None and process.poll() is None else None

    def start(self) -> None:
        with suppress(ProgramFailed):  # it is said when somebody wants to hear it
            self._running()

    def speak(self, text: str, speed: float) -> Generator[bytes, None, None]:
        with self._turn:
            process = self._running()
            try:
                asked = json.dumps({"text": text, "speed": speed})
                yield from self._answer(_given(process.stdin, process.stdout, asked, more=True))
            except (OSError, EOFError) as error:
                self.end()
                raise ProgramFailed(f"{self._argv[-1]}: the voice stopped, code {process.wait()}") from error

    def _answer(self, out: IO[bytes]) -> Generator[bytes, None, None]:
        wanted = True
        while length := struct.unpack(">I", _exactly(out, 4))[0]:
            pcm = _exactly(out, length)
            if wanted:
                try:
                    yield pcm
                except GeneratorExit:
                    wanted = False  # nobody listens any more; the rest of the answer is read all the same
        if not wanted:
            raise GeneratorExit

    def _running(self) -> subprocess.Popen[bytes]:
        with self._starting:
            if self._process is not None and self._process.poll() is None:
                return self._process
            self._forget()
            now = time.monotonic()
            if len(self._starts) == STARTS and now - self._starts[0] < WINDOW:
                raise ProgramFailed(f"{self._argv[-1]}: the voice stops again and again; run it by hand to see why")
            self._starts.append(now)
            self._process = _started(self._argv)
            return self._process

    def end(self) -> None:
        if self._process is not None:
            self._process.kill()

    def leave(self, thread: threading.Thread) -> None:
        """The rest of the answer is read all the same, so that the next one is not mistaken for it."""

    def _forget(self) -> None:
        if self._process is not None:
            for pipe in (self._process.stdin, self._process.stdout):
                if pipe is not None:
                    with suppress(OSError):
                        pipe.close()
            self._process.wait()
            self._process = None


class CommandProgram:
    """A program that is started for each text, reads it from standard input, and writes PCM or WAV."""

    def __init__(self, argv: Sequence[str], rate: int) -> None:
        """`rate`: of PCM without a header, and of everything that `speak` gives."""
        self._argv, self.rate = list(argv), rate
        # By the thread that reads: the thread itself, since its number is given to another one when it has ended.
        self._processes: dict[threading.Thread, subprocess.Popen[bytes]] = {}

    def start(self) -> None:
        """There is nothing to make ready."""

    def speak(self, text: str, speed: float) -> Generator[bytes, None, None]:
        with ExitStack() as stack:
            argv, file = [part.replace("{speed}", f"{speed:g}") for part in self._argv], None
            if any(OUT in part for part in argv):
                folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="otklik-voice-"))
                file = Path(folder) / "said.wav"
                argv = [part.replace(OUT, str(file)) for part in argv]
            process = stack.enter_context(self._process(argv))
            out = _given(process.stdin, process.stdout, text)
            if file is not None:
                out.read()
                process.wait()
                out = stack.enter_context(file.open("rb")) if file.exists() else out
            yield from pcm_of(out, self.rate)
            if process.wait() != 0:
                raise ProgramFailed(f"{argv[0]}: code {process.returncode}")

    @contextmanager
    def _process(self, argv: Sequence[str]) -> Iterator[subprocess.Popen[bytes]]:
        """A process that does not outlive the block."""
        process = _started(argv)
        thread = threading.current_thread()
        self._processes[thread] = process
        try:
            yield process
        finally:
            process.kill()
            for pipe in (process.stdin, process.stdout):
                with suppress(OSError):
                    pipe.close()  # type: ignore[union-attr]  # both were asked for
            process.wait()
            del self._processes[thread]

    def end(self) -> None:
        for process in list(self._processes.values()):
            process.kill()

    def leave(self, thread: threading.Thread) -> None:
        process = self._processes.get(thread)
        if process is not None:
            process.kill()


def pcm_of(out: IO[bytes], rate: int) -> Iterator[bytes]:
    """16-bit mono PCM at `rate` from a stream of PCM at that rate, or of WAV at any.

    Raises ProgramFailed for other sounds. The sizes in a header are not believed: who writes to a pipe does not know.
    """
    head = out.read(12)
    if head[:4] != b"RIFF":
        yield from _whole_samples(head, out)
        return
    given = _header(out)
    if given == rate:
        yield from _whole_samples(b"", out)
        return
    resampler = rtc.AudioResampler(given, rate)
    for piece in _whole_samples(b"", out):
        yield from (bytes(frame.data) for frame in resampler.push(bytearray(piece)))
    yield from (bytes(frame.data) for frame in resampler.flush())


def _header(out: IO[bytes]) -> int:
    """Reads up to the samples; gives their rate."""
    rate = 0
    while len(head := out.read(8)) == 8:
        name, size = head[:4], int.from_bytes(head[4:], "little")
        if name == b"data":
            break
        body = out.read(size + size % 2)
        if name == b"fmt ":
            kind, channels, rate, _, _, bits = struct.unpack("<HHIIHH", body[:16])
            if channels != 1 or bits != 16 or kind not in {1, 0xFFFE}:
                raise ProgramFailed("the sound is not 16-bit PCM with one channel")
    if not rate:
        raise ProgramFailed("the sound has no usable header")
    return rate


def _whole_samples(left: bytes, out: IO[bytes]) -> Iterator[bytes]:
    while piece := out.read(_PIECE):
        left += piece
        whole = len(left) // 2 * 2
        yield left[:whole]
        left = left[whole:]
    if len(left) > 1:
        yield left[: len(left) // 2 * 2]


async def spoken(program: Program, text: str, speed: float) -> AsyncGenerator[bytes, None]:
    """What `program` says, piece by piece. Raises ProgramFailed. Close it to stop."""
    loop, said = asyncio.get_running_loop(), asyncio.Queue[bytes | Exception | None]()
    stop = threading.Event()

    def give(piece: bytes | Exception | None) -> None:
        with suppress(RuntimeError):  # the loop is gone, and with it who listened
            loop.call_soon_threadsafe(said.put_nowait, piece)

    speaking = threading.Thread(target=_speak, args=(program, text, speed, give, stop), name="local-tts", daemon=True)
    speaking.start()
    try:
        while True:
            try:
                piece = await asyncio.wait_for(said.get(), PATIENCE)
            except TimeoutError:
                program.end()
                raise ProgramFailed("the voice is silent") from None
            if piece is None:
                return
            if isinstance(piece, Exception):
                raise piece
            yield piece
    finally:
        stop.set()
        program.leave(speaking)


def _speak(
    program: Program, text: str, speed: float, give: Callable[[bytes | Exception | None], None], stop: threading.Event
) -> None:
    pieces = program.speak(text, speed)
    try:
        for piece in pieces:
            if stop.is_set():
                break
            give(piece)
        give(None)
    except (ProgramFailed, OSError, ValueError) as error:
        give(error if isinstance(error, ProgramFailed) else ProgramFailed(str(error)))
    finally:
        with suppress(ProgramFailed):  # nobody listens any more
            pieces.close()


def _given(into: IO[bytes] | None, out: IO[bytes] | None, text: str, *, more: bool = False) -> IO[bytes]:
    """Writes the text; closes the input unless there will be more. Gives the output. Raises OSError."""
    if into is None or out is None:
        raise ValueError("a process without pipes")
    try:
        into.write(text.encode() + b"\n")
        into.flush()
        if not more:
            into.close()
    except BrokenPipeError:
        if more:
            raise
    return out


def _started(argv: Sequence[str]) -> subprocess.Popen[bytes]:
    try:
        return subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    except OSError as error:
        raise ProgramFailed(f"{argv[0]}: {error.strerror}") from error


def _exactly(out: IO[bytes], count: int) -> bytes:
    data = out.read(count)
    if len(data) < count:
        raise EOFError
    return data
