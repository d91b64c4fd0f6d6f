"""Nobody waits in a room of the LiveKit server: phones to which no agent came, and calls that are over."""

from __future__ import annotations

import hashlib
import logging
import time
from collections.abc import Callable
from datetime import timedelta

from app.calls import queries
from app.db import lookups
from app.errors import NotFound, ServiceUnavailable
from app.runtime import Runtime
from app.telephony.numbers import e164
from app.telephony.rooms import Phone, Rooms

log = logging.getLogger(__name__)

LATE = 2.0
"""Seconds after which a phone without an agent is given another chance: the server asks for an agent only once."""
TOO_LATE = 8.0
"""Seconds after which it is told that nobody comes: the provider may then send the call elsewhere."""
OTHERS = 30.0
"""Seconds after which a room without a phone of ours is nobody's business of ours."""

OVER = timedelta(seconds=5)
"""A room outlives its call at most this long; till then its agent ends it."""


class RoomWatch:
    """What one worker knows of the rooms. Several workers may watch at once."""

    def __init__(self, rt: Runtime, rooms: Rooms, clock: Callable[[], float] = time.monotonic) -> None:
        self._rt, self._rooms, self._clock = rt, rooms, clock
        self._seen: dict[str, float] = {}
        self._settled: set[str] = set()  # had its agent, or is none of ours
        self._asked: set[str] = set()
        self._away = False

    async def find_agents(self) -> None:
        """Asks again for an agent where a phone of ours has none, and ends the call when none comes."""
        if (names := await self._names()) is None:
            return
        now = self._clock()
        self._seen = {name: self._seen.get(name, now) for name in names}
        self._settled &= names
        self._asked &= names
        for name in names - self._settled:
            age = now - self._seen[name]
            if age >= LATE:
                await self._look(name, age)

    async def end_finished(self) -> None:
        """Ends rooms whose call is over: the agent that should have done it died, or could not reach the server."""
        for name in await self._names() or ():
            if await self._is_over(name):
                log.warning("a room outlived its call; it is ended")
                await self._delete(name)

    async def _names(self) -> set[str] | None:
        """None while the server is away, which is said once."""
        try:
            names = set(await self._rooms.names())
        except ServiceUnavailable:
            if not self._away:
                log.warning("the LiveKit server is away: nobody watches over calls that no agent answers")
            self._away = True
            return None
        self._away = False
        return names

    async def _look(self, name: str, age: float) -> None:
        try:
            inside = await self._rooms.inside(name)
        except ServiceUnavailable:
            return
        if inside.agents:
            self._settled.add(name)
        elif not await self._ours(inside.phones):
            if age >= OTHERS:
                self._settled.add(name)
        elif age >= TOO_LATE:
            log.error("no agent came to a phone within %d s: the call is ended; see otklik doctor", TOO_LATE)
            await self._delete(name)
        elif name not in self._asked:
            self._asked.add(name)
            await self._ask(name)

    async def _ours(self, phones: tuple[Phone, ...]) -> bool:
        async with self._rt.db.system() as db:
            for phone in phones:
                number = e164(phone.called)
                if number is not None and await lookups.bot_by_number(db, number):
                    return True
        return False

    async def _ask(self, name: str) -> None:
        """One worker asks. A second agent would leave the call to the first, but takes a place for a moment."""
        key = f"otklik:asked:{hashlib.sha256(name.encode()).hexdigest()[:24]}"  # the name holds a phone number
        if await self._rt.redis.set(key, "1", nx=True, ex=60):
            log.warning("no agent came to a phone within %d s: one is asked for again", LATE)
            try:
                await self._rooms.dispatch(name)
            except ServiceUnavailable:
                self._asked.discard(name)

    async def _is_over(self, name: str) -> bool:
        async with self._rt.db.system() as db:
            found = await lookups.call_by_room(db, name)
        if found is None:
            return False
        async with self._rt.db.tenant(found.company_id) as tenant:
            try:
                call = await queries.call(tenant, found.id)
            except NotFound:
                return False
        return call.ended_at is not None and call.ended_at + OVER < self._rt.clock()

    async def _delete(self, name: str) -> None:
        try:
            await self._rooms.delete(name)
        except ServiceUnavailable:
            log.warning("a room could not be ended now; it is tried again")
