"""Installs what the lock files name and builds the front end; does nothing, in milliseconds, when nothing changed.

`python -m scripts.install [--dev] [--voice]`, with a Python that Otklik runs on. Runs beside another one wait.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

from scripts.tools import BUILD, ROOT, node, run, sync, uv, uv_environment
from scripts.words import fail, say

VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
ROOM = 1500
"""Megabytes that a first installation needs."""
VOICE_ROOM = 1000
"""Megabytes that the local voice needs."""


def main() -> None:
    """Brings .venv, node_modules and the built front end up to date."""
    wanted = {name for name in ("dev", "voice") if f"--{name}" in sys.argv[1:]}
    try:
        BUILD.mkdir(exist_ok=True)
        with (BUILD / "install.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            python_packages(wanted)
            npm_packages()
            front_end()
    except PermissionError as error:
        fail("no_permission", path=error.filename or ROOT)


def python_packages(wanted: set[str]) -> None:
    """The environment .venv with these groups of the lock, and those that it has already."""
    stamp = VENV / "otklik-installed.json"
    mark = fingerprint([ROOT / "uv.lock", ROOT / "pyproject.toml"])
    known = _read(stamp)
    there = {name for name in ("dev", "voice") if known.get(name)} | ({"voice"} if known.get("dev") else set())
    if known.get("mark") == mark and wanted <= there and _runs(PYTHON):
        return
    room = ROOM if not VENV.exists() else VOICE_ROOM if "voice" in wanted - there else 0
    if (free := shutil.disk_usage(ROOT).free // 1_000_000) < room:
        fail("no_space", free=free, needed=room)
    say("voice" if "voice" in wanted - there else "packages")
    groups = sorted(wanted | there)
    if not _fits(PYTHON):
        run([uv(), "venv", "--quiet", "--clear", "--python", sys.executable, VENV], env=uv_environment())
    sync(PYTHON, ["build", *groups], project=True, quiet="voice" not in wanted - there)
    stamp.write_text(json.dumps({"mark": mark, **dict.fromkeys(groups, True)}), encoding="utf-8")


def npm_packages() -> None:
    """The folder node_modules."""
    stamp = ROOT / "node_modules" / ".otklik-installed.json"
    mark = fingerprint([ROOT / "package-lock.json", ROOT / "package.json"])
    if _read(stamp).get("mark") == mark:
        return
    say("npm")
    npm, env = node()
    run([*npm, "ci", "--no-audit", "--no-fund", "--loglevel=error"], env=env)
    stamp.write_text(json.dumps({"mark": mark}), encoding="utf-8")


def front_end() -> None:
    """The dashboard's scripts and styles."""
    stamp, made = BUILD / "front-end.json", ROOT / "app" / "ui" / "static" / "manifest.json"
    sources = [path for path in (ROOT / "app" / "ui" / "assets").rglob("*") if path.is_file()]
    mark = fingerprint([ROOT / "package-lock.json", ROOT / "package.json", *sources])
    if made.exists() and _read(stamp).get("mark") == mark:
        return
    say("front")
    npm, env = node()
    run([*npm, "run", "--silent", "build"], env=env)
    stamp.write_text(json.dumps({"mark": mark}), encoding="utf-8")


def fingerprint(paths: Iterable[Path]) -> str:
    """Changes with the names and the contents of the files."""
    mark = hashlib.sha256()
    for path in sorted(paths):
        mark.update(os.fsencode(path.relative_to(ROOT)) + b"\0" + hashlib.sha256(path.read_bytes()).digest())
    return mark.hexdigest()


def _read(stamp: Path) -> dict[str, object]:
    try:
        known = json.loads(stamp.read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError, ValueError):
        return {}
    return known if isinstance(known, dict) else {}


def _runs(python: Path) -> bool:
    return python.exists()  # also false for a link to a Python that was removed


def _fits(python: Path) -> bool:
    fits = "import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 13))"
    return _runs(python) and subprocess.run([python, "-c", fits], check=False, capture_output=True).returncode == 0


if __name__ == "__main__":
    main()
