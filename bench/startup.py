"""How long a start takes and what the idle installation keeps in memory.

`python -m bench.startup [--json]`. Dependencies are installed; the folder is new. The baseline in the same run is the
bare servers by themselves: initdb, PostgreSQL and Valkey until they answer, one after the other.
"""

from __future__ import annotations

import asyncio
import json
import re
import signal
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from typing import Any

import psutil

from app.embedded import ports
from app.embedded.postgres import Postgres
from app.embedded.valkey import Valkey
from tests.support.installation import Up
from tests.support.servers import server_home

IDLE = 10.0
"""Seconds of rest before memory is read."""


def main() -> None:
    """Prints the figures, as one JSON object with --json."""
    figures = measure()
    if "--json" in sys.argv[1:]:
        print(json.dumps(figures))
        return
    for name, value in figures.items():
        print(f"{name:<28}{value:>10}" if not isinstance(value, dict) else f"{name}: {json.dumps(value)}")


def measure() -> dict[str, Any]:
    """Seconds, megabytes and ratios."""
    with server_home() as home:
        baseline_cold, baseline_warm = baseline(home)
    with server_home() as home:
        up = Up(home, ports.free_port(0))
        cold, first_page = started(up)
        up.end(signal.SIGTERM)
        warm, page = started(up)
        time.sleep(IDLE)
        memory = footprint(up)
        began = time.monotonic()
        up.end(signal.SIGTERM)
        stop = time.monotonic() - began
    return {
        "cold_start_s": round(cold, 2),
        "cold_first_page_s": round(first_page, 2),
        "warm_start_s": round(warm, 2),
        "warm_first_page_s": round(page, 2),
        "stop_s": round(stop, 2),
        "baseline_cold_s": round(baseline_cold, 2),
        "baseline_warm_s": round(baseline_warm, 2),
        "cold_ratio": round(cold / baseline_cold, 1),
        "warm_ratio": round(warm / baseline_warm, 1),
        "idle_rss_mb": round(sum(rss for rss, _ in memory.values())),
        "idle_pss_mb": round(sum(pss for _, pss in memory.values())),
        "idle_by_part_pss_mb": {name: round(pss) for name, (_, pss) in memory.items()},
        "load_average": round(psutil.getloadavg()[0], 1),
    }


def baseline(home: Path) -> tuple[float, float]:
    """Seconds until the bare servers answer: with a new folder, and again with the same."""

    async def servers() -> float:
        began = time.monotonic()
        postgres, valkey = Postgres(home), Valkey(home)
        await postgres.settle()
        await postgres.start()
        await valkey.start()
        took = time.monotonic() - began
        await valkey.stop()
        await postgres.stop()
        return took

    return asyncio.run(servers()), asyncio.run(servers())


def started(up: Up) -> tuple[float, float]:
    """Seconds from the command until everything is ready, and until the sign-in page has been read."""
    began = time.monotonic()
    up.process = subprocess.Popen(
        [sys.executable, "-m", "app.cli", "up"],
        env=up.environment,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert up.process.stdout is not None
    address = None
    for line in up.process.stdout:
        if found := re.search(r"Dashboard: +(http\S+)", line):
            address = found.group(1)
        if line.startswith("Ready"):
            break
    ready = time.monotonic() - began
    assert address is not None, "the start failed; see its output above"
    with urllib.request.urlopen(address, timeout=30) as page:  # noqa: S310  our own address
        page.read()
    return ready, time.monotonic() - began


def footprint(up: Up) -> dict[str, tuple[float, float]]:
    """Resident and proportional megabytes by part, every process of the tree included."""
    assert up.process is not None
    supervisor = psutil.Process(up.process.pid)
    parts: dict[str, tuple[float, float]] = {"supervisor": _megabytes([supervisor])}
    for child in supervisor.children():
        words = " ".join(child.cmdline())
        names = ("postgres", "valkey", "vector", "web", "worker")
        name = next((part for part in names if part in words.split(str(up.home))[0] or f" {part} " in words), "other")
        parts[name] = _megabytes([child, *child.children(recursive=True)])
    return parts


def _megabytes(processes: list[psutil.Process]) -> tuple[float, float]:
    rss = pss = 0.0
    for process in processes:
        info = process.memory_full_info()
        rss += info.rss / 1e6
        pss += getattr(info, "pss", info.rss) / 1e6  # only Linux divides shared pages among their users
    return rss, pss


if __name__ == "__main__":
    main()
