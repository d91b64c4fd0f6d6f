"""Small decisions of the agent program."""

from __future__ import annotations

import logging
from uuid import uuid4

import pytest

from app.calls.models import Channel, Direction
from app.embedded import probes
from app.telephony.rooms import dispatch_metadata
from app.voice.worker import program
from app.voice.worker.arrival import BadDispatch, Ticket, masked
from app.voice.worker.logs import FORMAT, Masked

pytestmark = pytest.mark.unit


def test_what_the_web_program_dispatches_is_what_the_agent_reads() -> None:
    company, bot, call, by = uuid4(), uuid4(), uuid4(), uuid4()
    facts = {"company": company, "bot": bot, "call": call, "version": 3, "by": by, "role": "editor"}
    ticket = Ticket.of(dispatch_metadata(**facts, channel="web"))
    assert ticket is not None
    incoming = ticket.incoming("web-room")
    assert (incoming.company_id, incoming.bot_id, incoming.call_id) == (company, bot, call)
    assert (incoming.direction, incoming.channel, incoming.version) == (Direction.TRIAL, Channel.WEB, 3)
    assert incoming.by is not None
    assert incoming.by.may("bots:try")


def test_a_phone_needs_no_ticket_and_nonsense_is_none() -> None:
    assert Ticket.of("") is None
    for nonsense in ("{", "[]", "{}", '{"company": 1, "bot": 2, "call": 3, "version": null, "by": 4, "role": "x"}'):
        with pytest.raises(BadDispatch):
            Ticket.of(nonsense)


@pytest.mark.parametrize(
    "said", ["room call_79161234567_ab12", "sip_+79161234567 left", "Phone 89161234567", "+79161234567"]
)
def test_logs_hold_no_phone_numbers(said: str) -> None:
    record = logging.LogRecord("livekit.agents", logging.INFO, __file__, 1, said, None, None)
    assert "9161234567" not in Masked(FORMAT).format(record)
    assert masked("+79161234567") == "+7…67"


def test_the_supervisor_looks_for_agents_where_they_say_that_they_live() -> None:
    assert probes.AGENT_BEATS == program.KEY
