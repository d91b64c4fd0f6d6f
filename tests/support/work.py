"""Work counted instead of timed: the same on every machine, however busy it is."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from types import FrameType

import pytest
from argon2 import Parameters, PasswordHasher, extract_parameters
from argon2.exceptions import VerifyMismatchError


def operations(work: Callable[[], object]) -> int:
    """Calls of functions, Python's and built in, that the work takes."""
    count = 0

    def seen(_frame: FrameType, event: str, _argument: object) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(seen)
    try:
        work()
    finally:
        sys.setprofile(before)
    return count


@dataclass(frozen=True)
class Hashing:
    """One Argon2 hash that was computed to check a password, and the thread that did it."""

    parameters: Parameters
    thread: int


def hashings(patch: pytest.MonkeyPatch) -> list[Hashing]:
    """Fills with every check of a password from now on; a hash that is refused unread is no work and not noted."""
    done: list[Hashing] = []
    verify = PasswordHasher.verify

    def counted(hasher: PasswordHasher, stored: str | bytes, password: str | bytes) -> bool:
        def note() -> None:
            done.append(Hashing(extract_parameters(str(stored)), threading.get_ident()))

        try:
            fits = verify(hasher, stored, password)
        except VerifyMismatchError:
            note()
            raise
        note()
        return fits

    patch.setattr(PasswordHasher, "verify", counted)
    return done
