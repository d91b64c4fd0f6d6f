"""The calls that one process carries: found by id, their leases renewed, let go when another process has them."""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict
from collections.abc import Iterator
from typing import TYPE_CHECKING
from uuid import UUID

from app.calls import writing
from app.calls.writing import Hold
from app.db import away
from app.runtime import Runtime
from app.settings import CallSettings

if TYPE_CHECKING:
    from app.voice.conversation import Conversation

log = logging.getLogger(__name__)


class Carried:
    """Calls in the hands of this process. Close it with the program: running calls stay open for another process."""

    def __init__(self, rt: Runtime, settings: CallSettings) -> None:
        self._rt = rt
        self._renew_after = settings.lease_renewal.total_seconds()
        self._hold = Hold(rt.process, settings.lease)
        self._calls: dict[UUID, Conversation] = {}
        self._renewal: asyncio.Task[None] | None = None
        self._leaving: dict[UUID, asyncio.Task[None]] = {}

    def __len__(self) -> int:
        return len(self._calls)

    def __iter__(self) -> Iterator[Conversation]:
        return iter(list(self._calls.values()))

    def add(self, conversation: Conversation) -> None:
        """From now on its lease is renewed; a call that is over already is left alone."""
        if conversation.over:
            return
        self._calls[conversation.recorder.call_id] = conversation
        if self._renewal is None:
            self._renewal = asyncio.create_task(self._renew_for_ever(), name="leases of calls")

    def drop(self, conversation: Conversation) -> None:
        """It is not carried here any more."""
        call_id = conversation.recorder.call_id
        if self._calls.get(call_id) is conversation:
            del self._calls[call_id]

    def find(self, company_id: UUID, call_id: UUID) -> Conversation | None:
        """The company's call, when it is carried here."""
        carried = self._calls.get(call_id)
        return carried if carried is not None and carried.recorder.company_id == company_id else None

    def leaving(self, call_id: UUID) -> bool:
        """Whether the call is being let go, because another process has it."""
        return call_id in self._leaving

    async def close(self) -> None:
        """Lets every call go; their leases run out unless another process takes them over."""
        if self._renewal is not None:
            self._renewal.cancel()
            await asyncio.gather(self._renewal, return_exceptions=True)
        for leaving in list(self._leaving.values()):
            await leaving
        for conversation in list(self._calls.values()):
            await conversation.let_go()

    async def _renew_for_ever(self) -> None:
        while True:
            await asyncio.sleep(self._renew_after)
            try:
                await self._renew()
            except away.AWAY as error:
                # The next round tries again; a lease outlives several.
                log.warning("leases of calls were not renewed: %s", type(error).__name__)
            except Exception:
                # The edge: without renewals every call of this process would be taken for lost.
                log.exception("leases of calls were not renewed")

    async def _renew(self) -> None:
        companies: defaultdict[UUID, list[Conversation]] = defaultdict(list)
        for conversation in self._calls.values():
            companies[conversation.recorder.company_id].append(conversation)
        for company_id, carried in companies.items():
            async with self._rt.db.tenant(company_id) as db:
                ids = [conversation.recorder.call_id for conversation in carried]
                kept = await writing.renew(db, ids, self._hold)
            for conversation in carried:
                if conversation.recorder.call_id not in kept:
                    self._let_go_soon(conversation)

    def _let_go_soon(self, conversation: Conversation) -> None:
        """Lets a call go that another process has, in a task of its own: an exchange under way delays no renewal."""
        call_id = conversation.recorder.call_id
        if call_id not in self._leaving:
            self._leaving[call_id] = asyncio.create_task(self._let_go(conversation), name="a call let go")

    async def _let_go(self, conversation: Conversation) -> None:
        try:
            await conversation.let_go()
        except Exception:
            log.exception("call %s was not let go; it is tried again", conversation.recorder.call_id)
        finally:
            self._leaving.pop(conversation.recorder.call_id, None)
