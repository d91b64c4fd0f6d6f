"""Rendered speech, kept: in memory as long as there is room, and in the company's files.

Only what a bot always says in the same words comes here, never a sentence with something of a caller's.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
import struct
from collections import OrderedDict
from dataclasses import dataclass
from uuid import UUID

from app.files import FileStore

log = logging.getLogger(__name__)

KIND = "speech"
MEMORY = 64 << 20
"""Bytes of sound that a process keeps at hand: about twenty minutes at 24 kHz."""

# Samples, not Opus: a sentence is read and checked in 0.2 ms and would be decoded in 2-8; a bot's sentences are 10 MB.
_MAGIC = b"OTKS1"
_HEAD = struct.Struct(">5sI16s")  # magic, rate, the beginning of the samples' SHA-256


@dataclass(frozen=True)
class Sound:
    """One channel of 16-bit samples, little end first, at `rate` per second."""

    rate: int
    samples: bytes

    @property
    def seconds(self) -> float:
        return len(self.samples) / 2 / self.rate


def key_of(voice_key: str, rate: int, text: str) -> str:
    """The name of a sentence's sound: the same voice says the same words the same way."""
    return hashlib.sha256("\0".join((voice_key, str(rate), text)).encode()).hexdigest()


class SpeechCache:
    """The rendered speech of one process's companies. Close it with the program."""

    def __init__(self, files: FileStore, memory: int = MEMORY) -> None:
        self._files = files
        self._memory = memory
        self._at_hand: OrderedDict[tuple[UUID, str], Sound] = OrderedDict()
        self._bytes = 0
        self._writing: set[asyncio.Task[None]] = set()

    async def find(self, company_id: UUID, key: str) -> Sound | None:
        """The sound under this key; None when there is none, or none that can be trusted."""
        found = self._at_hand.get((company_id, key))
        if found is not None:
            self._at_hand.move_to_end((company_id, key))
            return found
        found = await asyncio.to_thread(self._read, company_id, key)
        if found is not None:
            self._hold(company_id, key, found)
        return found

    async def keep(self, company_id: UUID, key: str, sound: Sound) -> None:
        """Puts the sound under this key. Raises OSError when the disk refuses; this process has it all the same."""
        self._hold(company_id, key, sound)
        await self._files.write(self._files.named(company_id, KIND, key), _packed(sound))

    def remember(self, company_id: UUID, key: str, sound: Sound) -> None:
        """The same, without waiting: a call goes on, whatever the disk does."""
        self._hold(company_id, key, sound)
        task = asyncio.create_task(self._keep(company_id, key, sound), name="rendered speech, to be kept")
        self._writing.add(task)
        task.add_done_callback(self._writing.discard)

    async def close(self) -> None:
        """Waits for what is being written."""
        await asyncio.gather(*self._writing)

    async def _keep(self, company_id: UUID, key: str, sound: Sound) -> None:
        try:
            await self.keep(company_id, key, sound)
        except OSError as error:
            log.warning("rendered speech could not be kept: %s", error.strerror or type(error).__name__)

    def _hold(self, company_id: UUID, key: str, sound: Sound) -> None:
        before = self._at_hand.pop((company_id, key), None)
        self._bytes += len(sound.samples) - (len(before.samples) if before else 0)
        self._at_hand[company_id, key] = sound
        while self._bytes > self._memory:
            _, gone = self._at_hand.popitem(last=False)
            self._bytes -= len(gone.samples)

    def _read(self, company_id: UUID, key: str) -> Sound | None:
        path = self._files.named(company_id, KIND, key)
        try:
            sound = _unpacked(path.read_bytes())
        except FileNotFoundError:
            return None
        except OSError as error:
            log.warning("rendered speech could not be read: %s", error.strerror or type(error).__name__)
            return None
        if sound is None:
            log.warning("rendered speech was damaged and is rendered again: %s", path.name)
        return sound


def _packed(sound: Sound) -> bytes:
    digest = hashlib.sha256(sound.samples).digest()[:16]
    return _HEAD.pack(_MAGIC, sound.rate, digest) + sound.samples


def _unpacked(data: bytes) -> Sound | None:
    """None for what is not whole."""
    if len(data) < _HEAD.size:
        return None
    magic, rate, digest = _HEAD.unpack_from(data)
    samples = data[_HEAD.size :]
    if magic != _MAGIC or hashlib.sha256(samples).digest()[:16] != digest:
        return None
    return Sound(rate, samples)
