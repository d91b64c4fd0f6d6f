"""One reply in the making: computed on a copy of the call's state, maybe twice, committed at most once."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import datetime

from app.calls.models import TurnKind, TurnRole
from app.calls.writing import Said
from app.db.base import Json
from app.scenario.state import CallState, Step
from app.voice.phrasing import Phrased


@dataclass(eq=False)
class Draft:
    """What the engine answers to `text` after `before`. Nothing of it counts until the caller's turn is confirmed."""

    text: str
    before: CallState
    step: Step
    phrasing: asyncio.Task[Phrased] | None
    """The model at work; None when the script is spoken."""
    fate: asyncio.Future[Draft] = field(default_factory=lambda: asyncio.get_running_loop().create_future())
    """Resolves when the turn is confirmed: to this draft, or to the one that took its place."""
    writing: asyncio.Future[str] | None = None
    """The commit under way or done; its result are the words to speak."""
    spoken: bool = False
    error: Exception | None = None
    """Why the turn could not be written; then nothing is said."""

    def confirm(self, final: Draft) -> None:
        """The caller's turn is over, and `final` answers it."""
        if final is not self:
            self.stop_phrasing()
        if not self.fate.done():
            self.fate.set_result(final)

    def drop(self) -> None:
        """Throws the work away: the caller went on speaking."""
        self.stop_phrasing()
        self.fate.cancel()

    def stop_phrasing(self) -> None:
        """Nobody will hear the model's words; where the turn counts, the script goes into the record."""
        if self.phrasing is not None:
            self.phrasing.cancel()


def turns_of(
    before: CallState | None, step: Step, heard: str | None, phrased: Phrased, *, kind: TurnKind, at: datetime
) -> list[Said]:
    """The turns a step adds: the caller's, when something was `heard` or pressed, and the agent's, when it speaks.

    `before` is None for the greeting.
    """
    plan, turns = step.plan, []
    if heard is not None and before is not None:
        turns.append(
            Said(
                seq=before.turn + 1,
                role=TurnRole.CALLER,
                kind=kind,
                text=heard,
                language=step.state.language,
                stage=before.stage,
                at=at,
            )
        )
    if plan.say:
        turns.append(
            Said(
                seq=plan.turn,
                role=TurnRole.AGENT,
                kind=TurnKind.SILENCE if kind is TurnKind.SILENCE else TurnKind.SPEECH,
                text=phrased.text,
                language=plan.language,
                stage=plan.stage,
                at=max(at, step.state.at),
                metrics=dict(phrased.seconds),
                why=_why(step, phrased),
            )
        )
    return turns


def _why(step: Step, phrased: Phrased) -> Json:
    why: Json = {"said_by": phrased.source, "asks": step.plan.asks.value}
    if step.plan.ask is not None:
        why["field"] = step.plan.ask
    if phrased.model is not None:
        why["model"] = phrased.model
    if phrased.problem is not None:
        why["refused"] = phrased.problem
    if phrased.source == "model":
        why["script"] = step.plan.say
    return why
