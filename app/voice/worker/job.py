"""One call in a process of its own: what a job process does from its birth to the end of its call."""

from __future__ import annotations

import asyncio
import logging
import signal
from collections.abc import Callable, Coroutine, Iterator
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass

from livekit import rtc
from livekit.agents import AutoSubscribe, JobContext, JobProcess

from app.calls.models import Channel
from app.db.outbox import RedisPublisher
from app.runtime import Runtime, build
from app.settings import LiveKitSettings, LlmSettings, ProviderSettings, RedisSettings, read
from app.telephony.rooms import Rooms
from app.voice.providers import local
from app.voice.providers.loading import silero
from app.voice.providers.speech import SpeechSource, speech_source
from app.voice.spoken import Incoming, SpokenCalls
from app.voice.warming import warm
from app.voice.worker.arrival import Ticket, from_phone
from app.voice.worker.holding import held
from app.voice.worker.refusing import refuse
from app.voice.worker.room_line import RoomLine

log = logging.getLogger(__name__)

CALLER_WITHIN = 30.0
"""Seconds in which the caller must be in the room; a phone is there before us."""

GOODBYE = signal.SIGUSR2
"""What a stopping program sends to the process of a call: say goodbye and end it."""


def prewarm(process: JobProcess) -> None:
    """Loads and builds what a call needs, before there is one. No caller waits for it."""
    signal.signal(GOODBYE, signal.SIG_IGN)  # by default it would end the process
    asyncio.run(_warm())
    redis = read(RedisSettings)
    publisher = RedisPublisher(redis.url.get_secret_value(), redis.timeout) if redis.url else None
    process.userdata["built"] = build(redis=redis, publish=publisher), publisher


async def _warm() -> None:
    await warm(model=read(LlmSettings).base_url is not None)
    await silero()
    first = next(iter(read(ProviderSettings).stt), "local")
    if first.split("/")[0] == "local":
        await local.prewarm()


async def entry(context: JobContext) -> None:
    """Carries the call of one room, then deletes the room, however the call came to its end."""
    async with AsyncExitStack() as stack:
        rt, publisher = context.proc.userdata["built"]
        if publisher is not None:
            stack.push_async_callback(publisher.close)
        stack.push_async_callback(rt.close)
        if not await stack.enter_async_context(held(rt.redis, context.job.room.sid, context.job.id)):
            log.info("another agent has this call")
            context.shutdown("another agent has this call")
            return
        rooms = Rooms(read(LiveKitSettings))
        stack.push_async_callback(rooms.aclose)
        speech = speech_source(rt)
        calls = SpokenCalls(rt, speech=speech)
        stack.push_async_callback(calls.close)
        await Job(context, rt, rooms, calls, speech).run()


@dataclass
class Job:
    """The call of one room in this process."""

    context: JobContext
    rt: Runtime
    rooms: Rooms
    calls: SpokenCalls
    speech: SpeechSource

    async def run(self) -> None:
        """Until the call is over and the room gone."""
        name = self.context.room.name
        try:
            await self.context.connect(auto_subscribe=AutoSubscribe.AUDIO_ONLY)
            ticket = Ticket.of(self.context.job.metadata)
            caller = await self._caller(ticket)
            if caller is None:
                log.warning("nobody came into the room within %d s", CALLER_WITHIN)
                return
            line = RoomLine(self.context.room, caller, Channel.WEB if ticket else Channel.PHONE, self.rooms)
            await self._carry(line, ticket, caller, name)
        finally:
            await self.rooms.delete(name)

    async def _carry(self, line: RoomLine, ticket: Ticket | None, caller: rtc.RemoteParticipant, room: str) -> None:
        incoming: Incoming | None = None
        try:
            incoming = ticket.incoming(room) if ticket else await from_phone(self.rt, caller.attributes, room)
            conversation = await self.calls.start(incoming, line)
        except Exception as error:  # noqa: BLE001  # the edge: whatever it was, the caller is told and the cause is kept
            await refuse(self.rt, self.speech, line, incoming, error)
            return
        log.info("call %s began", conversation.recorder.call_id)
        with _on_goodbye(conversation.close_down):
            await line.feed(conversation)
        log.info("call %s is over", conversation.recorder.call_id)

    async def _caller(self, ticket: Ticket | None) -> rtc.RemoteParticipant | None:
        kinds = rtc.ParticipantKind
        kind = kinds.PARTICIPANT_KIND_SIP if ticket is None else kinds.PARTICIPANT_KIND_STANDARD
        try:
            async with asyncio.timeout(CALLER_WITHIN):
                return await self.context.wait_for_participant(kind=kind)
        except (TimeoutError, RuntimeError):  # RuntimeError: the room was closed meanwhile
            return None


@contextmanager
def _on_goodbye(say: Callable[[], Coroutine[None, None, None]]) -> Iterator[None]:
    """Runs `say` once the program that holds this process wants to stop."""
    loop, saying = asyncio.get_running_loop(), set[asyncio.Task[None]]()
    loop.add_signal_handler(GOODBYE, lambda: saying.add(loop.create_task(say())))
    try:
        yield
    finally:
        loop.remove_signal_handler(GOODBYE)
        signal.signal(GOODBYE, signal.SIG_IGN)
