"""What runs: the file that the supervisor writes and `otklik status` reads, and the lock that proves it is alive."""

from __future__ import annotations

import fcntl
import json
import os
import time
from dataclasses import asdict, dataclass, field, replace
from enum import StrEnum
from pathlib import Path
from types import TracebackType
from typing import Self

from app.embedded import keys
from app.embedded.home import told
from app.embedded.problems import AlreadyRunning, StatusDamaged

PARTS = ("postgres", "redis", "vectors", "web", "worker")
AGENT = "agent"
"""A part more, where a LiveKit server is configured."""


class Phase(StrEnum):
    """State of the installation and of each part."""

    STARTING = "starting"
    READY = "ready"
    STOPPED = "stopped"


@dataclass(frozen=True)
class Part:
    """One part: where it answers (None until known) and its state."""

    url: str | None = None
    state: Phase = Phase.STOPPED


@dataclass(frozen=True)
class Status:
    """The running installation as `otklik status --json` prints it; it holds the database's password."""

    state: Phase
    url: str | None = None
    email: str | None = None
    password_file: str | None = None
    api_key_file: str | None = None
    version: str = ""
    pid: int | None = None
    parts: dict[str, Part] = field(default_factory=lambda: {name: Part() for name in PARTS})

    def with_part(self, name: str, part: Part) -> Status:
        """The same with one part changed."""
        return replace(self, parts={**self.parts, name: part})


def _file(home: Path) -> Path:
    return home / "status.json"


def write(home: Path, status: Status) -> None:
    """Replaces the file, whole or not at all."""
    half = home / "status.json.new"
    with os.fdopen(os.open(half, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        json.dump(asdict(status), file, ensure_ascii=False)
    half.replace(_file(home))


def read(home: Path) -> Status:
    """The present state. A file whose writer was killed says stopped, whatever is written in it.

    Raises HomeUnusable when the folder cannot be looked into, StatusDamaged.
    """
    with told(home):
        held = Lock.is_held(home)
        try:
            last = _last(home)
        except StatusDamaged:
            if held:
                raise
            last = None  # nobody runs, and the next start writes it anew
    if last is None or not held:
        parts = {
            name: replace(part, state=Phase.STOPPED) for name, part in (last or Status(Phase.STOPPED)).parts.items()
        }
        return replace(last or Status(Phase.STOPPED), state=Phase.STOPPED, pid=None, parts=parts)
    return last


def _last(home: Path) -> Status | None:
    try:
        raw = json.loads(_file(home).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except ValueError as error:
        raise StatusDamaged(path=str(_file(home))) from error
    try:
        named = (*PARTS, AGENT) if AGENT in raw["parts"] else PARTS
        parts = {name: Part(raw["parts"][name]["url"], Phase(raw["parts"][name]["state"])) for name in named}
        return Status(**{**raw, "state": Phase(raw["state"]), "parts": parts})
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise StatusDamaged(path=str(_file(home))) from error


def environment(home: Path) -> dict[str, str]:
    """Settings that lead another program of this machine to the running installation; empty when none is ready."""
    status = read(home)
    if status.state is not Phase.READY or status.url is None:
        return {}
    urls = {name: part.url or "" for name, part in status.parts.items()}
    with told(home):
        return settings_for(
            home,
            database_url=urls["postgres"],
            redis_url=urls["redis"],
            vectors=urls["vectors"],
            local_url=status.parts["web"].url or status.url,
            public_url=status.url,
        )


def settings_for(
    home: Path, *, database_url: str, redis_url: str, vectors: str, local_url: str, public_url: str
) -> dict[str, str]:
    """The environment of the programs of an embedded installation.

    `local_url` is where the web program listens on this machine; webhooks may call the demo receivers there.
    """
    vector_store = (
        {"OTKLIK_QDRANT_SOCKET": vectors.removeprefix("unix://")}
        if vectors.startswith("unix://")
        else {"OTKLIK_QDRANT_URL": vectors}
    )
    return {
        "OTKLIK_HOME": str(home),
        "OTKLIK_DATABASE_URL": database_url,
        "OTKLIK_REDIS_URL": redis_url,
        "OTKLIK_PUBLIC_URL": public_url,
        "OTKLIK_SECRET_KEY": keys.get_or_make(home, "secret_key").text,
        "OTKLIK_WEBHOOK_DEMO_ORIGIN": local_url,
        **vector_store,
    }


class Lock:
    """Held by the one supervisor of an installation; the kernel frees it however the holder dies."""

    def __init__(self, home: Path) -> None:
        self._home = home
        self._fd = -1

    def __enter__(self) -> Self:
        """Raises AlreadyRunning. Waits a moment first, because a look at the lock holds it too."""
        self._fd = os.open(self._home / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        for _ in range(20):
            try:
                fcntl.flock(self._fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                time.sleep(0.02)
            else:
                return self
        os.close(self._fd)
        running = _last(self._home) or Status(Phase.STARTING)
        raise AlreadyRunning(home=str(self._home), pid=running.pid or "?", url=running.url or "-")

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        os.close(self._fd)

    @staticmethod
    def is_held(home: Path) -> bool:
        """Whether a supervisor lives."""
        try:
            fd = os.open(home / "lock", os.O_RDONLY)
        except FileNotFoundError:
            return False
        try:
            fcntl.flock(fd, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        finally:
            os.close(fd)
        return False
