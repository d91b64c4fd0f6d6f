"""The installation's secrets and small facts, one file each in `keys/`, readable by its owner only."""

from __future__ import annotations

import os
import secrets
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class Key:
    """A secret's text; `is_new` when this very call made it."""

    text: str = field(repr=False)
    is_new: bool


def path_of(home: Path, name: str) -> Path:
    """The file of key `name`."""
    return home / "keys" / name


def get_or_make(home: Path, name: str) -> Key:
    """The secret `name`: 32 random bytes in URL-safe letters, made at the first call."""
    path = path_of(home, name)
    if path.exists() and (text := path.read_text().strip()):
        return Key(text, is_new=False)
    text = secrets.token_urlsafe(32)
    put(home, name, text)
    return Key(text, is_new=True)


def put(home: Path, name: str, text: str) -> Path:
    """Writes `name` for the owner's eyes, whole or not at all; returns its file."""
    path = path_of(home, name)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    half = path.with_name(f"{name}.{os.getpid()}.new")
    with os.fdopen(os.open(half, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(text + "\n")
        file.flush()
        os.fsync(file.fileno())
    half.replace(path)
    return path


def number(home: Path, name: str, *, default: int) -> int:
    """A remembered number; `default` when none was."""
    path = path_of(home, name)
    return int(path.read_text()) if path.exists() else default


def remember(home: Path, name: str, value: int) -> None:
    """Keeps a number for the next start."""
    if number(home, name, default=-1) != value:
        put(home, name, str(value))
