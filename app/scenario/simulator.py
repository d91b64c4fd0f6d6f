"""Runs simulated callers against a scenario: deterministic, without clock, network or model."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from app.scenario.callers import Caller, Callers, Line, Reply
from app.scenario.compiled import CompiledScenario
from app.scenario.engine import ScenarioEngine
from app.scenario.outcome_classifier import Outcome, classify
from app.scenario.state import Ask, CallStart, CallState, EndReason, Event, Plan, Step

_TURN = timedelta(seconds=5)
_MAX_LINES = 200
_YES = {"ru": "да", "en": "yes"}


@dataclass(frozen=True)
class TranscriptLine:
    """One turn as it was spoken; `note` for what was not speech (silence, keys, interruption)."""

    seq: int
    role: str
    text: str
    note: str = ""


@dataclass(frozen=True)
class CallerResult:
    """How one caller fared. expected and got hold the same keys; they differ only where the caller failed."""

    scenario: str
    caller: str
    passed: bool
    expected: dict[str, Any]
    got: dict[str, Any]
    transcript: tuple[TranscriptLine, ...] = ()

    def to_json(self) -> dict[str, Any]:
        return {
            "scenario": self.scenario,
            "caller": self.caller,
            "passed": self.passed,
            "expected": self.expected,
            "got": self.got,
        }


@dataclass
class _Call:
    """One simulated call while it runs."""

    engine: ScenarioEngine
    caller: Caller
    at: datetime
    state: CallState
    plan: Plan
    events: list[Event] = field(default_factory=list)
    lines: list[TranscriptLine] = field(default_factory=list)
    heard: dict[int, str] = field(default_factory=dict)
    asked: Counter[str] = field(default_factory=Counter)
    used: Counter[tuple[str, str]] = field(default_factory=Counter)
    said: int = 0
    problem: str | None = None

    def take(self, step: Step) -> None:
        """Notes what a step brought."""
        self.state, self.plan = step.state, step.plan
        self.events += step.events
        if step.plan.say and (not self.lines or self.lines[-1].seq < step.plan.turn):
            self.lines.append(TranscriptLine(step.plan.turn, "agent", step.plan.say))
            if step.plan.ask and step.plan.asks in (Ask.VALUE, Ask.AMBIGUOUS, Ask.SKIP):
                self.asked[step.plan.ask] += 1


def run(scenario: CompiledScenario, callers: Callers, *, name: str = "") -> list[CallerResult]:
    """Each caller's result, in the order of the file. name: how the scenario is called in the results."""
    return [run_one(scenario, callers, caller, name=name) for caller in callers.callers]


def run_one(scenario: CompiledScenario, callers: Callers, caller: Caller, *, name: str = "") -> CallerResult:
    """One caller, from the greeting to the end."""
    engine = ScenarioEngine(scenario)
    at = (caller.at or callers.at).replace(tzinfo=ZoneInfo(callers.zone))
    step = engine.start_call(CallStart(at, callers.zone, callers.region, caller.phone, "text"))
    call = _Call(engine, caller, at, step.state, step.plan)
    call.take(step)
    for _ in range(_MAX_LINES):
        if call.state.ended:
            break
        line = _next_line(call)
        if line is None:
            break
        _speak(call, line)
    _close(call)
    turns = call.heard
    outcome = classify(scenario, call.state, call.events, turns)
    return _result(call, outcome, name)


def _close(call: _Call) -> None:
    """Nothing more is said: a transfer succeeds, any other call is hung up by the caller."""
    if call.state.ended:
        return
    if call.state.transferring:
        call.take(call.engine.transferred(call.state, True, call.at))
    else:
        call.take(call.engine.end_call(call.state, EndReason.CALLER, call.at))


def _next_line(call: _Call) -> Line | None:
    """What the caller says now; None at the end of a script, with a problem when a reply is missing."""
    caller = call.caller
    if caller.script is not None:
        line = caller.script[call.said] if call.said < len(caller.script) else None
        call.said += 1
        return line
    if call.state.transferring:
        return next((line for line in _upcoming(call) if line.transfer_failed), None)
    if call.said < len(caller.says):
        call.said += 1
        return caller.says[call.said - 1]
    return _reply(call)


def _upcoming(call: _Call) -> list[Line]:
    stage = call.caller.replies.stages.get(call.state.stage)
    count = call.used[("stages", call.state.stage)]
    line = stage.at(count) if stage and count == 0 else None
    call.used[("stages", call.state.stage)] += 1
    if line is None and call.said < len(call.caller.says) and call.caller.says[call.said].transfer_failed:
        line = call.caller.says[call.said]
        call.said += 1
    return [line] if line else []


def _reply(call: _Call) -> Line | None:
    """The line for what was asked; a yes to a value read back needs no writing down."""
    replies, plan = call.caller.replies, call.plan
    reads_back = plan.ask is not None and plan.asks in (Ask.CONFIRM, Ask.OFFER)
    line = next((line for kind, key in _keys(call) if (line := _used(call, kind, key))), None)
    if line is None and reads_back and plan.ask not in replies.confirm:
        return Line(say=_YES[call.caller.language or plan.language])
    if line is None and replies.otherwise is not None:
        line = replies.otherwise.at(call.used[("otherwise", "")])
        call.used[("otherwise", "")] += 1
    if line is None:
        call.problem = f"{plan.asks.value}:{plan.ask or plan.stage}"
    return line


def _keys(call: _Call) -> list[tuple[str, str]]:
    """Where the reply may be written, best place first."""
    replies, plan = call.caller.replies, call.plan
    if plan.ask is None:
        return [("stages", plan.stage)]
    if plan.asks is Ask.OFFER and plan.ask not in replies.confirm:
        return [("fields", plan.ask)]
    return [("confirm" if plan.asks in (Ask.CONFIRM, Ask.OFFER) else "fields", plan.ask)]


def _used(call: _Call, kind: str, key: str) -> Line | None:
    reply: Reply | None = getattr(call.caller.replies, kind).get(key)
    if reply is None:
        return None
    line = reply.at(call.used[(kind, key)])
    call.used[(kind, key)] += 1
    return line


def _speak(call: _Call, line: Line) -> None:
    engine, state = call.engine, call.state
    if line.silence:
        call.at += call.engine.scenario.scenario.silence.after
        call.lines.append(TranscriptLine(state.turn, "caller", "", "silence"))
        call.take(engine.silence(state, call.at))
        return
    call.at += _TURN
    if line.hang_up:
        call.take(engine.end_call(state, EndReason.CALLER, call.at))
    elif line.transfer_failed:
        call.take(engine.transferred(state, False, call.at))
    elif line.dtmf is not None:
        call.lines.append(TranscriptLine(state.turn + 1, "caller", line.dtmf, "dtmf"))
        call.heard[state.turn + 1] = line.dtmf
        call.take(engine.dtmf(state, line.dtmf, call.at))
    else:
        if line.interrupt is not None:
            heard = " ".join(call.plan.say.split()[: line.interrupt])
            call.take(engine.interrupted(state, heard, call.at))
            call.lines.append(TranscriptLine(state.turn, "caller", heard, "interrupts"))
        text = line.say or ""
        call.lines.append(TranscriptLine(call.state.turn + 1, "caller", text))
        call.heard[call.state.turn + 1] = text
        call.take(engine.process_turn(call.state, text, call.at))


def _result(call: _Call, outcome: Outcome, name: str) -> CallerResult:
    expect = call.caller.expect
    expected: dict[str, Any] = {}
    got: dict[str, Any] = {}
    fields = call.state.fields
    if expect.outcome is not None:
        expected["outcome"], got["outcome"] = expect.outcome, outcome.code
    if expect.fields:
        expected["fields"] = dict(expect.fields)
        got["fields"] = {key: fields[key].value if key in fields else None for key in expect.fields}
    if expect.refused:
        expected["refused"] = sorted(expect.refused)
        got["refused"] = sorted(key for key in expect.refused if key in fields and fields[key].status == "refused")
    _compare_flow(call, expected, got)
    expected["reply_missing"], got["reply_missing"] = None, call.problem
    expected["evidence"] = True
    got["evidence"] = not outcome.needs_review
    return CallerResult(name, call.caller.name, expected == got, expected, got, tuple(call.lines))


def _compare_flow(call: _Call, expected: dict[str, Any], got: dict[str, Any]) -> None:
    expect, state = call.caller.expect, call.state
    spoken = "\n".join(line.text for line in call.lines if line.role == "agent").casefold()
    if expect.visited:
        expected["visited"] = expect.visited
        got["visited"] = [stage for stage in expect.visited if stage in state.visited]
    if expect.not_visited:
        expected["visited_by_mistake"] = []
        got["visited_by_mistake"] = [stage for stage in expect.not_visited if stage in state.visited]
    if expect.said:
        expected["said"] = expect.said
        got["said"] = [text for text in expect.said if text.casefold() in spoken]
    if expect.never_said:
        expected["said_by_mistake"] = []
        got["said_by_mistake"] = [text for text in expect.never_said if text.casefold() in spoken]
    if expect.language:
        expected["language"], got["language"] = expect.language, state.language
    if expect.ended:
        expected["ended"], got["ended"] = expect.ended, state.ended.value if state.ended else None
    if expect.asked:
        expected["asked"] = dict(expect.asked)
        got["asked"] = {key: call.asked[key] for key in expect.asked}
    if expect.corrected:
        expected["corrected"] = sorted(expect.corrected)
        replaced = {str(event.data["field"]) for event in call.events if event.type == "field_corrected"}
        got["corrected"] = sorted(key for key in expect.corrected if key in replaced)
