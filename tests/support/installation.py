"""A running `otklik up` for tests: its own folder and port, its words, its status; ended and removed afterwards."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil

from app.embedded import ports
from tests.support.servers import server_home

ROOT = Path(__file__).resolve().parents[2]
START = 300.0
"""Seconds that a start, an end or a command may take on a machine that is busy with other things."""


@dataclass
class Up:
    """One installation. `start` may be called again after it ended."""

    home: Path
    port: int
    process: subprocess.Popen[str] | None = None
    children: list[psutil.Process] = field(default_factory=list)

    @property
    def environment(self) -> dict[str, str]:
        """Settings of this installation and nothing of the machine's."""
        kept = {
            name: value for name, value in os.environ.items() if not name.startswith(("OTKLIK_", "REDIS_", "QDRANT_"))
        }
        mine = {"OTKLIK_HOME": str(self.home), "OTKLIK_WEB_PORT": str(self.port), "OTKLIK_LANGUAGE": "en"}
        return {**kept, **mine, "PYTHONUNBUFFERED": "1"}

    @property
    def output(self) -> str:
        """What it has printed since it was last started."""
        return (self.home / "output.txt").read_text(encoding="utf-8")

    def start(self) -> dict[str, Any]:
        """Starts it and waits until it is ready; returns its status."""
        with (self.home / "output.txt").open("w", encoding="utf-8") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "app.cli", "up"],
                cwd=ROOT,
                env=self.environment,
                stdout=output,
                stderr=subprocess.STDOUT,
                text=True,
                start_new_session=True,
            )
        until(lambda: self._ended() or self.status()["state"] == "ready", why="ready")
        assert not self._ended(), self.output
        self.children = psutil.Process(self.process.pid).children(recursive=True)
        return self.status()

    def _ended(self) -> bool:
        return self.process is None or self.process.poll() is not None

    def run(self, *argv: str) -> subprocess.CompletedProcess[str]:
        """Another `otklik` command against this installation."""
        return subprocess.run(
            [sys.executable, "-m", "app.cli", *argv],
            cwd=ROOT,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=START,
            check=False,
        )

    def status(self) -> dict[str, Any]:
        """What `otklik status --json` prints."""
        said: dict[str, Any] = json.loads(self.run("status", "--json").stdout)
        return said

    def end(self, how: signal.Signals = signal.SIGTERM) -> int:
        """Sends the signal and waits for the end; returns the exit code."""
        assert self.process is not None
        if self.process.poll() is None:
            self.process.send_signal(how)
        return self.process.wait(timeout=START)

    def no_child_lives(self) -> bool:
        """Whether every process it had started is gone."""
        return not any(child.is_running() and child.status() != psutil.STATUS_ZOMBIE for child in self.children)


def until(true: Callable[[], bool], *, seconds: float = START, why: str) -> None:
    """Waits for a condition; fails with `why` when it does not come true in time."""
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, f"not {why} after {seconds} s"
        time.sleep(0.05)


@contextmanager
def installation() -> Iterator[Up]:
    """A folder for an installation, ended and removed at the end."""
    with server_home() as home:
        up = Up(home, ports.free_port(0))
        try:
            yield up
        finally:
            if up.process is not None and up.process.poll() is None:
                up.end()
