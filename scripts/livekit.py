"""Builds the LiveKit server that the tests of phone calls need into `.build/livekit`, where there is a Go toolchain.

`python -m scripts.livekit`. Prints nothing when it is there; without Go those tests are skipped and say so.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from scripts.tools import BUILD
from scripts.words import words

VERSION = "v1.11.0"
FOLDER = BUILD / "livekit"


def go() -> str | None:
    """The Go tool, also where it is usually unpacked and not on the path."""
    usual = Path("/usr/local/go/bin/go")
    return shutil.which("go") or (str(usual) if usual.exists() else None)


def main() -> None:
    stamp = FOLDER / "version.txt"
    if (FOLDER / "server").exists() and stamp.exists() and stamp.read_text(encoding="utf-8") == VERSION:
        return
    tool = go()
    if tool is None:
        print(words("livekit_missing"), file=sys.stderr)
        return
    print(words("livekit"), file=sys.stderr, flush=True)
    FOLDER.mkdir(parents=True, exist_ok=True)
    argv = [tool, "install", f"github.com/livekit/livekit-server/cmd/server@{VERSION}"]
    if subprocess.run(argv, env={**os.environ, "GOBIN": str(FOLDER)}, stdout=sys.stderr, check=False).returncode:
        print(words("livekit_missing"), file=sys.stderr)
        return
    stamp.write_text(VERSION, encoding="utf-8")


if __name__ == "__main__":
    main()
