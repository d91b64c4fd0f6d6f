"""Where a call stands: the engine's state and the talk so far, which move on only together with the record."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime

from app.calls.models import TurnKind
from app.calls.notes import LINE_LOST, MODEL_FAILED, noted
from app.calls.recorder import Recorder
from app.calls.writing import Change, NewCall
from app.db.away import told
from app.db.base import Json
from app.errors import CallBusy, CallEnded
from app.scenario.engine import ScenarioEngine
from app.scenario.state import CallState, EndReason, Plan, Step
from app.voice.phrasing import REMEMBERED, Line, Phrased
from app.voice.turns import turns_of


class Course:
    """Of one call. Hold `moving` around reading the state and writing what follows from it.

    `moved` is called whenever the state is another; `will_say` with each turn of the bot before it is spoken.
    """

    def __init__(
        self,
        engine: ScenarioEngine,
        recorder: Recorder,
        clock: Callable[[], datetime],
        *,
        moved: Callable[[], None],
        will_say: Callable[[Plan, str], None],
    ) -> None:
        self.moving = asyncio.Lock()
        self.talk: list[Line] = []
        self.over = False
        """The call is not carried here any more."""
        self.unsure: tuple[int, str] | None = None
        """Number and words of the caller's last turn, when the database went away before it said that it has it."""
        self._engine = engine
        self._recorder = recorder
        self._clock = clock
        self._moved = moved
        self._will_say = will_say
        self._state: CallState | None = None

    @property
    def state(self) -> CallState:
        """The state after the last committed turn."""
        if self._state is None:
            raise RuntimeError("the conversation has not begun")
        return self._state

    @property
    def ending(self) -> bool:
        """Whether the bot's last words have been decided."""
        return self.state.ended is not None or self.state.transferring

    def check(self) -> None:
        """Raises CallEnded, or CallBusy when the call goes on elsewhere."""
        if self.state.ended is not None:
            raise CallEnded
        if self.over:
            raise CallBusy

    async def open(self, new: NewCall, step: Step, script: Phrased, at: datetime) -> None:
        """The record with the greeting. Raises TooManyCalls, ServiceUnavailable."""
        turns = turns_of(None, step, None, script, kind=TurnKind.SPEECH, at=at)
        with told():
            await self._recorder.open(new, Change(None, step, turns))
        self._advance(step, None, script)

    def resume(self, state: CallState, talk: Sequence[Line]) -> None:
        """Goes on where another process left off; `talk` are the last turns."""
        self._state, self.talk = state, list(talk[-REMEMBERED:])

    async def write(self, step: Step, phrased: Phrased, heard: str | None, kind: TurnKind) -> None:
        """One exchange; the caller of this holds `moving`. Raises CallEnded, CallBusy, a database error."""
        before = self.state
        if phrased.problem is not None:
            cause = {"cause": phrased.problem, "model": phrased.model}
            step = noted(step, MODEL_FAILED, cause, turn=step.plan.turn)
        turns = turns_of(before, step, heard, phrased, kind=kind, at=step.state.at)
        await self._recorder.step(Change(before, step, turns))
        self._advance(step, heard, phrased)

    async def note(self, kind: str, facts: Json) -> None:
        """Keeps what happened around the call with it."""
        async with self.moving:
            before = self.state
            if self.over or before.ended is not None:
                return
            plan = Plan(say="", language=before.language, stage=before.stage, turn=before.turn)
            step = noted(Step(before, plan, ()), kind, facts, turn=before.turn)
            await self._recorder.step(Change(before, step))
            self._move(step.state)

    async def cut_off(self, heard: str) -> None:
        """Only `heard` of the bot's last turn came out; the rest counts as not said."""
        async with self.moving:
            if not self.over:
                await self._cut_off(heard)

    async def add_last_words(self, words: str) -> None:
        """What the caller said before leaving; nobody heard the reply."""
        async with self.moving:
            if self.over or self.state.ended is not None:
                return
            step = self._engine.process_turn(self.state, words, self._clock())
            await self.write(step, Phrased(step.plan.say, "script"), words, TurnKind.SPEECH)
            if step.plan.say:
                await self._cut_off("")

    async def end(self, reason: EndReason, *, line: str | None) -> None:
        """Ends the record once, for the reason that the engine had, else for this one. `line`: what broke the line."""
        async with self.moving:
            if self.over:
                return
            before, at = self.state, self._clock()
            step = None if before.ended is not None else self._engine.end_call(before, reason, at)
            if step is not None and line is not None:
                step = noted(step, LINE_LOST, {"cause": line}, turn=step.state.turn)
            change = None if step is None else Change(before, step)
            await self._recorder.end(change, before.ended or reason, at=at)
            if step is not None:
                self._move(step.state)
            self.over = True

    async def _cut_off(self, heard: str) -> None:
        before = self.state
        step = self._engine.interrupted(before, heard, self._clock())
        await self._recorder.heard(Change(before, step), before.turn, heard)
        self._move(step.state)

    def _advance(self, step: Step, heard: str | None, phrased: Phrased) -> None:
        self._move(step.state)
        if heard:
            self.talk.append(Line("caller", heard))
        if step.plan.say:
            self.talk.append(Line("agent", phrased.text))
            self._will_say(step.plan, phrased.text)
        del self.talk[:-REMEMBERED]

    def _move(self, state: CallState) -> None:
        self._state, self.unsure = state, None
        self._moved()
