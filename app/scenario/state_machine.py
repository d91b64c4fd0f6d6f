"""Moves a call between stages: conditions, entering, ways back, and what counts as collected."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from app.scenario.compiled import CompiledStage, CompiledTransition
from app.scenario.draft import Draft
from app.scenario.speech import say, service_say
from app.scenario.state import MAX_BACK, MAX_HISTORY, EndReason, FieldState, Pending, Replaced
from app.scenario.templates import Template, Variable

MAX_HOPS = 8


def settled(d: Draft, name: str) -> bool:
    """Whether nothing is left to ask about the field."""
    field = d.fields.get(name)
    if field is None or name in d.unclear or field.status == "missing":
        return False
    return field.status == "refused" or field.confirmed or not d.scenario.fields[name].spec.confirm


def collected(d: Draft, stage: CompiledStage) -> bool:
    """Whether all that the stage collects is settled and nothing is being corrected, of any stage."""
    return (
        not d.correcting
        and d.give_up is None
        and not any(field.status == "missing" for field in d.fields.values())
        and all(settled(d, name) and name not in d.violations for name in stage.spec.collect)
    )


def condition_values(d: Draft) -> dict[str, object]:
    """What conditions read, under the names they are compiled to."""
    values: dict[str, object] = {
        "intent": d.intent_name,
        "answer": d.answer,
        "collected": collected(d, d.stage),
        "refused": [name for name, field in d.fields.items() if field.status == "refused"],
        "stage": d.stage_id,
        "turn": d.caller_turns,
        "turns_in_stage": d.stage_turns,
        "attempts": d.misses,
        "language": d.language,
        "silence": d.silences,
        "caller_phone": d.base.caller_phone or "",
        "caller_channel": d.base.channel,
        "answered_questions": d.answered_questions,
        "visited_stages": d.visited,
        "since_start": int((d.at - d.base.started_at).total_seconds()),
    }
    values.update(field_values(d))
    return values


def field_values(d: Draft) -> Mapping[str, object]:
    values: dict[str, object] = {}
    for name, field in d.scenario.fields.items():
        value = d.value(name)
        values[f"has_fields_{name}_"] = value is not None
        if value is not None:
            values[f"fields_{name}"] = float(value) if field.type.value == "number" else value
    return values


def advance(d: Draft, *, only: str | None = None) -> None:
    """Follows transitions until none holds; no stage is entered twice in one input.

    only: the public name that a condition must read to be looked at (silence is no word of the caller's).
    """
    for hop in range(MAX_HOPS):
        if d.stage.final or d.ended:
            return
        found = _next(d, anywhere=hop == 0, only=only)
        if found is None:
            return
        transition, where = found
        _follow(d, transition, where)


def _next(d: Draft, *, anywhere: bool, only: str | None) -> tuple[CompiledTransition, str] | None:
    activation = d.scenario.conditions.activation(condition_values(d))
    groups = [("anywhere", d.scenario.anywhere)] if anywhere else []
    for where, transitions in [*groups, ("stage", d.stage.transitions)]:
        for transition in transitions:
            if only is not None and only not in transition.reads:
                continue
            target = _target(d, transition.to)
            if target is None or target == d.stage_id or target in d.entered:
                continue
            if transition.condition is None or transition.condition.holds(activation):
                return transition, where
    return None


def _target(d: Draft, to: str) -> str | None:
    if to != "back":
        return to
    return d.back[-1] if d.back else None


def _follow(d: Draft, transition: CompiledTransition, where: str) -> None:
    target = _target(d, transition.to)
    if target is None:
        return
    returning = transition.to == "back"
    if returning:
        d.back.pop()
    elif where == "anywhere":
        d.back = [*d.back, d.stage_id][-MAX_BACK:]
    said_no = d.answer == "no" and "answer" in transition.reads
    if d.answer == "yes" and "answer" in transition.reads:
        _confirm_read_back(d)
    if "intent" in transition.reads:
        d.intent_name = ""
    when = transition.condition.source if transition.condition else ""
    enter(d, target, where=where, when=when, returning=returning)
    heard = d.changes or d.violations
    if said_no and not heard and d.stage.spec.collect and all(settled(d, name) for name in d.stage.spec.collect):
        _ask_what_to_change(d)


def _confirm_read_back(d: Draft) -> None:
    """The caller said yes to the values that the words of the stage put before them: one event names them all."""
    speeches = [d.stage.ask] if d.stage.spec.collect else [d.stage.say, d.stage.ask]
    read = [name for speech in speeches if speech for name in _read_out(d, speech.pick(d.language))]
    names = [name for name in dict.fromkeys(read) if not d.fields[name].confirmed]
    if not names:
        return
    for name in names:
        d.fields[name] = replace(d.fields[name], confirmed=True)
    d.emit("field_confirmed", fields=names, quote=d.quote())


def _read_out(d: Draft, template: Template) -> list[str]:
    """The fields whose values were in the sentences that could be said."""
    found: list[str] = []
    for sentence in template.sentences:
        names = [part.name for part in sentence if isinstance(part, Variable) and part.name in d.scenario.fields]
        if all(d.value(name) is not None for name in names):
            found += names
    return found


def _ask_what_to_change(d: Draft) -> None:
    """A no at a read-back without a new value: the named field is asked again, else the caller says what is wrong."""
    if d.named is not None:
        reopen(d, d.named)
    else:
        d.correcting = True


def reopen(d: Draft, name: str) -> None:
    """The value is wrong: it is kept as history, and the field is asked for again."""
    field = d.fields.get(name)
    if field is None or field.status != "set" or field.value is None:
        return
    d.emit("field_rejected", field=name, value=field.value, raw=field.raw, quote=d.quote())
    d.fields[name] = FieldState(
        status="missing",
        value=None,
        raw="",
        turn=d.turn,
        history=keep(field.history, field.value, field.raw, field.turn),
    )
    d.offered = [*d.offered, name] if name not in d.offered else d.offered


def keep(history: tuple[Replaced, ...], value: str, raw: str, turn: int) -> tuple[Replaced, ...]:
    """The history with one more value, at a bounded length."""
    return (*history, Replaced(value[:100], raw[:100], turn))[-MAX_HISTORY:]


def enter(d: Draft, stage_id: str, *, where: str, when: str = "", returning: bool = False) -> None:
    """The call is in the stage now; its words are said, a final stage ends the call or hands it over."""
    seen = stage_id in d.visited
    d.emit(
        "stage_changed",
        **{"from": d.stage_id, "to": stage_id},
        where=where,
        when=when,
        quote=d.quote(),
        answer=d.answer,
    )
    d.entered.add(stage_id)
    d.stage_id = stage_id
    if not seen:
        d.visited.append(stage_id)
    d.stage_turns = 0
    d.misses = 0
    d.missed = False
    d.answer = ""  # it answered the question of the stage that was left
    d.pending = Pending()
    d.correcting = False
    d.moved = True
    d.stage_spoke = False
    stage = d.stage
    # A stage that collects does not introduce itself again when a call comes back to it.
    if stage.say and not (seen and stage.spec.collect) and not (returning and stage.ask):
        text, must = say(d, stage.say.pick(d.language))
        if text:
            d.parts.append(text)
            d.must = must
            d.stage_spoke = True
    if stage.spec.end:
        d.end(EndReason.END)
    elif stage.spec.transfer:
        d.transferring = True
        d.emit("transfer_started", to=stage.spec.transfer.to)


def give_up(d: Draft, name: str | None) -> None:
    """What is needed cannot be had: on to the stage the scenario names for this, else a polite end."""
    spec = d.scenario.fields[name].spec if name else None
    for target in (spec.otherwise if spec else None, d.stage.spec.otherwise, d.scenario.scenario.otherwise):
        if target and target != d.stage_id and target not in d.entered:
            enter(d, target, where="otherwise", when=f"otherwise: {name}" if name else "otherwise")
            advance(d)
            return
    d.parts.append(service_say(d, "gave_up"))
    d.end(EndReason.GAVE_UP)
