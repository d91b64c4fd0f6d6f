"""Folding what was heard in a stored call through the engine again."""

from __future__ import annotations

from app.calls.models import TurnKind, TurnRole
from app.calls.notes import NOTES, noted
from app.scenario.engine import ScenarioEngine
from app.scenario.state import CallStart, CallState, Event
from tests.support.records import Record


def replay(engine: ScenarioEngine, record: Record, start: CallStart) -> tuple[CallState, list[Event]]:
    """The state and the events that come of the stored turns. Notes, which are not the engine's, are taken over."""
    step = engine.start_call(start)
    events = list(step.events)
    for turn in record.turns[1:]:
        if turn.role is TurnRole.CALLER and turn.kind is TurnKind.SPEECH:
            step = engine.process_turn(step.state, turn.text, turn.at)
        elif turn.role is TurnRole.CALLER:
            step = engine.dtmf(step.state, turn.text, turn.at)
        elif turn.kind is TurnKind.SILENCE:
            step = engine.silence(step.state, turn.at)
        else:
            continue
        for note in record.events:
            if note.type in NOTES and note.turn_seq == step.plan.turn:
                step = noted(step, note.type, note.data, turn=note.turn_seq)
        events += step.events
    return step.state, events
