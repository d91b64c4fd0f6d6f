"""Talking with a bot from the browser: a ticket by the page's form, then a WebSocket that carries the call."""

from __future__ import annotations

import asyncio
import json
import secrets
from contextlib import suppress
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from litestar import Controller, WebSocket, post, websocket
from litestar.di import Provide
from litestar.exceptions import WebSocketDisconnect
from litestar.params import FromPath, URLEncodedBody

from app.bots import queries as bots
from app.calls.models import Channel, Direction
from app.db.lookups import SessionRow
from app.errors import OtklikError
from app.i18n import translate
from app.runtime import Runtime
from app.scenario.state import EndReason
from app.security.cookies import session_token
from app.settings import WebSettings, read
from app.tenants.models import Role
from app.tenants.signing_in import session_of
from app.ui.talks import Spoken, Talks, provide_spoken, rooms_of
from app.ui.tickets import KEPT, Ticket, issue, redeem
from app.ui.trial import WITH_TALKS, CallForm
from app.ui.visits import Here, Now, Rt, address_of
from app.voice.spoken import Incoming, SpokenCalls
from app.voice.wires import REFUSED, Closed, Gone

if TYPE_CHECKING:
    from app.telephony.rooms import Rooms
    from app.voice.sockets import SocketLine

FIRST_WORD = 10.0
"""Seconds in which the ticket must come."""
NOT_ALLOWED = 1008
FULL = 1013
FAULT = 1011
ABNORMAL = 1006
"""Codes of RFC 6455."""

WITH_SPOKEN = {"spoken": Provide(provide_spoken, sync_to_thread=False)}

Socket = WebSocket[Any, Any, Any]  # Any: Litestar's user, auth and state, none of which we use


class TalkTickets(Controller):
    """`/c/{slug}/bots/{bot}/talk`, asked by the page."""

    path = "/c/{slug:str}/bots/{bot:str}/talk"
    dependencies = WITH_TALKS

    @post("/", status_code=200)
    async def ticket(
        self, entry: Here, talks: Talks, bot: FromPath[str], data: URLEncodedBody[CallForm]
    ) -> dict[str, str]:
        """What the browser needs to begin a call; a typed one that was going on is hung up first.

        Raises Forbidden, NotFound, BotNotPublished.
        """
        entry.actor.need("bots:try")
        async with entry.db() as db:
            found = await bots.bot_by_slug(db, bot)
            await bots.published_config(db, found.id)
        if data.call is not None:
            await talks.hang_up(entry.company.id, data.call)
        ticket = Ticket(
            company_id=entry.company.id,
            bot_id=found.id,
            call_id=entry.rt.ids(),
            user_id=entry.visit.session.user_id,
            role=Role(entry.company.role),
            address=address_of(entry.request),
            language=entry.lang,
        )
        rooms = rooms_of(entry.request.app)
        if rooms is not None:
            return _room(rooms, ticket)
        text = await issue(entry.rt.redis, entry.visit.session.id, ticket)
        return {"transport": "socket", "call": str(ticket.call_id), "ticket": text}


def _room(rooms: Rooms, ticket: Ticket) -> dict[str, str]:
    """A room of its own for this one call, to which the bot is called as soon as the browser is there."""
    from app.telephony.rooms import dispatch_metadata  # noqa: PLC0415  # loaded with the rooms

    facts = dispatch_metadata(
        company=ticket.company_id,
        bot=ticket.bot_id,
        version=None,
        call=ticket.call_id,
        by=ticket.user_id,
        role=ticket.role.value,
    )
    name, identity = f"web_{secrets.token_urlsafe(12)}", f"person-{secrets.token_hex(8)}"
    token = rooms.token(name, identity, metadata=facts, ttl=timedelta(seconds=KEPT))
    return {"transport": "room", "call": str(ticket.call_id), "url": rooms.public_url, "token": token}


class TalkSockets(Controller):
    """The same address, as a WebSocket."""

    path = "/c/{slug:str}/bots/{bot:str}/talk"
    dependencies = WITH_SPOKEN

    @websocket("/")
    async def carry(self, socket: Socket, rt: Rt, now: Now, spoken: Spoken) -> None:
        """One call, from the ticket to the end. Other sites and strangers are not even accepted."""
        token = session_token(socket)
        session = await session_of(rt.db, token, ttl=read(WebSettings).session_ttl, at=now) if token else None
        if session is None or not _same_origin(socket, rt):
            await socket.close(NOT_ALLOWED)
            return
        await socket.accept()
        await spoken.warm()
        from app.voice import sockets  # noqa: PLC0415  # livekit, loaded by now

        wire = LitestarWire(socket)
        ticket = await _ticket(wire, rt, session)
        line = sockets.SocketLine(wire)
        if ticket is None:
            await line.refuse(NOT_ALLOWED, "no_ticket", translate(session.language or "ru", "ui.talk.no_ticket"))
            return
        await _carry(spoken, line, ticket)


class LitestarWire:
    """A WebSocket of Litestar as a line's wire."""

    def __init__(self, socket: Socket) -> None:
        self._socket = socket
        self._open = True

    async def send(self, message: bytes | str) -> None:
        if not self._open:
            raise Closed(ABNORMAL)
        try:
            if isinstance(message, bytes):
                await self._socket.send_bytes(message)
            else:
                await self._socket.send_text(message)
        except (WebSocketDisconnect, OSError) as error:  # uvicorn's word for "nobody is there" is an OSError
            self._open = False
            raise Closed(ABNORMAL) from error

    async def receive(self) -> bytes | str:
        try:
            event = await self._socket.receive()
        except WebSocketDisconnect as error:
            raise Closed(error.code) from error
        if event["type"] == "websocket.disconnect":
            self._open = False
            raise Closed(event["code"])
        if event["type"] != "websocket.receive":
            raise Closed(ABNORMAL)
        sound = event.get("bytes")  # servers give the one or the other
        return sound if sound is not None else event.get("text") or ""

    async def close(self, code: int, reason: str) -> None:
        if self._open:
            self._open = False
            with suppress(WebSocketDisconnect, OSError):
                await self._socket.close(code, reason)


def _same_origin(socket: Socket, rt: Runtime) -> bool:
    """Whether a page of ours opens the socket: browsers let any page do it, cookies included."""
    origin = socket.headers.get("origin", "")
    ours = {socket.headers.get("host", ""), urlsplit(rt.common.public_url or "").netloc} - {""}
    return urlsplit(origin).netloc in ours


async def _ticket(wire: LitestarWire, rt: Runtime, session: SessionRow) -> Ticket | None:
    """The ticket of the first message; None for anything else."""
    try:
        async with asyncio.timeout(FIRST_WORD):
            first = await wire.receive()
        said = json.loads(first) if isinstance(first, str) and len(first) <= 512 else None
    except (TimeoutError, Closed, ValueError):
        return None
    match said:
        case {"type": "start", "ticket": str(text)}:
            return await redeem(rt.redis, session.id, text)
        case _:
            return None


async def _carry(spoken: SpokenCalls, line: SocketLine, ticket: Ticket) -> None:
    """The call, until either side ends it."""
    listening = asyncio.create_task(line.listen(), name="a caller's socket")
    try:
        try:
            conversation = await spoken.start(_incoming(ticket), line)
        except OtklikError as error:
            code = FULL if error.status in (429, 503) else NOT_ALLOWED
            await line.refuse(code, error.code, error.text(ticket.language))
            return
        except Exception:
            await line.refuse(FAULT, "unexpected", translate(ticket.language, "ui.talk.failed"))
            raise
        over = asyncio.create_task(conversation.over_event.wait(), name="the end of a call")
        await asyncio.wait({listening, over}, return_when=asyncio.FIRST_COMPLETED)
        over.cancel()
        if conversation.over_event.is_set():
            return
        gone = await listening
        if gone is Gone.STOPPING:
            return  # the program ends, and closes its calls itself
        if gone is Gone.HUNG_UP:
            await conversation.caller_gone()
            return
        if gone in REFUSED:
            await line.refuse(REFUSED[gone], gone.value, translate(ticket.language, f"ui.talk.{gone.value}"))
        await conversation.caller_gone(EndReason.INTERRUPTED, cause=gone.value)
    finally:
        listening.cancel()
        await asyncio.gather(listening, return_exceptions=True)
        await line.hang_up()


def _incoming(ticket: Ticket) -> Incoming:
    return Incoming(
        company_id=ticket.company_id,
        bot_id=ticket.bot_id,
        direction=Direction.TRIAL,
        channel=Channel.WEB,
        by=ticket.actor,
        call_id=ticket.call_id,
    )
