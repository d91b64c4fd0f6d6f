"""The call's status as a machine, and how a reason reads as a status. Pure."""

from __future__ import annotations

from app.calls.models import CallStatus, EndedBy
from app.scenario.state import EndReason

_NEXT: dict[CallStatus, frozenset[CallStatus]] = {
    CallStatus.RUNNING: frozenset({CallStatus.ENDED, CallStatus.INTERRUPTED, CallStatus.FAILED}),
    CallStatus.ENDED: frozenset(),
    CallStatus.INTERRUPTED: frozenset(),
    CallStatus.FAILED: frozenset(),
}

MAX_UTTERANCE = 10_000
"""Characters of one utterance that are kept and understood; what is longer is cut there."""


def may_become(status: CallStatus, wanted: CallStatus) -> bool:
    """A running call ends once; an ended one never changes."""
    return wanted in _NEXT[status]


def status_after(reason: EndReason) -> CallStatus:
    """The status of a call that ended for this reason."""
    if reason is EndReason.INTERRUPTED:
        return CallStatus.INTERRUPTED
    return CallStatus.FAILED if reason is EndReason.FAILED else CallStatus.ENDED


def ended_by(reason: EndReason) -> EndedBy:
    """Which side ended it."""
    if reason is EndReason.CALLER:
        return EndedBy.CALLER
    return EndedBy.SYSTEM if reason in (EndReason.INTERRUPTED, EndReason.FAILED) else EndedBy.BOT


def clean_utterance(text: str) -> str:
    """What can be stored and understood of a caller's words: at most MAX_UTTERANCE characters, without NUL bytes and
    broken surrogates, which PostgreSQL refuses, and without space around."""
    kept = text[:MAX_UTTERANCE].replace("\x00", "")
    return kept.encode("utf-8", "replace").decode("utf-8").strip()
