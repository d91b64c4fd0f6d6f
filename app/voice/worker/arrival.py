"""Who calls whom: from what the dispatch says, or from the numbers of a phone. Everything outside is distrusted."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from app.calls.models import Channel, Direction
from app.db import lookups
from app.runtime import Runtime
from app.telephony.numbers import e164
from app.telephony.rooms import numbers_of
from app.tenants.actors import Actor, person
from app.tenants.models import Role
from app.voice.spoken import Incoming


class UnknownNumber(Exception):
    """A phone rang for a number that no bot answers, or for none."""

    def __init__(self, number: str | None) -> None:
        super().__init__(masked(number))


class BadDispatch(Exception):
    """An agent was asked for with facts that name no call."""


@dataclass(frozen=True)
class Ticket:
    """What the web program wrote into the dispatch of a browser's room."""

    company: UUID
    bot: UUID
    call: UUID
    version: int | None
    by: Actor

    @classmethod
    def of(cls, metadata: str) -> Ticket | None:
        """None without metadata: then a phone is expected. Raises BadDispatch."""
        if not metadata:
            return None
        try:
            facts = json.loads(metadata)
            version = facts["version"]
            return cls(
                UUID(facts["company"]),
                UUID(facts["bot"]),
                UUID(facts["call"]),
                None if version is None else int(version),
                person(UUID(facts["by"]), Role(facts["role"])),
            )
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise BadDispatch from error

    def incoming(self, room: str) -> Incoming:
        """A trial in the browser: the person was allowed to make it when the dispatch was signed."""
        return Incoming(
            self.company,
            self.bot,
            Direction.TRIAL,
            Channel.WEB,
            version=self.version,
            room=room,
            by=self.by,
            call_id=self.call,
        )


async def from_phone(rt: Runtime, attributes: Mapping[str, str], room: str) -> Incoming:
    """The call of a phone, by the number it dialled. Raises UnknownNumber."""
    dialled, caller = map(e164, numbers_of(dict(attributes)))
    found = None
    if dialled is not None:
        async with rt.db.system() as db:
            found = await lookups.bot_by_number(db, dialled)
    if found is None:
        raise UnknownNumber(dialled)
    return Incoming(
        found.company_id,
        found.bot_id,
        Direction.INBOUND,
        Channel.PHONE,
        caller_number=caller,
        called_number=dialled,
        room=room,
    )


def masked(number: str | None) -> str:
    """A number as logs may show it: its country and last two digits."""
    return f"{number[:2]}…{number[-2:]}" if number else "-"
