"""A chain of providers: who is asked next, who rests, and who is told when one fails."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Generic, Literal, TypeVar

from app.voice.providers.speech import Trouble

T = TypeVar("T")


@dataclass(frozen=True)
class Member(Generic[T]):
    """One provider of a chain. `key` names it among all companies' providers: what it rests under."""

    name: str
    plugin: T
    key: object


@dataclass
class Limits:
    """How long providers are waited for, in seconds."""

    first: float = 1.5
    """For a connection and the first sound, while another provider could take over."""
    last: float = 10.0
    """The same for the last one: better late than never."""
    deaf: float = 3.0
    """Speech without any sign of the recogniser."""


@dataclass
class Rest:
    """Who is left alone for a while because it failed; shared by the calls of a process."""

    first: timedelta = timedelta(seconds=30)
    longest: timedelta = timedelta(minutes=5)
    _until: dict[object, tuple[float, float]] = field(default_factory=dict)
    """Key -> end of the rest on the loop's clock, and its length in seconds."""

    def failed(self, key: object, now: float) -> None:
        """Each failure doubles the rest."""
        _, before = self._until.get(key, (0.0, 0.0))
        seconds = min(before * 2 or self.first.total_seconds(), self.longest.total_seconds())
        self._until[key] = (now + seconds, seconds)

    def worked(self, key: object) -> None:
        """Back to normal."""
        self._until.pop(key, None)

    def rests(self, key: object, now: float) -> bool:
        """Whether it is not to be asked while another can be."""
        return now < self._until.get(key, (0.0, 0.0))[0]


class Chain(Generic[T]):
    """Providers in the order they are tried. Failing ones are passed over as long as they rest and others do not."""

    def __init__(
        self,
        part: Literal["stt", "tts", "llm"],
        members: Sequence[Member[T]],
        *,
        rest: Rest,
        watchers: Sequence[Callable[[Trouble], None]] = (),
    ) -> None:
        if not members:
            raise ValueError("a chain needs a provider")
        self.part: Literal["stt", "tts", "llm"] = part
        self.members = tuple(members)
        self._rest = rest
        self._watchers = watchers

    def order(self) -> list[Member[T]]:
        """Who is asked, in this order: those that rest come last."""
        now = asyncio.get_running_loop().time()
        awake = [member for member in self.members if not self._rest.rests(member.key, now)]
        return awake + [member for member in self.members if member not in awake]

    def worked(self, member: Member[T]) -> None:
        """It did what it was asked."""
        self._rest.worked(member.key)

    def failed(self, member: Member[T], cause: str, then: Member[T] | None) -> None:
        """It did not, and `then` goes on."""
        self._rest.failed(member.key, asyncio.get_running_loop().time())
        trouble = Trouble(self.part, member.name, cause, then.name if then else None)
        for watcher in list(self._watchers):
            watcher(trouble)
