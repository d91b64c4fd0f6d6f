"""An installation as a newcomer starts it: `otklik up` in a process of its own, known by what `otklik status` says."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from tests.support.servers import server_home

READY_IN = 300.0
"""Seconds; a busy machine compiles and unpacks on the first start."""
STOPPED_IN = 120.0
TONE_VOICE = Path(__file__).parents[1] / "support" / "tone_voice.py"
"""What speaks Russian: tests need no voice that has to be downloaded."""


@dataclass(frozen=True)
class Installation:
    """What runs, and how to get in."""

    url: str
    email: str
    password: str
    api_key: str
    company: str = "demo"

    def api(self) -> httpx.Client:
        """A client of the JSON API with the installation's key."""
        return httpx.Client(
            base_url=f"{self.url}/api/v1", headers={"Authorization": f"Bearer {self.api_key}"}, timeout=60
        )


@contextmanager
def running_installation() -> Iterator[Installation]:
    """Starts it, waits until it is ready, stops it. The log of a start that failed is in the error."""
    with server_home() as folder:
        home = folder / "home"
        environment = {
            **os.environ,
            "OTKLIK_HOME": str(home),
            "OTKLIK_WEB_PORT": "0",
            "OTKLIK_LANGUAGE": "en",
            "OTKLIK_LOCAL_TTS_COMMAND_RU": f"{sys.executable} {TONE_VOICE}",
        }
        log = (folder / "up.log").open("w+", encoding="utf-8")
        process = subprocess.Popen(
            [sys.executable, "-m", "app.cli", "up"],
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            yield _when_ready(process, environment, Path(log.name))
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(STOPPED_IN)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
                raise
            finally:
                log.close()


def _when_ready(process: subprocess.Popen[bytes], environment: dict[str, str], log: Path) -> Installation:
    deadline = time.monotonic() + READY_IN
    while time.monotonic() < deadline and process.poll() is None:
        answer = subprocess.run(
            [sys.executable, "-m", "app.cli", "status", "--json"],
            env=environment,
            capture_output=True,
            check=False,
        )
        status = json.loads(answer.stdout) if answer.stdout.strip() else {}
        if status.get("state") == "ready":
            return Installation(
                url=status["url"],
                email=status["email"],
                password=Path(status["password_file"]).read_text(encoding="utf-8").strip(),
                api_key=Path(status["api_key_file"]).read_text(encoding="utf-8").strip(),
            )
        time.sleep(0.3)
    pytest.fail(f"otklik up did not get ready:\n{log.read_text(encoding='utf-8')}")
