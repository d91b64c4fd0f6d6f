"""Events that the engine does not make: what happened around it, in the same numbering."""

from __future__ import annotations

from dataclasses import replace

from app.db.base import Json
from app.scenario.state import Event, Step

MODEL_FAILED = "model_failed"
"""The language model's words were not used: {cause, model}. The script was spoken."""
LINE_LOST = "line_lost"
"""The caller did not hang up, the line broke: {cause}."""
PROVIDER_FAILED = "provider_failed"
"""What hears or speaks failed: {kind: "stt" or "tts", provider, cause, taken_over_by}; None: nobody was left."""

NOTES = frozenset({MODEL_FAILED, LINE_LOST, PROVIDER_FAILED})
"""Types of these events; replaying a call through the engine passes over them."""


def noted(step: Step, kind: str, data: Json, *, turn: int) -> Step:
    """`step` with one more event at its end, belonging to `turn`."""
    seq = step.state.event_seq + 1
    event = Event(seq=seq, type=kind, turn=turn, at=step.state.at, data=data)
    return replace(step, state=replace(step.state, event_seq=seq), events=(*step.events, event))
