"""The rooms of a LiveKit server: each carries one call. Who may join, who is inside, and the end, which is for all.

A call ends by `delete`, always: whoever only leaves lets the other side listen to silence.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Awaitable
from dataclasses import dataclass
from datetime import timedelta
from typing import TypeVar

import aiohttp
from livekit import api
from livekit.protocol.models import ParticipantInfo

from app.errors import ServiceUnavailable, SettingsInvalid
from app.settings import LiveKitSettings

log = logging.getLogger(__name__)

T = TypeVar("T")

TIMEOUT = aiohttp.ClientTimeout(total=10)
PAUSES = (0.2, 0.5, 1.0, 2.0, 4.0)
"""Seconds between the attempts to delete a room."""

EMPTY = 60
"""Seconds that a room waits for its first visitor."""
DEPARTURE = 10
"""Seconds that a room outlives its last caller, for the case that nobody deletes it."""


@dataclass(frozen=True)
class Phone:
    """A caller in a room; the numbers are as they were dialled, or None."""

    identity: str
    called: str | None
    caller: str | None


@dataclass(frozen=True)
class Occupied:
    """Who is in a room: phones, and the identities of agents."""

    phones: tuple[Phone, ...]
    agents: tuple[str, ...]


class Rooms:
    """One server's rooms. Every method raises ServiceUnavailable when the server does not answer or refuses us."""

    def __init__(self, settings: LiveKitSettings) -> None:
        """Raises SettingsInvalid when the address or the key is missing. To be made on a running event loop."""
        self._key, self._secret, self._url = _access(settings)
        self._agent = settings.agent_name
        self.public_url = settings.public_url or ws_url(self._url)
        """Where browsers reach the server."""
        # One attempt: the library's own retries look for other regions of a cloud.
        self._session = aiohttp.ClientSession(timeout=TIMEOUT)
        self._api = api.LiveKitAPI(self._url, self._key, self._secret, session=self._session, failover=False)

    async def create(self, name: str, metadata: str = "") -> None:
        """Makes the room unless it is there."""
        wanted = api.CreateRoomRequest(
            name=name, metadata=metadata, empty_timeout=EMPTY, departure_timeout=DEPARTURE, max_participants=8
        )
        await _told(self._api.room.create_room(wanted))

    async def delete(self, name: str) -> None:
        """Ends the room for everybody in it; tries for some seconds. Nothing happens when there is none."""
        for pause in (*PAUSES, None):
            try:
                await self._api.room.delete_room(api.DeleteRoomRequest(room=name))
            except api.TwirpError as error:
                if error.code == api.TwirpErrorCode.NOT_FOUND:
                    return
                if pause is None:
                    raise ServiceUnavailable(part="livekit") from error
                await self._revive(name, error)
            except (aiohttp.ClientError, TimeoutError) as error:
                if pause is None:
                    raise ServiceUnavailable(part="livekit") from error
            else:
                return
            await asyncio.sleep(pause or 0)

    async def _revive(self, name: str, error: api.TwirpError) -> None:
        """A room that a crashed server left in its Redis cannot be deleted until it is made again."""
        if error.status == 500:
            try:
                await self.create(name)
            except ServiceUnavailable:
                log.warning("a room that a dead server left behind could not be made anew; it is tried again")

    async def dispatch(self, room: str, metadata: str = "") -> None:
        """Asks for one of our agents in the room, which is made when missing. Nobody says whether one comes."""
        wanted = api.CreateAgentDispatchRequest(agent_name=self._agent, room=room, metadata=metadata)
        await _told(self._api.agent_dispatch.create_dispatch(wanted))

    def token(self, room: str, identity: str, *, metadata: str, ttl: timedelta) -> str:
        """What lets a browser join this one room with a microphone, and calls an agent there with `metadata`.

        After `ttl` nobody can join with it (the server allows a minute more); who is inside stays.
        """
        agent = api.RoomAgentDispatch(agent_name=self._agent, metadata=metadata)
        made = api.RoomConfiguration(
            agents=[agent], empty_timeout=EMPTY, departure_timeout=DEPARTURE, max_participants=8
        )
        grants = api.VideoGrants(
            room_join=True,
            room=room,
            can_publish=True,
            can_publish_sources=["microphone"],
            can_subscribe=True,
            can_publish_data=False,
            can_update_own_metadata=False,
        )
        token = api.AccessToken(self._key, self._secret).with_identity(identity).with_grants(grants)
        return str(token.with_room_config(made).with_ttl(ttl).to_jwt())

    async def names(self) -> list[str]:
        """The rooms there are."""
        found = await _told(self._api.room.list_rooms(api.ListRoomsRequest()))
        return [room.name for room in found.rooms]

    async def inside(self, room: str) -> Occupied:
        """Who is in the room; nobody when there is none."""
        try:
            found = await _told(self._api.room.list_participants(api.ListParticipantsRequest(room=room)))
        except LookupError:
            return Occupied((), ())
        kinds = ParticipantInfo.Kind
        here = found.participants
        phones = (one for one in here if one.kind == kinds.SIP)
        return Occupied(
            tuple(Phone(one.identity, *numbers_of(dict(one.attributes))) for one in phones),
            tuple(one.identity for one in here if one.kind == kinds.AGENT),
        )

    async def agents_in(self, room: str) -> tuple[str, ...]:
        """Identities of the agents in the room. One that was killed is counted for 20 seconds more."""
        return (await self.inside(room)).agents

    async def ping(self) -> None:
        """Returns when the server answers and knows our key."""
        await _told(self._api.room.list_rooms(api.ListRoomsRequest(names=["-"])))

    async def aclose(self) -> None:
        await self._api.aclose()
        await self._session.close()


def configured(settings: LiveKitSettings) -> bool:
    """Whether there is a LiveKit server to talk to."""
    return settings.url is not None


def numbers_of(attributes: dict[str, str]) -> tuple[str | None, str | None]:
    """Called and calling number in a phone's attributes, as they were dialled."""
    return attributes.get("sip.trunkPhoneNumber") or None, attributes.get("sip.phoneNumber") or None


def ws_url(url: str) -> str:
    """The same address for those who speak WebSocket."""
    return f"ws{url.removeprefix('http')}" if url.startswith("http") else url


def dispatch_metadata(**facts: object) -> str:
    """Facts of a dispatch as the agent reads them; ids only, for a browser can read its own token."""
    return json.dumps(facts, default=str, separators=(",", ":"))


def _access(settings: LiveKitSettings) -> tuple[str, str, str]:
    for name, value in (("URL", settings.url), ("API_KEY", settings.api_key), ("API_SECRET", settings.api_secret)):
        if not value:
            raise SettingsInvalid(name=f"OTKLIK_LIVEKIT_{name}", reason="not_set")
    secret = settings.api_secret.get_secret_value() if settings.api_secret else ""
    return settings.api_key or "", secret, settings.url or ""


async def _told(asked: Awaitable[T]) -> T:
    """The answer. Raises LookupError when the room does not exist, else ServiceUnavailable."""
    try:
        return await asked
    except api.TwirpError as error:
        if error.code == api.TwirpErrorCode.NOT_FOUND:
            raise LookupError(error.code) from error
        raise ServiceUnavailable(part="livekit") from error
    except (aiohttp.ClientError, TimeoutError) as error:
        raise ServiceUnavailable(part="livekit") from error
