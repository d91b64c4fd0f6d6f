"""A call's sound in a LiveKit room, and what else comes from there: keys, the phone's state, who leaves and why."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable
from typing import Any, Protocol

from livekit import rtc
from livekit.agents import Agent, AgentSession
from livekit.agents.voice import room_io

from app.calls.models import Channel
from app.errors import OtklikError, ServiceUnavailable
from app.scenario.state import EndReason
from app.telephony.rooms import Rooms

log = logging.getLogger(__name__)

TAIL = 0.4
"""Seconds from our last sound to the end of the room: what is on its way to the caller's ear is heard."""

BACK_WITHIN = 15.0
"""Seconds in which a caller who was lost with the server's restart must be in the room again."""

STATUS = "sip.callStatus"

_FOR_GOOD = frozenset(
    {
        rtc.DisconnectReason.PARTICIPANT_REMOVED,
        rtc.DisconnectReason.ROOM_DELETED,
        rtc.DisconnectReason.ROOM_CLOSED,
        rtc.DisconnectReason.CONNECTION_TIMEOUT,
        rtc.DisconnectReason.MEDIA_FAILURE,
        rtc.DisconnectReason.SIP_TRUNK_FAILURE,
    }
)
# ROOM_DELETED is not among them: we delete a room when the call is over, so then somebody else did.
_BY_CALLER = frozenset(
    {
        rtc.DisconnectReason.CLIENT_INITIATED,
        rtc.DisconnectReason.USER_REJECTED,
        rtc.DisconnectReason.USER_UNAVAILABLE,
    }
)


class Talk(Protocol):
    """What the line tells the conversation."""

    over_event: asyncio.Event

    async def press(self, digits: str) -> None: ...

    async def caller_gone(self, reason: EndReason = ...) -> None: ...


class RoomLine:
    """The line to one participant of a connected room. What happens before `feed` is kept for the conversation."""

    def __init__(self, room: rtc.Room, caller: rtc.RemoteParticipant, channel: Channel, rooms: Rooms) -> None:
        self.channel = channel
        self.answered = channel is Channel.WEB or caller.attributes.get(STATUS) == "active"
        """Whether the caller hears us; a phone that still rings does not."""
        self.gone: EndReason | None = None
        """Why the caller is not there any more."""
        self._room, self._identity, self._rooms = room, caller.identity, rooms
        self._name = room.name
        self._spoke = False
        self._keys: asyncio.Queue[str] = asyncio.Queue()
        self._left = asyncio.Event()
        self._ended = False
        self._missing: asyncio.TimerHandle | None = None
        room.on("sip_dtmf_received", self._on_key)
        room.on("participant_attributes_changed", self._on_attributes)
        room.on("participant_connected", self._on_joined)
        room.on("participant_disconnected", self._on_left)
        room.on("disconnected", self._on_room_lost)
        if caller.attributes.get(STATUS) == "hangup" or caller.identity not in room.remote_participants:
            self._leave(EndReason.CALLER)

    async def start(self, session: AgentSession[None], agent: Agent) -> None:
        """Starts the session in the room, bound to this caller. Who leaves is our business, not livekit's: it closes
        for some reasons only, and before the last words were understood."""
        self._spoke = True
        options = room_io.RoomOptions(
            participant_identity=self._identity,
            text_input=False,
            text_output=False,  # its pacing of words keeps the event loop from sound; the record has the words
            close_on_disconnect=False,
        )
        await session.start(agent, room=self._room, room_options=options, session_host=False, record=False)

    async def hang_up(self) -> None:
        """Ends the room, and with it the call for everybody. Does nothing the second time."""
        if self._ended:
            return
        self._ended = True
        if self._spoke and not self._left.is_set():
            await asyncio.sleep(TAIL)
        try:
            await self._rooms.delete(self._name)
        except ServiceUnavailable:
            # Others try again: the program that holds this process, and the upkeep of the workers.
            log.warning("a room was not deleted: the LiveKit server is away")

    async def feed(self, talk: Talk) -> None:
        """Tells the conversation what happens on the line, until the call is over."""
        tasks = [
            asyncio.create_task(self._tell_keys(talk), name="keys"),
            asyncio.create_task(self._tell_end(talk), name="end of the line"),
        ]
        try:
            await talk.over_event.wait()
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _tell_keys(self, talk: Talk) -> None:
        while True:
            await _guarded(talk.press(await self._keys.get()), "a key")

    async def _tell_end(self, talk: Talk) -> None:
        await self._left.wait()
        await _guarded(talk.caller_gone(self.gone or EndReason.CALLER), "the end of the line")

    def _on_key(self, event: rtc.SipDTMF) -> None:
        if event.participant is not None and event.participant.identity == self._identity:
            self._keys.put_nowait(event.digit)

    def _on_attributes(self, changed: dict[str, str], participant: rtc.Participant) -> None:
        if participant.identity != self._identity or STATUS not in changed:
            return
        if changed[STATUS] == "active":
            self.answered = True
        elif changed[STATUS] == "hangup":  # half a minute before the bridge takes a phone out that is gone altogether
            self._leave(EndReason.CALLER)

    def _on_left(self, participant: rtc.RemoteParticipant) -> None:
        if participant.identity != self._identity:
            return
        reason = participant.disconnect_reason
        if reason in _BY_CALLER:
            self._leave(EndReason.CALLER)
        elif reason in _FOR_GOOD:
            self._leave(EndReason.INTERRUPTED)
        else:  # a server that was restarted knows nobody until they are back
            loop = asyncio.get_running_loop()
            self._missing = loop.call_later(BACK_WITHIN, self._leave, EndReason.INTERRUPTED)

    def _on_joined(self, participant: rtc.RemoteParticipant) -> None:
        if participant.identity == self._identity and self._missing is not None:
            self._missing.cancel()

    def _on_room_lost(self, reason: Any) -> None:  # Any: livekit's number of the reason
        self._leave(EndReason.CALLER if reason in _BY_CALLER else EndReason.INTERRUPTED)

    def _leave(self, reason: EndReason) -> None:
        if not self._left.is_set():
            self.gone = reason
            self._left.set()


async def _guarded(told: Awaitable[None], what: str) -> None:
    """The conversation may be over, or with another process; the line goes on to its end."""
    try:
        await told
    except OtklikError as error:
        log.info("%s was not taken: %s", what, type(error).__name__)
    except Exception:
        log.exception("%s was not taken", what)
