"""The lock files: `python -m scripts.lock` makes them anew, `--check` says whether they are current.

They hold versions and hashes and no download address, so that they serve every machine and mirror.
"""

from __future__ import annotations

import re
import subprocess
import sys

from scripts.tools import ROOT, node, private_project, run, uv, uv_environment
from scripts.words import fail

_ADDRESS = re.compile(r'url = "[^"]*/([^/"#]+)"')
_REGISTRY = re.compile(r'registry = "[^"]*"')


def stripped(lock: str) -> str:
    """A uv lock without addresses: file names instead, and the registry by its common name."""
    return _REGISTRY.sub('registry = "pypi"', _ADDRESS.sub(r'filename = "\1"', lock))


def make() -> None:
    """Resolves anew, keeping what still fits."""
    folder = private_project()
    run([uv(), "lock", "--quiet", *sys.argv[1:]], cwd=folder, env=uv_environment())
    lock = (folder / "uv.lock").read_text(encoding="utf-8")
    (ROOT / "uv.lock").write_text(stripped(lock), encoding="utf-8")
    npm, env = node()
    run(
        [*npm, "install", "--package-lock-only", "--omit-lockfile-registry-resolved", "--no-audit", "--no-fund"],
        env=env,
    )


def check() -> None:
    """Ends with a sentence when a lock file is out of date or holds an address."""
    folder = private_project()
    checked = subprocess.run(
        [uv(), "lock", "--check"], cwd=folder, env=uv_environment(), capture_output=True, text=True, check=False
    )
    if checked.returncode != 0:
        print(checked.stderr, file=sys.stderr)
        fail("lock_old")
    if re.search(r'(url|registry) = "https?:', (ROOT / "uv.lock").read_text(encoding="utf-8")):
        fail("lock_addresses", file="uv.lock")
    if '"resolved"' in (ROOT / "package-lock.json").read_text(encoding="utf-8"):
        fail("lock_addresses", file="package-lock.json")


if __name__ == "__main__":
    if "--check" in sys.argv[1:]:
        check()
    else:
        make()
