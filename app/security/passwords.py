"""Passwords: Argon2id, off the event loop, with the same answer and the same work for accounts that do not exist.

A hash takes some 20 ms and 19 MiB. It runs on a few threads of its own, so a flood of sign-ins waits in a queue
instead of stopping every other request or eating the memory.
"""

from __future__ import annotations

import asyncio
import base64
import secrets
import unicodedata
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

from argon2 import PasswordHasher, Type
from argon2.exceptions import InvalidHashError, VerificationError

MEMORY_KIB = 19 * 1024
TIME_COST = 2
PARALLELISM = 1
MAX_LENGTH = 512
"""Characters. Argon2 has no limit of its own, and a megabyte of password would be a free way to keep us busy."""

T = TypeVar("T")

_SALT_BYTES, _HASH_BYTES = 16, 32


@dataclass(frozen=True)
class Verdict:
    """Answer to a sign-in. `upgraded` is a new hash to store when the old one was made with weaker parameters."""

    ok: bool
    upgraded: str | None = None


class Passwords:
    """Hashes and checks passwords on `threads` threads. Close it with the program."""

    def __init__(
        self,
        *,
        memory_kib: int = MEMORY_KIB,
        time_cost: int = TIME_COST,
        parallelism: int = PARALLELISM,
        threads: int = 2,
    ) -> None:
        self._hasher = PasswordHasher(
            time_cost=time_cost,
            memory_cost=memory_kib,
            parallelism=parallelism,
            hash_len=_HASH_BYTES,
            salt_len=_SALT_BYTES,
            type=Type.ID,
        )
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="password")
        self._nobody = _hash_of_nobody(memory_kib, time_cost, parallelism)

    async def hash(self, password: str) -> str:
        """The PHC string to store. Raises ValueError for a password longer than MAX_LENGTH."""
        if len(password) > MAX_LENGTH:
            raise ValueError("password too long")
        return await self._off_loop(partial(self._hasher.hash, _normal(password)))

    async def verify(self, password: str, stored: str | None) -> Verdict:
        """Whether `password` belongs to `stored`; None stands for an account that does not exist.

        An unknown account, a wrong password and a password too long cost the same work and give the same answer.
        A damaged `stored` is a wrong password, not an error: nobody may sign in with it.
        """
        fits = stored is not None and len(password) <= MAX_LENGTH
        return await self._off_loop(partial(self._verify, _normal(password[:MAX_LENGTH]), stored, fits))

    def close(self) -> None:
        """Ends the threads; a hash already started is finished first."""
        self._threads.shutdown(wait=True, cancel_futures=True)

    def _verify(self, password: str, stored: str | None, fits: bool) -> Verdict:
        try:
            self._hasher.verify(stored if fits and stored is not None else self._nobody, password)
        except (VerificationError, InvalidHashError):
            return Verdict(ok=False)
        if not fits or stored is None:
            return Verdict(ok=False)
        weak = self._hasher.check_needs_rehash(stored)
        return Verdict(ok=True, upgraded=self._hasher.hash(password) if weak else None)

    async def _off_loop(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._threads, work)


def _normal(password: str) -> str:
    # й and ё arrive composed from one keyboard and decomposed from another; NFKC makes them one password.
    return unicodedata.normalize("NFKC", password)


def _hash_of_nobody(memory_kib: int, time_cost: int, parallelism: int) -> str:
    """A well-formed hash that no password fits; made of random bytes, so building it costs nothing."""
    salt, digest = (base64.b64encode(secrets.token_bytes(n)).rstrip(b"=").decode() for n in (_SALT_BYTES, _HASH_BYTES))
    return f"$argon2id$v=19$m={memory_kib},t={time_cost},p={parallelism}${salt}${digest}"
