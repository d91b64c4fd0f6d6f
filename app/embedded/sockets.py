"""Where unix sockets lie: in the installation's folder; when its path is too long for one, in the temporary folder."""

from __future__ import annotations

import hashlib
import os
import stat
import tempfile
from pathlib import Path

from app.embedded.problems import HomeUnusable, PathTooLong

_LIMIT = 100
"""Bytes of a socket's path; macOS allows 103, Linux 107."""


def path(home: Path, name: str) -> Path:
    """The socket `name` of this installation, in a folder only we may enter.

    Raises PathTooLong, and HomeUnusable when the folder in the temporary place belongs to somebody else.
    """
    inside = home.resolve() / "run" / f"{name}.sock"
    if len(os.fsencode(inside)) <= _LIMIT:
        inside.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        return inside
    mark = hashlib.sha256(os.fsencode(home.resolve())).hexdigest()[:12]
    folder = Path(tempfile.gettempdir()) / f"otklik-{os.getuid()}-{mark}"
    folder.mkdir(mode=0o700, exist_ok=True)
    status = folder.lstat()
    if not stat.S_ISDIR(status.st_mode) or status.st_uid != os.getuid() or status.st_mode & 0o077:
        raise HomeUnusable(path=str(folder), reason="not ours")
    short = folder / f"{name}.sock"
    if len(os.fsencode(short)) > _LIMIT:
        raise PathTooLong(path=str(short))
    return short
