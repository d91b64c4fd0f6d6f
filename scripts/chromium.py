"""Prints the path of a Chromium for the browser tests; installs it through apt when that is possible.

`python -m scripts.chromium`. Prints nothing on standard output when there is none: those tests then say so.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from scripts.words import words

_NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome", "chrome")
_MAC = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
)


def find() -> str | None:
    """OTKLIK_CHROMIUM, else a browser in the usual places."""
    named = os.environ.get("OTKLIK_CHROMIUM")
    if named:
        return named
    found = next((path for name in _NAMES if (path := shutil.which(name))), None)
    return found or next((path for path in _MAC if Path(path).exists()), None)


def install() -> None:
    """Through apt, as root or with a sudo that asks nothing; output on standard error."""
    if shutil.which("apt-get") is None:
        return
    rights = [] if os.geteuid() == 0 else ["sudo", "-n"]
    if rights and shutil.which("sudo") is None:
        return
    print(words("chromium"), file=sys.stderr, flush=True)
    env = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    fonts = ["fonts-dejavu-core"]
    for argv in (["update", "-qq"], ["install", "-y", "-qq", "--no-install-recommends", "chromium", *fonts]):
        done = subprocess.run([*rights, "apt-get", *argv], env=env, stdout=sys.stderr, check=False)
        if done.returncode != 0 and argv[0] == "install":
            return


def main() -> None:
    if find() is None:
        install()
    found = find()
    print(found or "")
    if found is None:
        print(words("chromium_missing"), file=sys.stderr)


if __name__ == "__main__":
    main()
