"""Files of companies: recordings and uploads, named by their content, and rendered speech, named by what it is of.

Each company has a folder of its own; nobody can name a file without naming the company. A file appears whole or not
at all, and the same content is kept once. Calls touch the disk: use them in a thread, or through the async methods.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import re
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

_NAME = re.compile(r"^[0-9a-f]{64}$")
_KIND = re.compile(r"[a-z]{3,}")
_CHUNK = 1 << 20


@dataclass(frozen=True)
class StoredFile:
    """A file in the store. `name` is the SHA-256 of its content in hex, `size` its bytes."""

    name: str
    size: int


class FileStore:
    """The store under one folder. Raises OSError when the disk refuses."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def path(self, company_id: UUID, name: str) -> Path:
        """Where the file is, or would be. Raises ValueError for what is no name of ours."""
        if not _NAME.match(name):
            raise ValueError("a file's name is a SHA-256 in hex")
        return self._of(company_id) / name[:2] / name

    def unfinished(self, company_id: UUID) -> Path:
        """Folder of the company for files that are still being written."""
        return self._of(company_id) / "unfinished"

    def named(self, company_id: UUID, kind: str, name: str) -> Path:
        """Where the file of this kind is, or would be, named by the hash of what it is of. Raises ValueError."""
        if not (_KIND.fullmatch(kind) and _NAME.fullmatch(name)):
            raise ValueError("a kind is a word, and a name is a SHA-256 in hex")
        return self._of(company_id) / kind / name[:2] / name

    def names(self, company_id: UUID, kind: str) -> list[Path]:
        """Every file of this kind, in no order. Reads folders: use it in a thread."""
        return [path for path in (self._of(company_id) / kind).glob("*/*") if _NAME.match(path.name)]

    async def write(self, to: Path, data: bytes) -> None:
        """Puts the bytes in the place that `named` gave, instead of what is there."""
        await asyncio.to_thread(_whole, to, data)

    def _of(self, company_id: UUID) -> Path:
        return self.folder / str(company_id)

    async def put(self, company_id: UUID, data: bytes) -> StoredFile:
        """Keeps the bytes."""
        return await asyncio.to_thread(self._put, company_id, data)

    async def take(self, company_id: UUID, source: Path) -> StoredFile:
        """Keeps the file at `source`, which is gone from there afterwards."""
        return await asyncio.to_thread(self._take, company_id, source)

    async def read(self, company_id: UUID, name: str) -> bytes:
        """The whole content. Raises FileNotFoundError."""
        return await asyncio.to_thread(self.path(company_id, name).read_bytes)

    async def delete(self, company_id: UUID, name: str) -> None:
        """Removes the file; one that is gone already is no error."""
        await asyncio.to_thread(self.path(company_id, name).unlink, missing_ok=True)

    def _put(self, company_id: UUID, data: bytes) -> StoredFile:
        name = hashlib.sha256(data).hexdigest()
        to = self.path(company_id, name)
        if not to.exists():
            _whole(to, data)
        return StoredFile(name, len(data))

    def _take(self, company_id: UUID, source: Path) -> StoredFile:
        digest, size = hashlib.sha256(), 0
        with source.open("rb") as file:
            while chunk := file.read(_CHUNK):
                digest.update(chunk)
                size += len(chunk)
            os.fsync(file.fileno())
        stored = StoredFile(digest.hexdigest(), size)
        to = self.path(company_id, stored.name)
        to.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        half = to.parent / f"new-{stored.name}-{os.getpid()}"
        shutil.move(source, half)  # the source may lie on another disk; the last step is one rename
        half.replace(to)
        return stored


def _whole(to: Path, data: bytes) -> None:
    """Writes a file that is there whole or not at all."""
    to.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    handle, half = tempfile.mkstemp(dir=to.parent, prefix="new-")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        Path(half).replace(to)
    except BaseException:
        Path(half).unlink(missing_ok=True)
        raise
