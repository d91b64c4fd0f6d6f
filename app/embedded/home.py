"""The installation's folder: made, private, writable, with room on its disk; or one sentence that says what to do."""

from __future__ import annotations

import errno
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from app.embedded.problems import DiskFull, HomeUnusable

ROOM_NEW, ROOM_OLD = 500, 100
"""Megabytes that must be free for a first start, and for any other."""


def open_home(path: Path) -> Path:
    """The absolute folder, with its logs folder. Raises HomeUnusable and DiskFull."""
    home = path.absolute()
    with told(home):
        home.mkdir(parents=True, exist_ok=True)
        # As root the servers' own account must pass through; what is inside is closed to it file by file.
        home.chmod(0o711 if os.geteuid() == 0 else 0o700)
        (home / "logs").mkdir(mode=0o700, exist_ok=True)
        probe = home / "logs" / ".probe"
        probe.write_bytes(b"\0" * 4096)
        probe.unlink()
        needed = ROOM_OLD if (home / "postgres").exists() else ROOM_NEW
        if (free := free_megabytes(home)) < needed:
            raise DiskFull(path=str(home), free=free, needed=needed)
    return home


def nearest(path: Path) -> Path:
    """`path`, or the first of the folders above it that exists. Raises OSError where nobody may look."""
    while not path.exists() and path != path.parent:
        path = path.parent
    return path


def try_to_write(folder: Path) -> None:
    """Makes a folder inside and removes it: rights alone say nothing of /proc and of disks that are read-only.

    Raises OSError.
    """
    try:
        tempfile.TemporaryDirectory(prefix=".otklik-", dir=folder).cleanup()
    except OSError as error:
        error.filename = str(folder)  # not the name that was tried
        raise


def free_megabytes(path: Path) -> int:
    """Free on the disk of `path`."""
    return shutil.disk_usage(path).free // 1_000_000


@contextmanager
def told(home: Path) -> Iterator[None]:
    """Turns what the system says about a folder into an error with a sentence."""
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise DiskFull(path=str(home), free=0, needed=ROOM_OLD) from error
        reason = error.strerror or str(error)
        if error.filename and str(error.filename) != str(home):
            reason = f"{error.filename}: {reason}"
        raise HomeUnusable(path=str(home), reason=reason) from error
