"""One call: the scenario engine inside a livekit-agents session, over any transport.

Each turn goes the same way: the caller's words, the engine on a copy of the state, the model if one phrases, one
transaction with everything that changed, then the reply. What the pipeline computes early and throws away leaves no
trace; what the plan orders (hanging up, transferring) happens after its words were heard out.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from datetime import datetime

from livekit.agents import AgentSession, SpeechCreatedEvent, llm
from livekit.agents.voice import SpeechHandle

from app.calls.models import Channel, TurnKind
from app.calls.notes import LINE_LOST, MODEL_FAILED, noted
from app.calls.recorder import Recorder
from app.calls.rules import clean_utterance
from app.calls.writing import Change, NewCall
from app.db.away import AWAY
from app.errors import CallBusy, CallEnded, OtklikError
from app.scenario.compiled import CompiledScenario
from app.scenario.engine import ScenarioEngine
from app.scenario.state import CallStart, CallState, EndReason, Step
from app.voice.agent import ScenarioAgent
from app.voice.phrasing import REMEMBERED, Line, Phrased, Phraser
from app.voice.timers import Timers
from app.voice.transport import Transport
from app.voice.turns import Draft, Drafts, turns_of

log = logging.getLogger(__name__)


class Conversation:
    """A running call in this process. `begin` or `resume` it once, then let the transport feed it.

    `on_over` is called once, when the conversation is no longer carried here: the call ended, or was taken over.
    """

    def __init__(
        self,
        scenario: CompiledScenario,
        recorder: Recorder,
        phraser: Phraser,
        transport: Transport,
        clock: Callable[[], datetime],
        *,
        on_over: Callable[[Conversation], None] = lambda _: None,
    ) -> None:
        self.recorder = recorder
        self._scenario = scenario
        self._engine = ScenarioEngine(scenario)
        self._phraser = phraser
        self._transport = transport
        self._clock = clock
        self._on_over = on_over
        self._state: CallState | None = None
        self._talk: list[Line] = []
        self._drafts = Drafts(self._draft)
        self._session: AgentSession[None] | None = None
        self._floor = asyncio.Lock()  # one exchange at a time: typed turns, silence prompts, the end
        self._moving = asyncio.Lock()  # one change of the state at a time
        self._aftermath: asyncio.Future[None] | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._timers = Timers(
            nobody_speaks=lambda: self._spawn(self._nobody_speaks()),
            out_of_time=lambda: self._spawn(self._out_of_time()),
        )
        self.over = False
        """The call is not carried here any more."""
        self.over_event = asyncio.Event()
        """Set when `over` is true and the line is given back."""
        self.unsure: tuple[int, str] | None = None
        """Number and words of the caller's last turn, when the database went away before it said that it has it."""

    @property
    def state(self) -> CallState:
        """The state after the last committed turn."""
        if self._state is None:
            raise RuntimeError("the conversation has not begun")
        return self._state

    # Beginning

    async def begin(self, new: NewCall, start: CallStart) -> None:
        """Opens the call's record and speaks the greeting."""
        step = self._engine.start_call(start)
        script = Phrased(step.plan.say, "script")
        turns = turns_of(None, step, None, script, kind=TurnKind.SPEECH, at=start.at)
        await self.recorder.open(new, Change(None, step, turns))
        self._advance(step, None, script)
        await self._open()
        if self._transport.channel is Channel.TEXT:
            await self._speak(script.text)
        else:
            self._spawn(self._speak(script.text))

    async def resume(self, state: CallState, talk: Sequence[Line]) -> None:
        """Goes on where another process left off; `talk` are the last turns."""
        self._state, self._talk = state, list(talk[-REMEMBERED:])
        await self._open()
        await self._settle()

    async def _open(self) -> None:
        self._session = self._transport.session()
        self._session.on("speech_created", self._on_speech)
        await self._transport.start(self._session, ScenarioAgent(self))
        self._timers.limit(self.state.started_at + self._scenario.scenario.limits.duration - self._clock())

    # What transports do

    async def hear(self, text: str) -> None:
        """One typed turn of the caller; empty text is silence. Returns when the reply is out.

        Raises CallEnded; CallBusy when another process has the call; a database error when the turn could not be
        written: then nothing has changed and the same words can be said again.
        """
        words = clean_utterance(text)
        if words:
            await self._take_floor(lambda: self._exchange(words))
        else:
            await self._take_floor(lambda: self._act(self._engine.silence, kind=TurnKind.SILENCE))

    async def press(self, digits: str) -> None:
        """Keys pressed on the phone. Raises like `hear`."""
        await self._take_floor(
            lambda: self._act(lambda state, at: self._engine.dtmf(state, digits, at), kind=TurnKind.DTMF, heard=digits)
        )

    async def interrupt(self) -> None:
        """Stops what is being said; the record keeps what was heard."""
        await self._live().interrupt()

    async def hang_up(self) -> None:
        """The caller is gone. Does nothing when the call has ended."""
        await self._take_floor(lambda: self._finish(EndReason.CALLER))

    async def caller_gone(self, reason: EndReason = EndReason.CALLER, *, cause: str | None = None) -> None:
        """The caller has left the line, for `reason`; `cause` names what was wrong with the line, when it was.

        Does nothing when the call has ended.
        """
        await self._take_floor(lambda: self._finish(reason, line=cause))

    async def close_down(self) -> None:
        """This process stops: says that the call cannot go on, and ends it. Returns when it is over."""
        await self._out_of_time()

    async def let_go(self) -> None:
        """Stops carrying the call after the exchange under way and leaves its record as it is: another process has
        it, or will take it."""
        async with self._floor:
            await self._shut()

    # What the agent calls, inside livekit's pipeline

    async def confirm(self, text: str) -> None:
        """The caller's turn is over, with these words: the reply in the making may count."""
        self._drafts.confirm(clean_utterance(text), self.state)

    async def reply_to(self, text: str) -> AsyncIterator[str]:
        """The reply to `text`, once its turn is confirmed and written. A failure is kept in the draft, nothing said."""
        draft = await self._drafts.answer(clean_utterance(text), self.state)
        if draft.writing is None:
            draft.writing = asyncio.ensure_future(self._commit(draft))
        try:
            # Shielded: a caller who speaks over the first word must not undo what the record is about to say.
            words = await asyncio.shield(draft.writing)
        except asyncio.CancelledError:
            draft.stop_phrasing()
            raise
        if words and not draft.spoken:
            draft.spoken = True
            yield words

    def _draft(self, words: str) -> Draft:
        step = self._engine.process_turn(self.state, words, self._clock())
        phrasing = asyncio.ensure_future(self._phrase(step, words)) if self._phraser.wants(step.plan) else None
        return Draft(words, self.state, step, phrasing)

    async def _phrase(self, step: Step, text: str) -> Phrased:
        return await self._phraser.phrase(step.plan, [*self._talk, Line("caller", text)])

    async def _commit(self, draft: Draft) -> str:
        """Writes a confirmed turn and moves the call on; returns the words to speak, none when writing failed."""
        step, phrased = draft.step, Phrased(draft.step.plan.say, "script")
        try:
            if draft.phrasing is not None:
                await asyncio.wait([draft.phrasing])
                phrased = phrased if draft.phrasing.cancelled() else draft.phrasing.result()
            if self._aftermath is not None:
                await asyncio.wait([self._aftermath])  # what was cut off belongs before this turn
            async with self._moving:
                if draft.before is not self.state:  # the bot was cut off meanwhile: what it did not say counts
                    step = self._engine.process_turn(self.state, draft.text, self._clock())
                    if step.plan.say != draft.step.plan.say:
                        phrased = Phrased(step.plan.say, "script")
                await self._write(step, phrased, draft.text, TurnKind.SPEECH)
        except Exception as error:  # noqa: BLE001  # the edge to livekit, which would log the caller's words
            self._log(error, "a turn was not written")
            draft.error = error
            if isinstance(error, AWAY):
                self.unsure = (self.state.turn + 1, draft.text)
            self._drafts.forget()
            return ""
        return phrased.text

    # Turns

    async def _take_floor(self, exchange: Callable[[], Coroutine[None, None, None]]) -> None:
        """Runs one exchange after those before it, to its end even when nobody waits for it any more."""
        self._timers.rest()

        async def run() -> None:
            async with self._floor:
                try:
                    await exchange()
                finally:
                    self._watch()

        await asyncio.shield(self._keep(run()))

    def _check(self) -> None:
        """Raises CallEnded, or CallBusy when the call goes on elsewhere."""
        if self.state.ended is not None:
            raise CallEnded
        if self.over:
            raise CallBusy

    async def _exchange(self, text: str) -> None:
        self._check()
        draft = self._drafts.confirm(text, self.state)
        _ = await self._live().run(user_input=text)
        if draft.error is not None:
            raise draft.error
        await self._settle()

    async def _act(
        self, engine: Callable[[CallState, datetime], Step], *, kind: TurnKind, heard: str | None = None
    ) -> None:
        """An exchange that is no speech of the caller's: the engine's step, written, then spoken."""
        async with self._moving:
            self._check()
            step = engine(self.state, self._clock())
            script = Phrased(step.plan.say, "script")
            await self._write(step, script, heard, kind)
        await self._speak(script.text)

    async def _write(self, step: Step, phrased: Phrased, heard: str | None, kind: TurnKind) -> None:
        before = self.state
        if phrased.problem is not None:
            cause = {"cause": phrased.problem, "model": phrased.model}
            step = noted(step, MODEL_FAILED, cause, turn=step.plan.turn)
        at = step.state.at
        turns = turns_of(before, step, heard, phrased, kind=kind, at=at)
        await self.recorder.step(Change(before, step, turns))
        self._advance(step, heard, phrased)

    def _advance(self, step: Step, heard: str | None, phrased: Phrased) -> None:
        self._move(step.state)
        if heard:
            self._talk.append(Line("caller", heard))
        if step.plan.say:
            self._talk.append(Line("agent", phrased.text))
        del self._talk[:-REMEMBERED]

    def _move(self, state: CallState) -> None:
        self._state, self.unsure = state, None
        self._drafts.moved_on()

    async def _speak(self, text: str) -> None:
        if text:
            _ = await self._live().say(text)
        await self._settle()

    def _on_speech(self, event: SpeechCreatedEvent) -> None:
        event.speech_handle.add_done_callback(self._speech_over)

    def _speech_over(self, handle: SpeechHandle) -> None:
        if handle.scheduled:  # otherwise computed early and thrown away: it was never to be heard
            self._aftermath = asyncio.ensure_future(self._after(handle, self._drafts.confirmed))
            self._spawn(_result_of(self._aftermath))

    async def _after(self, handle: SpeechHandle, draft: Draft | None) -> None:
        """What follows when a speech, the reply of `draft` or one of ours, was played out or cut off."""
        if not handle.interrupted:
            await self._settle()
            return
        heard = "".join(
            item.text_content or ""
            for item in handle.chat_items
            if isinstance(item, llm.ChatMessage) and item.role == "assistant"
        )
        if draft is not None and draft.writing is not None:
            await asyncio.wait([draft.writing])
        async with self._moving:
            if self.over:
                return
            before, at = self.state, self._clock()
            step = self._engine.interrupted(before, heard, at)
            await self.recorder.heard(Change(before, step), before.turn, heard)
            self._move(step.state)
        if self.state.ended is not None or self.state.transferring:
            await self._settle()  # the engine has no way back from its last words, heard out or not

    # Ending

    async def _settle(self) -> None:
        """Does what the last plan ordered, now that its words are out."""
        if self.over:
            return
        if self.state.ended is not None:
            await self._finish(self.state.ended)
        elif self.state.transferring:
            # Without telephony there is nobody to be put through to: the talk ends as it would for the caller.
            await self._finish(EndReason.TRANSFER)
        else:
            self._watch()

    async def _finish(self, reason: EndReason, *, line: str | None = None) -> None:
        async with self._moving:
            if self.over:
                return
            before, at = self.state, self._clock()
            step = None if before.ended is not None else self._engine.end_call(before, reason, at)
            if step is not None and line is not None:
                step = noted(step, LINE_LOST, {"cause": line}, turn=step.state.turn)
            change = None if step is None else Change(before, step)
            await self.recorder.end(change, before.ended or reason, at=at)
            if step is not None:
                self._move(step.state)
            self.over = True
        await self._shut()

    async def _shut(self) -> None:
        self.over = True
        self._timers.stop()
        session, self._session = self._session, None
        if session is not None:
            await session.aclose()
            await self._transport.hang_up()
            self._on_over(self)
        self.over_event.set()

    # Clocks

    def _watch(self) -> None:
        """Starts to wait for the caller: nobody speaks now."""
        if not self.over and self.state.ended is None:
            self._timers.wait_for_caller(self._transport.silence or self._scenario.scenario.silence.after)

    async def _nobody_speaks(self) -> None:
        turn = self.state.turn
        async with self._floor:
            if not self.over and self.state.turn == turn:  # otherwise somebody spoke while we waited for the floor
                await self._act(self._engine.silence, kind=TurnKind.SILENCE)

    async def _out_of_time(self) -> None:
        async with self._floor:
            if not self.over and self.state.ended is None:
                await self._act(self._engine.time_up, kind=TurnKind.SPEECH)

    def _live(self) -> AgentSession[None]:
        if self._session is None:
            raise CallBusy
        return self._session

    def _spawn(self, work: Coroutine[None, None, None]) -> None:
        _ = self._keep(self._guarded(work))

    def _keep(self, work: Coroutine[None, None, None]) -> asyncio.Task[None]:
        """A task that is held until its end, and whose failure counts as seen: whoever waits for it gets it."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        task.add_done_callback(lambda done: None if done.cancelled() else done.exception())
        return task

    async def _guarded(self, work: Coroutine[None, None, None]) -> None:
        """Runs what no caller waits for. A call that another process took is let go; after any other failure the
        caller is waited for again."""
        try:
            await work
        except (CallBusy, CallEnded):
            await self.let_go()
        except Exception as error:  # noqa: BLE001  # the edge: nobody above would see it
            self._log(error, "a step that nobody waits for failed")
            self._watch()

    def _log(self, error: Exception, what: str) -> None:
        """A server that is away is one line; anything else is a fault of ours, with its place."""
        expected = isinstance(error, (OtklikError, *AWAY))
        log.warning(
            "call %s: %s: %s", self.recorder.call_id, what, type(error).__name__, exc_info=None if expected else error
        )


async def _result_of(work: asyncio.Future[None]) -> None:
    await work
