"""One reply in the making: computed on a copy of the call's state, maybe twice, committed at most once."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from livekit.agents.llm import MetricsReport

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
    fillers: int = 0
    """Words said before the reply because it was late."""
    waited: MetricsReport | None = None
    """What livekit measured of the caller's turn."""
    phrased: Mapping[str, float] = field(default_factory=dict)
    """What was measured of the model."""
    turn: int = 0
    """Number of the reply's turn, once it is written."""
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


class Drafts:
    """The replies in the making of one call; at most one of them answers the caller's next turn."""

    def __init__(self, make: Callable[[str], Draft]) -> None:
        self._make = make
        self._at_hand: Draft | None = None
        self.confirmed: Draft | None = None
        """The one whose turn was confirmed last."""

    def confirm(self, words: str, state: CallState) -> Draft:
        """The caller's turn is over, with these words, after `state`: the draft that answers it."""
        earlier, draft = self._at_hand, self._of(words, state)
        self.confirmed = draft
        draft.confirm(draft)
        if earlier is not None:
            earlier.confirm(draft)
        return draft

    async def answer(self, words: str, state: CallState) -> Draft:
        """The draft that answers these words, as soon as they are a turn. Cancelled when they never become one."""
        confirmed = self.confirmed
        if confirmed is not None and confirmed.text == words and not confirmed.spoken:
            return confirmed
        earlier, draft = self._at_hand, self._of(words, state)
        if earlier is not None and earlier is not draft:
            earlier.drop()
        return await draft.fate

    def moved_on(self) -> None:
        """The call is a turn further: what was computed before it is out of date."""
        self._at_hand = None

    def forget(self) -> None:
        """The last turn was not written; the same words may be said again."""
        self._at_hand = self.confirmed = None

    def _of(self, words: str, state: CallState) -> Draft:
        at_hand = self._at_hand
        if at_hand is None or at_hand.text != words or at_hand.before is not state:
            self._at_hand = at_hand = self._make(words)
        return at_hand


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
