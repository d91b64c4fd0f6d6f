"""The file `.env` of the working folder as it is written, for what must be said about it before it is used.

Below every room: the language of the command line may stand in it too.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from dotenv.parser import parse_stream

FILE = Path(".env")


@dataclass(frozen=True)
class Written:
    """One setting of the file. `name` is None on a line that sets nothing: no name, no `=` or an open quote."""

    line: int
    name: str | None
    value: str


def written() -> Iterator[Written]:
    """The file's settings in order; nothing without a file. Raises OSError and UnicodeDecodeError."""
    if not FILE.is_file() and not FILE.is_dir():
        return  # none, or a pipe, which can be read once only
    for found in parse_stream(io.StringIO(FILE.read_text(encoding="utf-8"))):
        text = found.original.string
        line = found.original.line + text[: len(text) - len(text.lstrip())].count("\n")
        if found.error or (found.key is not None and found.value is None):
            yield Written(line, None, "")
        elif found.key is not None:
            yield Written(line, found.key, found.value or "")


def last_value(name: str) -> str:
    """What the file sets `name` to; empty when it does not, or cannot be read."""
    try:
        values = [one.value for one in written() if one.name is not None and one.name.upper() == name]
    except (OSError, UnicodeDecodeError):
        return ""  # said elsewhere, by whoever needs the settings: this is asked for the language to say it in
    return values[-1] if values else ""
