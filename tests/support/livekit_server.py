"""A real livekit-server on loopback, for tests: its own ports and keys, killed and started again as a test wants.

`make test` builds the server into `.build/livekit` when there is a Go toolchain; OTKLIK_TEST_LIVEKIT names another.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from app.embedded import children, ports
from app.embedded.valkey import binary
from app.settings import LiveKitSettings
from tests.support.servers import server_home

ROOT = Path(__file__).resolve().parents[2]
BUILT = ROOT / ".build" / "livekit" / "server"
PATIENCE = 120.0
"""Seconds in which the server must answer on a machine that is busy with other things."""
KEY, SECRET = "testkey", "a-secret-of-the-tests-" * 2


def program() -> Path | None:
    """The server's program, if there is one."""
    named = os.environ.get("OTKLIK_TEST_LIVEKIT")
    found = Path(named) if named else BUILT
    return found if found.exists() else None


def needed() -> Path:
    """The server's program; without one the test is skipped, and says what to do."""
    found = program()
    if found is None:
        pytest.skip("no livekit-server: `make livekit` builds one where Go is installed")
    return found


@dataclass
class LiveKitServer:
    """One server; `kill` and `start` may alternate, its ports stay."""

    home: Path
    program: Path
    port: int
    udp_port: int
    redis: str
    process: children.Child | None = field(default=None, repr=False)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def settings(self) -> LiveKitSettings:
        return LiveKitSettings(url=self.url, api_key=KEY, api_secret=SECRET)

    @property
    def environment(self) -> dict[str, str]:
        """What leads our programs to this server."""
        return {
            "OTKLIK_LIVEKIT_URL": self.url,
            "OTKLIK_LIVEKIT_API_KEY": KEY,
            "OTKLIK_LIVEKIT_API_SECRET": SECRET,
        }

    def start(self) -> None:
        """Starts it and waits until it answers."""
        config = self.home / "livekit.yaml"
        config.write_text(json.dumps(self._config()), encoding="utf-8")  # JSON is YAML
        self.process = _spawn([str(self.program), "--config", str(config)], self.home / "livekit.log")
        deadline = time.monotonic() + PATIENCE
        while not _answers(self.port):
            assert self.process.poll() is None, self.log[-2000:]
            assert time.monotonic() < deadline, self.log[-2000:]
            time.sleep(0.02)

    def kill(self) -> None:
        """Ends it at once, as a crash would."""
        if self.process is not None:
            if self.process.poll() is None:
                self.process.send_signal(signal.SIGKILL)
            self.process.wait()
            self.process = None

    @property
    def log(self) -> str:
        return (self.home / "livekit.log").read_text(encoding="utf-8", errors="replace")

    def _config(self) -> dict[str, object]:
        # Nothing leaves loopback: not the media, and no client is told to ask a public STUN server.
        rtc = {
            "tcp_port": 0,
            "udp_port": self.udp_port,
            "node_ip": "127.0.0.1",
            "use_external_ip": False,
            "enable_loopback_candidate": True,
            "interfaces": {"includes": ["lo"]},
            "stun_servers": ["127.0.0.1:3478"],
            "use_ice_lite": True,
        }
        return {
            "port": self.port,
            "bind_addresses": ["127.0.0.1"],
            "rtc": rtc,
            "keys": {KEY: SECRET},
            "redis": {"address": self.redis},
            "logging": {"level": "info"},
        }


def _spawn(argv: list[str], log: Path) -> children.Child:
    """A server that ends with the test run, however that ends."""
    return children.spawn(argv, log=log, end=signal.SIGKILL, env=os.environ)


def _answers(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True


@contextmanager
def livekit_server() -> Iterator[LiveKitServer]:
    """A running server with a Redis of its own, as the SIP bridge wants it; both gone afterwards. Skips the test when
    there is no program."""
    found = needed()
    with server_home() as home, _redis(home) as redis:
        server = LiveKitServer(home, found, ports.free_port(0), _free_udp(), redis)
        server.start()
        try:
            yield server
        finally:
            server.kill()


@contextmanager
def _redis(home: Path) -> Iterator[str]:
    """A Valkey on a port: the server speaks to no unix socket."""
    port = ports.free_port(0)
    options = ["--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", str(home)]
    process = _spawn([str(binary()), *options], home / "redis.log")
    try:
        deadline = time.monotonic() + PATIENCE
        while not _answers(port):
            assert process.poll() is None, (home / "redis.log").read_text(encoding="utf-8")
            assert time.monotonic() < deadline
            time.sleep(0.02)
        yield f"127.0.0.1:{port}"
    finally:
        process.kill()
        process.wait()


def _free_udp() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
