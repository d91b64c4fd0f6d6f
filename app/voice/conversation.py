"""One call: the scenario engine inside a livekit-agents session, over any transport.

Each turn goes the same way: the caller's words, the engine on a copy of the state, the model if one phrases, one
transaction with everything that changed, then the reply. What the pipeline computes early and throws away leaves no
trace; what the plan orders (hanging up, transferring) happens after its words were heard out.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from contextlib import AsyncExitStack, suppress
from datetime import datetime, timedelta

from livekit.agents import CloseEvent, CloseReason, FlushSentinel, llm
from livekit.agents.voice import SpeechHandle

from app.calls.models import Channel, TurnKind
from app.calls.notes import PROVIDER_FAILED
from app.calls.recorder import Recorder
from app.calls.rules import clean_utterance
from app.calls.writing import NewCall
from app.db.away import AWAY
from app.errors import CallBusy, CallEnded, OtklikError
from app.scenario.compiled import CompiledScenario
from app.scenario.engine import ScenarioEngine
from app.scenario.speech import wording
from app.scenario.state import Ask, CallStart, CallState, EndReason, Plan, Step
from app.voice.agent import ScenarioAgent
from app.voice.backchannel import answering_machine
from app.voice.course import Course
from app.voice.ears import Ears
from app.voice.failures import Failures
from app.voice.keys import Keys
from app.voice.listening import Listening
from app.voice.measuring import spoken, waterfall
from app.voice.phrasing import Line, Phrased, Phraser
from app.voice.played import Heard, Played
from app.voice.speaking import Speaking, longest
from app.voice.tasks import Tasks
from app.voice.timers import Alarms, Timers
from app.voice.transport import Transport
from app.voice.turns import Draft, Drafts

log = logging.getLogger(__name__)

LAST_WORDS = 2.0
"""Seconds in which the recogniser may still give what a caller said before hanging up."""
CLOSING = 10.0
"""Seconds that a session may take to close."""
LEAVES = 0.1
"""Seconds until a sound that was not played is a failure of the voice: a line that breaks takes no more either, and
says so a moment later."""
MACHINES = 2
"""Turns at the beginning of a call in which an answering machine is looked for."""
_YES_OR_NO = frozenset({Ask.CONFIRM, Ask.OFFER, Ask.SKIP, Ask.OPEN})
"""What is asked when a murmur may be a yes."""
_ONE_KEY = frozenset({Ask.CONFIRM, Ask.OFFER, Ask.SKIP})
"""What is asked when a single 1 or 2 is an answer."""


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
        self._sound = transport.sound
        self._clock = clock
        self._on_over = on_over
        self._drafts = Drafts(self._draft)
        self._course = Course(self._engine, recorder, clock, moved=self._drafts.moved_on, will_say=self._will_say)
        self._speaking = Speaking(self._speech_over, Played(self._sound.mouth) if self._sound else None)
        self._floor = asyncio.Lock()  # one exchange at a time: typed turns, silence prompts, the end
        self._aftermath: asyncio.Future[None] | None = None
        self._tasks = Tasks(self._guarded)
        self._timers = Timers(
            Alarms(
                nobody_speaks=lambda: self._tasks.spawn(self._nobody_speaks()),
                out_of_time=lambda: self._tasks.spawn(self._out_of_time()),
                time_is_short=lambda: self._tasks.spawn(self._time_is_short()),
                turn_hangs=lambda: self._tasks.spawn(self._turn_hangs()),
                words_hang=lambda: self._tasks.spawn(self._words_hang()),
            ),
            patience=self._sound.voice.patience if self._sound else timedelta(),
            guesses=self._sound is None or self._sound.speech.stt.capabilities.interim_results,
        )
        self._ears = Ears(
            language=lambda: self.state.language,
            floor=lambda: self._listening is not None and self._listening.bot_has_floor,
            asked=lambda: self.state.pending.kind in _YES_OR_NO,
        )
        self._listening: Listening | None = None
        self._keys = Keys(lambda pressed: self._tasks.spawn(self._pressed(pressed)))
        self._failures = Failures(
            note=lambda facts: self._tasks.spawn(self._course.note(PROVIDER_FAILED, facts)),
            deaf=lambda: self._tasks.spawn(self._break_down()),
        )
        self._leaving = False  # the caller is gone
        self.over_event = asyncio.Event()
        """Set when `over` is true and the line is given back."""

    @property
    def state(self) -> CallState:
        """The state after the last committed turn."""
        return self._course.state

    @property
    def over(self) -> bool:
        """The call is not carried here any more."""
        return self._course.over

    @property
    def unsure(self) -> tuple[int, str] | None:
        """Number and words of the caller's last turn, when the database went away before it said that it has it."""
        return self._course.unsure

    # Beginning

    async def begin(self, new: NewCall, start: CallStart) -> None:
        """Opens the call's record and speaks the greeting. A spoken one is only begun when this returns.

        Raises TooManyCalls, ServiceUnavailable; whatever the line raises, then the call has failed.
        """
        step = self._engine.start_call(start)
        script = Phrased(self._notice(step) + step.plan.say, "script")
        await self._course.open(new, step, script, start.at)
        try:
            await self._open()
        except BaseException:
            await self._finish(EndReason.FAILED)
            raise
        if self._transport.channel is Channel.TEXT:
            await self._speak(script.text)
        else:
            self._tasks.spawn(self._speak(script.text))

    async def resume(self, state: CallState, talk: Sequence[Line]) -> None:
        """Goes on where another process left off; `talk` are the last turns."""
        self._course.resume(state, talk)
        await self._open()
        await self._settle()

    def _notice(self, step: Step) -> str:
        """What a caller who is recorded hears first."""
        if self._sound is None or self._sound.tape is None:
            return ""
        own = self._sound.voice.notice.strip()
        return f"{own or wording(self._scenario, step.plan.language, 'recorded')} "

    async def _open(self) -> None:
        sound = self._sound
        session = self._transport.session(lambda: (self._scenario, self.state))
        self._speaking.use(session)
        session.on("close", self._on_close)
        if sound is None:
            await self._transport.start(session, ScenarioAgent(self))
        else:
            session.on("error", self._failures.session_error)
            sound.speech.watchers.append(self._failures.provider_failed)
            self._listening = Listening(
                session,
                self._timers,
                caller_speaks=sound.speech.caller_speaks,
                not_heard=lambda: self._tasks.spawn(self._not_heard()),
            )
            await self._transport.start(session, ScenarioAgent(self, ears=self._ears, mouth=sound.mouth))
            if sound.tape is not None:
                await sound.tape.start(session, self._clock())
            self._speaking.follow_line()
        left = self.state.started_at + self._scenario.scenario.limits.duration - self._clock()
        self._timers.limit(left, warn=sound is not None)

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
        """Keys pressed on the phone, one by one when there is sound: then they count once the number is complete.
        Raises like `hear`."""
        if self._sound is None:
            await self._pressed(digits)
            return
        if self._course.ending:
            return  # nothing is asked any more, and the goodbye is heard out
        self._timers.rest()
        await self._speaking.stop()
        enough = self.state.pending.kind in _ONE_KEY and digits in ("1", "2")
        if (whole := self._keys.press(digits, one_is_enough=enough)) is not None:
            await self._pressed(whole)

    async def interrupt(self) -> None:
        """Stops what is being said; the record keeps what was heard."""
        await self._speaking.session.interrupt()

    async def hang_up(self) -> None:
        """The caller is gone. Does nothing when the call has ended."""
        await self._take_floor(lambda: self._finish(EndReason.CALLER))

    async def caller_gone(self, reason: EndReason = EndReason.CALLER, *, cause: str | None = None) -> None:
        """The caller has left the line, for `reason`; `cause` names what was wrong with the line, when it was.

        What was said last is still understood. Does nothing when the call has ended.
        """
        self._leaving = True
        self._timers.rest()
        await self._speaking.stop()  # play-out takes its time, and nobody listens
        await self._take_floor(lambda: self._leave(reason, cause))

    async def close_down(self) -> None:
        """This process stops: says that the call cannot go on, and ends it. Returns when it is over."""
        await self._out_of_time()
        await self.over_event.wait()

    async def let_go(self) -> None:
        """Stops carrying the call after the exchange under way and leaves its record as it is: another process has
        it, or will take it."""
        async with self._floor:
            await self._shut()

    # What the agent calls, inside livekit's pipeline

    async def confirm(self, text: str, waited: llm.MetricsReport | None = None) -> None:
        """The caller's turn is over, with these words: the reply in the making may count."""
        self._timers.turn_over()
        draft = self._drafts.confirm(clean_utterance(text), self.state)
        draft.waited = waited

    async def reply_to(self, text: str) -> AsyncIterator[str | FlushSentinel]:
        """The reply to `text`, once its turn is confirmed and written. A failure is kept in the draft, nothing said."""
        draft = await self._drafts.answer(clean_utterance(text), self.state)
        if draft.writing is None:
            draft.writing = asyncio.ensure_future(self._commit(draft))
        try:
            if await self._late(draft) and not draft.fillers:
                draft.fillers = 1
                yield wording(self._scenario, self.state.language, "filler")
                yield FlushSentinel()
            # Shielded: a caller who speaks over the first word must not undo what the record is about to say.
            words = await asyncio.shield(draft.writing)
        except asyncio.CancelledError:
            draft.stop_phrasing()
            raise
        if words and not draft.spoken:
            draft.spoken = True
            yield words

    async def _late(self, draft: Draft) -> bool:
        """Whether the reply takes longer than a caller should wait without a sound."""
        if self._sound is None or self._sound.voice.filler is None or draft.writing is None:
            return False
        passed = (draft.waited or {}).get("end_of_turn_delay", 0.0)
        await asyncio.wait([draft.writing], timeout=max(self._sound.voice.filler.total_seconds() - passed, 0.0))
        return not draft.writing.done()

    def _draft(self, words: str) -> Draft:
        step = self._step_after(words)
        phrasing = asyncio.ensure_future(self._phrase(step, words)) if self._phraser.wants(step.plan) else None
        return Draft(words, self.state, step, phrasing)

    def _step_after(self, words: str) -> Step:
        state, at = self.state, self._clock()
        if self._is_machine(state, words):
            return self._engine.met_machine(state, words, at)
        return self._engine.process_turn(state, words, at)

    def _is_machine(self, state: CallState, words: str) -> bool:
        """Whether a voicemail has answered: only phones have one, and it speaks first."""
        if self._sound is None or self._sound.voice.voicemail != "hang_up":
            return False
        first = self._transport.channel is Channel.PHONE and state.caller_turns < MACHINES
        return first and answering_machine(words, state.language)

    async def _phrase(self, step: Step, text: str) -> Phrased:
        return await self._phraser.phrase(step.plan, [*self._course.talk, Line("caller", text)])

    async def _commit(self, draft: Draft) -> str:
        """Writes a confirmed turn and moves the call on; returns the words to speak, none when writing failed."""
        step, phrased = draft.step, Phrased(draft.step.plan.say, "script")
        try:
            if draft.phrasing is not None:
                await asyncio.wait([draft.phrasing])
                phrased = phrased if draft.phrasing.cancelled() else draft.phrasing.result()
            if self._aftermath is not None:
                await asyncio.wait([self._aftermath])  # what was cut off belongs before this turn
            async with self._course.moving:
                self._course.check()
                if draft.before is not self.state:  # the bot was cut off meanwhile: what it did not say counts
                    step = self._step_after(draft.text)
                    if step.plan.say != draft.step.plan.say:
                        phrased = Phrased(step.plan.say, "script")
                await self._course.write(step, phrased, draft.text, TurnKind.SPEECH)
                draft.turn, draft.phrased = step.plan.turn, phrased.seconds
        except Exception as error:  # noqa: BLE001  # the edge to livekit, which would log the caller's words
            self._log(error, "a turn was not written")
            draft.error = error
            if isinstance(error, AWAY):
                self._course.unsure = (self.state.turn + 1, draft.text)
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

        await asyncio.shield(self._tasks.keep(run()))

    async def _exchange(self, text: str) -> None:
        self._course.check()
        draft = self._drafts.confirm(text, self.state)
        _ = await self._speaking.session.run(user_input=text)
        if draft.error is not None:
            raise draft.error
        await self._settle()

    async def _pressed(self, digits: str) -> None:
        await self._take_floor(
            lambda: self._act(lambda state, at: self._engine.dtmf(state, digits, at), kind=TurnKind.DTMF, heard=digits)
        )

    async def _act(
        self,
        engine: Callable[[CallState, datetime], Step],
        *,
        kind: TurnKind,
        heard: str | None = None,
        still: Callable[[], bool] = lambda: True,
    ) -> None:
        """An exchange that is no speech of the caller's: the engine's step, written, then spoken. Nothing happens
        unless it is `still` wanted."""
        async with self._course.moving:
            if not still():
                return
            self._course.check()
            step = engine(self.state, self._clock())
            script = Phrased(step.plan.say, "script")
            await self._course.write(step, script, heard, kind)
        await self._speak(script.text)

    # Speaking

    def _will_say(self, plan: Plan, text: str) -> None:
        """The bot's next turn is written, and about to be spoken."""
        if self._sound is None:
            return
        self._sound.mouth.language = plan.language
        self._timers.speaks(longest(text))
        if self._course.ending:
            self._timers.last_words(2 * longest(text))  # a speech may come before

    async def _speak(self, text: str) -> None:
        """Says what the record holds already. What follows is done when it was heard, see `_after`."""
        if text:
            await self._speaking.say(text)
        if self._sound is None or not text:
            await self._settle()

    async def _say_beside(self, text: str) -> bool:
        """Says something that is no turn; whether any of it was heard."""
        heard = await self._speaking.say_beside(text)
        self._failures.take_voice_broke()
        return heard

    def _speech_over(self, handle: SpeechHandle, reply: bool, heard_after: Callable[[int], Heard]) -> None:
        draft = self._drafts.confirmed if reply else None
        heard = heard_after(draft.fillers if draft else 0)
        complete = heard.sounded and not self._failures.take_voice_broke()
        self._timers.said()
        lost = self._sound is not None and not complete and not handle.interrupted
        self._aftermath = asyncio.ensure_future(self._after(handle, draft, heard, lost))
        self._tasks.spawn(_result_of(self._aftermath))

    async def _after(self, handle: SpeechHandle, draft: Draft | None, heard: Heard, lost: bool) -> None:
        """What follows when a speech, the reply of `draft` or one of ours, was played out, cut off, or `lost` because
        the voice failed."""
        if draft is not None and draft.error is not None:
            lost = self._sound is not None  # there is no turn of it
        elif lost or handle.interrupted:
            if draft is not None and draft.writing is not None:
                await asyncio.wait([draft.writing])
            await self._course.cut_off(heard.words)
        if lost:
            await asyncio.sleep(LEAVES)
            if not self._leaving:  # else it was the line that took no more sound
                await self._unanswered()
        elif not handle.interrupted:
            self._failures.answered()
            self._ears.floor_is_free()
            await self._settle()
        elif self._course.ending:
            await self._settle()  # the engine has no way back from its last words, heard out or not
        elif self._sound is not None and (draft is None or draft is self._drafts.confirmed):
            self._watch()  # whoever stopped the bot may say nothing more
        await self._measure(handle, draft)

    async def _measure(self, handle: SpeechHandle, draft: Draft | None) -> None:
        """Keeps what the caller's waiting for a reply was made of."""
        if self._sound is None or draft is None or not draft.turn:
            return
        reports = [item.metrics for item in handle.chat_items if isinstance(item, llm.ChatMessage)]
        parts = {
            draft.turn - 1: spoken(draft.waited),
            draft.turn: {**draft.phrased, **waterfall(draft.waited, reports[0] if reports else None)},
        }
        await self.recorder.measured(parts)

    # Failing

    async def _unanswered(self) -> None:
        """The caller waits for words that could not be said, or were not written: sorry, and once too often the end."""
        if self.over:
            return
        if self.state.ended is not None:
            await self._settle()
        elif self._failures.unanswered():
            await self._break_down()
        elif await self._say_beside(wording(self._scenario, self.state.language, "hiccup")):
            self._watch()
        else:
            await self._break_down()

    async def _break_down(self) -> None:
        """Something that the call needs does not work any more: says so, if that can be said, and ends the call."""
        if self.over or self.state.ended is not None:
            return  # it is ending already
        words = wording(self._scenario, self.state.language, "apology")
        try:
            async with self._course.moving:
                step = self._engine.failed(self.state, self._clock())
                await self._course.write(step, Phrased(words, "script"), None, TurnKind.SPEECH)
            if not await self._say_beside(words):
                await self._course.cut_off("")
        except (*AWAY, OtklikError) as error:
            self._log(error, "the end of a failed call was not written")
            await self._say_beside(words)
        await self._finish(EndReason.FAILED)

    def _on_close(self, event: CloseEvent) -> None:
        """livekit closed the session, not we."""
        if not self.over and event.reason is not CloseReason.USER_INITIATED:
            reason = EndReason.FAILED if event.reason is CloseReason.ERROR else EndReason.INTERRUPTED
            self._tasks.spawn(self._finish(reason, line=event.reason.value))

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

    async def _leave(self, reason: EndReason, cause: str | None) -> None:
        if self._aftermath is not None:
            await asyncio.wait([self._aftermath])  # what was cut off belongs before the end
        if not self.over and self.state.ended is None and self._sound is not None:
            try:
                await self._take_last_words()
            except (*AWAY, OtklikError) as error:
                self._log(error, "what a caller said before hanging up was not written")
        await self._finish(reason, line=cause)

    async def _take_last_words(self) -> None:
        """What the caller said and nobody answered is a turn all the same; the reply to it was not heard."""
        if not self._timers.may_have_spoken:
            return
        try:
            session = self._speaking.session
            if session.input.audio is not None:
                session.input.set_audio_enabled(False)  # only then livekit ends the last sentence with silence
            last = session.commit_user_turn(
                transcript_timeout=LAST_WORDS, stt_flush_duration=LAST_WORDS, skip_reply=True
            )
            async with asyncio.timeout(2 * LAST_WORDS):
                words = clean_utterance(await last)
        except (CallBusy, RuntimeError, TimeoutError, asyncio.CancelledError):  # closing, or no recogniser
            return
        if words:
            await self._course.add_last_words(words)
        else:
            await self._write_confirmed()

    async def _write_confirmed(self) -> None:
        """A turn that livekit ended by itself a moment before is written, though nobody hears its reply."""
        with suppress(TimeoutError):
            async with asyncio.timeout(LAST_WORDS):
                while self._timers.turn_begun:
                    await asyncio.sleep(LEAVES)
        draft = self._drafts.confirmed
        if draft is None or draft.turn or draft.error is not None:
            return
        if draft.writing is None:
            draft.writing = asyncio.ensure_future(self._commit(draft))
        if await draft.writing:
            await self._course.cut_off("")

    async def _finish(self, reason: EndReason, *, line: str | None = None) -> None:
        try:
            if not self.over:
                await self._course.end(reason, line=line)
        except AWAY as error:
            if self._sound is None:
                raise  # whoever typed is told, and may try again
            self._log(error, "the end of a call was not written; the watchdog closes it")
        await self._shut()

    async def _shut(self) -> None:
        self._course.over = True
        self._timers.stop()
        self._keys.stop()
        session = self._speaking.take_session()
        if session is None:
            self.over_event.set()
            return
        try:
            with suppress(TimeoutError):
                async with asyncio.timeout(CLOSING):
                    await session.aclose()
            async with AsyncExitStack() as given:  # whatever fails, the rest is given back
                self._give_back(given)
                await self._transport.hang_up()
        finally:
            self._on_over(self)
            self.over_event.set()

    def _give_back(self, given: AsyncExitStack) -> None:
        """What the call alone had; the last one named goes first."""
        if self._sound is None:
            return
        if self._phraser.model is not None:
            given.push_async_callback(self._phraser.model.close)
        given.push_async_callback(self._sound.speech.aclose)
        if self._sound.tape is not None:
            given.push_async_callback(self._sound.tape.stop, self._clock())

    # Clocks

    def _watch(self) -> None:
        """Starts to wait for the caller: nobody speaks now."""
        if not self.over and self.state.ended is None and not self._timers.turn_begun:
            self._timers.wait_for_caller(self._transport.silence or self._scenario.scenario.silence.after)

    async def _nobody_speaks(self) -> None:
        if self._listening is not None:
            self._listening.voice_is_noise()
        await self._beside_turns(self._engine.silence, kind=TurnKind.SILENCE, turn=self.state.turn)

    async def _not_heard(self) -> None:
        await self._beside_turns(
            lambda state, at: self._engine.remark(state, "not_heard", at), kind=TurnKind.SPEECH, turn=self.state.turn
        )

    async def _time_is_short(self) -> None:
        await self._beside_turns(
            lambda state, at: self._engine.remark(state, "time_is_short", at), kind=TurnKind.SPEECH
        )

    async def _out_of_time(self) -> None:
        await self._beside_turns(self._engine.time_up, kind=TurnKind.SPEECH)

    async def _beside_turns(
        self, engine: Callable[[CallState, datetime], Step], *, kind: TurnKind, turn: int | None = None
    ) -> None:
        """What the bot says on its own account, after an exchange under way; `turn`: unless the call went on since."""

        def still() -> bool:
            on = not self.over and self.state.ended is None
            return on and (turn is None or self.state.turn == turn)

        async with self._floor:
            await self._act(engine, kind=kind, still=still)

    async def _turn_hangs(self) -> None:
        """The recogniser gave words, and nothing ends the turn: it is over now, with the words there are."""
        self._timers.turn_over()
        if self._listening is not None:
            self._listening.voice_is_noise()
        with suppress(CallBusy, RuntimeError, TimeoutError, asyncio.CancelledError):
            async with asyncio.timeout(2 * LAST_WORDS):
                if await self._speaking.session.commit_user_turn(
                    transcript_timeout=LAST_WORDS / 2, stt_flush_duration=0.5
                ):
                    return
        self._watch()

    async def _words_hang(self) -> None:
        """The line does not say that the bot's words are out, and never will."""
        if self._course.ending:
            await self._settle()
        else:
            await self._speaking.stop()

    async def _guarded(self, work: Coroutine[None, None, None]) -> None:
        """Runs what no caller waits for. A call that another process took is let go; after any other failure the
        caller is waited for again."""
        try:
            await work
        except (CallBusy, CallEnded):
            await self.let_go()
        except Exception as error:  # noqa: BLE001  # the edge: nobody above would see it
            self._log(error, "a step that nobody waits for failed")
            if self._listening is None or not self._listening.bot_has_floor:
                self._watch()

    def _log(self, error: Exception, what: str) -> None:
        """A server that is away is one line; anything else is a fault of ours, with its place."""
        expected = isinstance(error, (OtklikError, *AWAY))
        log.warning(
            "call %s: %s: %s", self.recorder.call_id, what, type(error).__name__, exc_info=None if expected else error
        )


async def _result_of(work: asyncio.Future[None]) -> None:
    await work
