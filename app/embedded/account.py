"""Whose account the servers run under: ours, unless we are root, which PostgreSQL refuses."""

from __future__ import annotations

import os
import pwd
import shutil
import stat
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

from app.embedded.problems import NoAccount

_NAMES = ("otklik", "postgres", "nobody")
SHARED = Path("/var/lib/otklik")
"""Where root keeps what the servers' account must reach when the installation's own folder is closed to it."""


@dataclass(frozen=True)
class Account:
    """An unprivileged account of the machine."""

    name: str
    uid: int
    gid: int


def server_account(data: Path) -> Account | None:
    """None: run as we are. As root: the owner of `data`, else the first of otklik, postgres, nobody.

    Raises NoAccount. No account is created: changing the machine is not ours to do.
    """
    if os.geteuid() != 0:
        return None
    found = [entry for entry in map(_by_name, _NAMES) if entry is not None]
    if data.exists() and (owner := data.stat().st_uid) != 0:
        found = [entry for entry in pwd.getpwall() if entry.pw_uid == owner] + found
    if not found:
        raise NoAccount
    return Account(found[0].pw_name, found[0].pw_uid, found[0].pw_gid)


def _by_name(name: str) -> pwd.struct_passwd | None:
    try:
        return pwd.getpwnam(name)
    except KeyError:
        return None


def reachable(path: Path, account: Account) -> bool:
    """Whether `account` may pass through every folder above `path`."""
    for folder in path.resolve().parents:
        status = folder.stat()
        if status.st_uid == account.uid:
            bit = stat.S_IXUSR
        elif status.st_gid == account.gid:
            bit = stat.S_IXGRP
        else:
            bit = stat.S_IXOTH
        if not status.st_mode & bit:
            return False
    return True


def owned_folder(path: Path, account: Account | None, *, shared: Path = SHARED) -> Path:
    """The folder `path`, private to whoever runs the servers; made when missing.

    When the account cannot reach `path` (a checkout under /root, for example), the folder is made under `shared`
    and `path` is a link to it, so that removing the installation's folder also forgets the old data.
    """
    if account is None:
        path.mkdir(parents=True, exist_ok=True, mode=0o700)
        return path.resolve()
    if not path.is_symlink() and not reachable(path, account):
        _traversable(shared)
        path.symlink_to(shared / uuid4().hex[:12])
    real = path.resolve()
    if not real.exists():
        real.mkdir(mode=0o700)
        os.chown(real, account.uid, account.gid)
    return real


def reachable_copy(source: Path, package: str, folders: tuple[str, ...], account: Account | None) -> Path:
    """`source` itself, or a copy of its `folders` under `SHARED/package` when the account cannot reach it."""
    if account is None or reachable(source / folders[0] / "x", account):
        return source
    copy = SHARED / package
    if not copy.exists():
        _traversable(SHARED)
        half = SHARED / f"{package}.{uuid4().hex[:8]}"
        for folder in folders:
            shutil.copytree(source / folder, half / folder, symlinks=True)
        try:
            half.rename(copy)
        except OSError:  # another installation was faster; theirs is the same
            shutil.rmtree(half)
    return copy


def _traversable(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True, mode=0o711)
    folder.chmod(0o711)
