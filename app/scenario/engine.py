"""The scenario engine: a state and an input in, a new state, a plan and events out. No clock, no I/O, no chance."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime

from app.scenario.compiled import CompiledScenario
from app.scenario.context_manager import aside, limit_words, out_of_limits, plan, reply
from app.scenario.draft import Draft
from app.scenario.intents import words
from app.scenario.proposals import apply_proposals
from app.scenario.speech import say, service_say
from app.scenario.state import Answer, Ask, CallStart, CallState, EndReason, Pending, Plan, Proposal, Step
from app.scenario.state_machine import advance, enter
from app.scenario.understanding import MAX_UNDERSTOOD, understand
from app.scenario.values import FieldRules


class ScenarioEngine:
    """Runs calls of one version of a scenario. Holds nothing of any call, so it may be shared."""

    def __init__(self, scenario: CompiledScenario) -> None:
        self.scenario = scenario
        self._rules: tuple[date, Mapping[str, FieldRules]] | None = None

    def start_call(self, start: CallStart) -> Step:
        """The greeting is turn 1. Raises ZoneInfoNotFoundError for an unknown zone."""
        first = self.scenario.first
        at = start.at.astimezone(UTC)
        state = CallState(
            started_at=at,
            at=at,
            zone=start.zone,
            region=start.region,
            caller_phone=start.caller_phone,
            channel=start.channel,
            language=self.scenario.language,
            stage=first,
            visited=(first,),
        )
        d = self._draft(state, start.at)
        d.turn = 1
        d.emit("call_started", stage=first, language=d.language, channel=start.channel)
        greeting = say(d, self.scenario.greeting.pick(d.language))[0]
        d.parts.append(greeting)
        stage = self.scenario.stages[first]
        d.turn = 0  # the plan's own turn is 1
        if not (stage.say or stage.spec.collect or stage.final):
            d.pending = Pending(Ask.OPEN)
            return d.finish(plan(d, greeting))
        if stage.say:
            text, d.must = say(d, stage.say.pick(d.language))
            d.parts.append(text)
            d.stage_spoke = True
        advance(d)
        return d.finish(reply(d))

    def process_turn(self, state: CallState, utterance: str, at: datetime) -> Step:
        """What the caller said, all of it. The caller's turn is state.turn + 1, the reply's the one after."""
        if state.ended:
            return self._over(state)
        d = self._caller_turn(state, at)
        if state.transferring:
            d.utterance = utterance[:MAX_UNDERSTOOD]
            return self._wait_for_transfer(d)
        understand(d, utterance)
        advance(d)
        return d.finish(reply(d))

    def silence(self, state: CallState, at: datetime) -> Step:
        """Nobody spoke for the scenario's `silence.after`; the prompt is the agent's next turn."""
        if state.ended:
            return self._over(state)
        d = self._draft(state, at)
        d.turn += 1
        d.silences += 1
        d.emit("silence", count=d.silences, stage=d.stage_id)
        d.turn -= 1
        if state.transferring:
            return self._wait_for_transfer(d)
        advance(d, only="silence")
        if d.moved:
            return d.finish(reply(d))
        prompts = self.scenario.silence.texts[d.language] if self.scenario.silence else d.service.says["silence"]
        if d.silences <= len(prompts):
            text = self.scenario.silence and say(d, prompts[d.silences - 1])[0]
            return d.finish(aside(d, text or service_say(d, "silence", d.silences - 1)))
        return self._silence_ends(d)

    def interrupted(self, state: CallState, heard_text: str, at: datetime) -> Step:
        """The caller spoke over the bot and heard only `heard_text`; there is nothing to say until they finish."""
        d = self._draft(state, at)
        plain = _plain(heard_text)
        missed = any(_plain(value) not in plain for value in d.pending.must)
        d.pending = Pending(d.pending.kind, d.pending.field, not missed, d.pending.value, d.pending.must)
        d.emit("interrupted", heard=heard_text[:600], question_heard=not missed)
        return d.finish(self._silent(d))

    def dtmf(self, state: CallState, digits: str, at: datetime) -> Step:
        """Keys pressed on the phone: 1 and 2 answer yes and no where that was asked, else the digits are the value."""
        if state.ended:
            return self._over(state)
        d = self._caller_turn(state, at)
        pressed = "".join(character for character in digits if character in "0123456789*#")[:40]
        d.emit("dtmf", digits=pressed)
        if state.transferring:
            return self._wait_for_transfer(d)
        said = pressed.strip("*#")
        if state.pending.kind in (Ask.CONFIRM, Ask.OFFER, Ask.SKIP) and said in ("1", "2"):
            said = {"1": "да", "2": "нет"}[said] if d.language == "ru" else {"1": "yes", "2": "no"}[said]
        d.keys = pressed
        understand(d, said)
        advance(d)
        return d.finish(reply(d))

    def propose(self, state: CallState, proposals: Sequence[Proposal], at: datetime) -> Step:
        """What a language model extracted from the last words of the caller, checked like speech.

        Events belong to the caller's last turn; the plan replaces the reply to it, unless another was spoken since.
        When nothing was taken, `say` is empty and the plan that there is stays good.
        """
        if state.ended or state.transferring or state.caller_turns == 0:
            return self._over(state)
        d = self._draft(state, at)
        d.turn = state.heard_turn
        d.utterance, d.words, d.understood = state.heard, words(state.heard), True
        taken = apply_proposals(d, proposals)
        if not taken:
            d.turn = state.turn
            return d.finish(self._silent(d))
        advance(d)  # what moves the call are still the words of that turn
        d.turn = self._before_reply(state, state.heard_turn)
        return d.finish(reply(d))

    def answered(self, state: CallState, answer: Answer, at: datetime) -> Step:
        """What the knowledge base gave for `plan.lookup`.

        The plan replaces the reply to the question, unless another was spoken since. An empty `say`: nothing was open.
        """
        if state.ended or state.transferring or state.question is None:
            return self._over(state)
        d = self._draft(state, at)
        d.turn = state.question_turn
        d.understood = True
        d.question = None
        if answer.text:
            d.answered_questions += 1
            d.misses = d.unanswered = 0
            d.answers.append(answer.text.strip())
            d.emit(
                "question_answered",
                question=state.question,
                source="knowledge",
                sources=list(answer.sources),
                quote=state.question,
            )
        else:
            own = self.scenario.unknown
            d.answers.append(say(d, own.pick(d.language))[0] if own else service_say(d, "unknown_answer"))
            d.emit("question_unanswered", question=state.question, quote=state.question)
        d.turn = self._before_reply(state, state.question_turn)
        return d.finish(reply(d))

    def transferred(self, state: CallState, succeeded: bool, at: datetime) -> Step:
        """How the transfer went; when it failed, the call goes on in the stage named for that."""
        if state.ended or not state.transferring:
            return self._over(state)
        d = self._draft(state, at)
        transfer = d.stage.spec.transfer
        if succeeded:
            d.emit("transferred", to=transfer.to if transfer else "")
            d.end(EndReason.TRANSFER)
            return d.finish(self._silent(d))
        d.transferring = False
        d.emit("transfer_failed", to=transfer.to if transfer else "")
        d.parts.append(service_say(d, "transfer_failed"))
        if transfer and transfer.otherwise:
            enter(d, transfer.otherwise, where="transfer_failed")
            advance(d)
        else:
            d.parts.append(service_say(d, "goodbye"))
            d.end(EndReason.FAILED)
        return d.finish(reply(d))

    def end_call(self, state: CallState, reason: EndReason, at: datetime) -> Step:
        """The call is over for a reason outside the scenario: the caller hung up, a failure. The first reason stays."""
        if state.ended:
            return self._over(state)
        d = self._draft(state, at)
        if state.transferring and reason is EndReason.TRANSFER:
            d.emit("transferred", to=d.stage.spec.transfer.to if d.stage.spec.transfer else "")
        d.end(reason)
        return d.finish(self._silent(d))

    def time_up(self, state: CallState, at: datetime) -> Step:
        """The call's longest duration is over while nobody speaks: the words for that, and the end."""
        return self._end_with_words(state, EndReason.LIMIT, at)

    def failed(self, state: CallState, at: datetime) -> Step:
        """What the call needs does not work any more: an apology, and the end."""
        return self._end_with_words(state, EndReason.FAILED, at)

    def remark(self, state: CallState, key: str, at: datetime) -> Step:
        """A wording of the bot's own said beside the matter, which stays open; the agent's next turn."""
        if state.ended or state.transferring:
            return self._over(state)
        d = self._draft(state, at)
        d.turn += 1
        d.emit("remark", wording=key)
        d.turn -= 1
        return d.finish(aside(d, service_say(d, key)))

    def met_machine(self, state: CallState, utterance: str, at: datetime) -> Step:
        """A voicemail, or another robot, is at the other end: the bot says nothing more and ends the call."""
        if state.ended:
            return self._over(state)
        d = self._caller_turn(state, at)
        d.utterance = utterance[:MAX_UNDERSTOOD]
        d.emit("machine_met", quote=d.quote())
        d.end(EndReason.GAVE_UP)
        return d.finish(self._silent(d))

    def _draft(self, state: CallState, at: datetime) -> Draft:
        d = Draft(self.scenario, state, at)
        today = d.now.date()
        cached = self._rules
        if cached is None or cached[0] != today:
            rules = {name: field.rules_on(today) for name, field in self.scenario.fields.items()}
            self._rules = cached = (today, rules)
        d.rules = cached[1]
        return d

    @staticmethod
    def _before_reply(state: CallState, turn: int) -> int:
        """The turn after which the reply is spoken: it replaces the last one if that answered `turn`."""
        return turn if state.turn == turn + 1 else state.turn

    def _caller_turn(self, state: CallState, at: datetime) -> Draft:
        d = self._draft(state, at)
        d.turn += 1
        d.caller_turns += 1
        d.caller_spoke = True
        d.stage_turns += 1
        d.silences = 0
        return d

    def _end_with_words(self, state: CallState, reason: EndReason, at: datetime) -> Step:
        if state.ended:
            return self._over(state)
        d = self._draft(state, at)
        d.turn += 1
        d.end(reason)
        d.turn -= 1
        d.parts = [limit_words(d) if reason is EndReason.LIMIT else service_say(d, "apology")]
        return d.finish(reply(d))

    def _silence_ends(self, d: Draft) -> Step:
        then = self.scenario.scenario.silence.then
        if then in self.scenario.stages and then != d.stage_id and then not in d.visited:
            enter(d, then, where="silence")
            advance(d)
            return d.finish(reply(d))
        d.parts.append(service_say(d, "silence_end"))
        d.turn += 1
        d.end(EndReason.SILENCE)
        d.turn -= 1
        return d.finish(reply(d))

    def _wait_for_transfer(self, d: Draft) -> Step:
        if out_of_limits(d):
            d.turn += 1
            d.end(EndReason.LIMIT)
            d.turn -= 1
            d.parts = [limit_words(d)]
            return d.finish(reply(d))
        return d.finish(aside(d, service_say(d, "transferring")))

    @staticmethod
    def _silent(d: Draft) -> Plan:
        return Plan(
            say="",
            language=d.language,
            stage=d.stage_id,
            ask=d.pending.field,
            asks=d.pending.kind,
            action="hang_up" if d.ended and d.ended is not EndReason.TRANSFER else "none",
            turn=d.turn,
        )

    @staticmethod
    def _over(state: CallState) -> Step:
        """Nothing to do: the call has ended, or there is nothing this input could answer."""
        still = Plan(
            say="",
            language=state.language,
            stage=state.stage,
            ask=state.pending.field,
            asks=state.pending.kind,
            action="hang_up" if state.ended and state.ended is not EndReason.TRANSFER else "none",
            turn=state.turn,
        )
        return Step(state, still, ())


def _plain(text: str) -> str:
    return " ".join(word.text.casefold() for word in words(text))
