"""Finds the one question that is next, and notes what kind of answer it waits for."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import time

from app.scenario.answering import mark_refused
from app.scenario.draft import Draft
from app.scenario.speech import listed, say, service_say, spoken_value
from app.scenario.state import Ask, Pending
from app.scenario.state_machine import advance, collected, give_up, reopen, settled
from app.scenario.values import FieldType


def next_question(d: Draft) -> str | None:
    """The next question, noted in `pending`; None when the call ended or moved on to its end instead."""
    for _ in range(len(d.scenario.stages) + 2):
        if d.ended or d.transferring:
            return None
        text = _ask_something(d)
        if text is not None:
            return text
    return _open_question(d)


def _ask_something(d: Draft) -> str | None:
    """One attempt to find a question; None when the stage was left instead and the search goes on."""
    if d.repeat and d.pending.kind is not Ask.NOTHING and d.said:
        return d.said
    if d.correcting:
        return _what_to_change(d)
    name = _next_field(d)
    if name is None:
        return _stage_question(d)
    return _field_question(d, name)


def _next_field(d: Draft) -> str | None:
    """The field to talk about: what breaks a rule, what is unclear, what must be confirmed, what is missing."""
    wanted = d.stage.spec.collect
    for group in (d.violations, d.unclear):
        for name in group:
            if name in wanted or (group is d.violations and d.scenario.fields[name].ask):
                return name
    just_given = [change.field for change in d.changes if change.field in wanted and not settled(d, change.field)]
    if just_given:
        return just_given[0]
    return next((name for name in (*_loose(d), *wanted) if not settled(d, name)), None)


def _loose(d: Draft) -> list[str]:
    """Fields of stages already passed that were reopened, or changed and must be confirmed again."""
    passed = {name for stage in d.visited for name in d.scenario.stages[stage].spec.collect}
    return [name for name in d.fields if name in passed]


def _stage_question(d: Draft) -> str | None:
    stage = d.stage
    if d.misses >= stage.spec.attempts and not d.moved:
        give_up(d, None)
        return None
    if d.stage_spoke and not stage.ask:
        _wait_open(d, d.must)
        return ""
    if stage.spec.collect and collected(d, stage) and not stage.ask and not stage.say:
        return _open_question(d)
    template = stage.ask or stage.say
    if template is None:
        return _open_question(d)
    text, must = say(d, template.pick(d.language, d.misses))
    if not text:
        return _open_question(d)
    if stage.say and stage.ask and not stage.spec.collect:  # "So: Ivan, at six." and then "Is that right?"
        said, values = say(d, stage.say.pick(d.language))
        if values and not (d.stage_spoke or d.pending.heard):
            text = f"{said} {text}"
        must = [*values, *must]
    _wait_open(d, must)
    return text


def _open_question(d: Draft) -> str:
    _wait_open(d, [])
    return service_say(d, "open", max(0, d.misses - 1))


def _wait_open(d: Draft, must: list[str]) -> None:
    d.pending = Pending(Ask.OPEN, None, must=tuple(must))


def _what_to_change(d: Draft) -> str | None:
    if d.misses >= d.stage.spec.attempts:
        d.correcting = False
        give_up(d, None)
        return None
    d.pending = Pending(Ask.CHANGE)
    if d.rivals:
        labels = [d.scenario.fields[name].labels[d.language] for name in d.rivals]
        return service_say(d, "which_of", 0, {"options": listed(labels, str(d.service.words["or"]))})
    return service_say(d, "what_to_change", d.misses)


def _field_question(d: Draft, name: str) -> str | None:
    field = d.scenario.fields[name]
    if d.pending.field != name:
        d.misses = 0 if not d.missed else d.misses
    asked = d.asked.get(name, 0)
    value = d.value(name)
    again = d.pending.kind is Ask.SKIP and d.pending.field == name and name not in d.unclear
    if d.misses >= field.spec.attempts or asked > 2 * field.spec.attempts or (again and value is None):
        return _attempts_used(d, name)
    if name in d.violations:
        return _value_question(d, name)
    if name in d.unclear and d.misses < 2:
        return _ambiguity(d, name)
    if name in d.unclear:
        return _value_question(d, name)
    if value is not None:
        return _read_back(d, name, value)
    offered = _offer(d, name)
    return offered if offered is not None else _value_question(d, name)


def _attempts_used(d: Draft, name: str) -> str | None:
    """Too many misses: an optional field is offered to be skipped, then skipped; for a required one see give_up."""
    spec = d.scenario.fields[name].spec
    if not spec.required and name not in d.skips:
        d.skips.append(name)
        d.misses = 0
        d.pending = Pending(Ask.SKIP, name)
        d.asked[name] = d.asked.get(name, 0) + 1
        return service_say(d, "skip")
    d.misses = 0
    d.missed = False
    if d.value(name) is None:
        mark_refused(d, name)
    elif not spec.required:
        reopen(d, name)  # read back in vain: rather no value than a wrong one; it stays in the history
        mark_refused(d, name)
    if spec.required:
        give_up(d, name)
    else:
        d.pending = Pending()
        advance(d)
    return None


def _value_question(d: Draft, name: str) -> str:
    field = d.scenario.fields[name]
    d.pending = Pending(Ask.VALUE, name)
    d.asked[name] = d.asked.get(name, 0) + 1
    if field.ask is None:
        return f"{field.labels[d.language].capitalize()}?"
    template = field.ask.pick(d.language, d.misses)
    if d.listing:
        wordings = field.ask.texts[d.language]
        template = next((one for one in wordings if "options" in {part.name for part in one.variables}), template)
    text, _ = say(d, template, field=name)
    return text or f"{field.labels[d.language].capitalize()}?"


def _ambiguity(d: Draft, name: str) -> str:
    unclear = d.unclear[name]
    d.pending = Pending(Ask.AMBIGUOUS, name)
    d.asked[name] = d.asked.get(name, 0) + 1
    last = str(d.service.words["or"])
    if d.scenario.fields[name].type is FieldType.TIME and (parts := _day_parts(d, unclear.candidates)):
        return service_say(
            d, "ambiguous_time", d.misses, {"value": unclear.raw.strip(" ,.!?"), "options": listed(parts, last)}
        )
    options = listed([spoken_value(d, name, one) for one in unclear.candidates], last)
    return service_say(
        d, "ambiguous", d.misses, {"options": options, "label": d.scenario.fields[name].labels[d.language]}
    )


def _day_parts(d: Draft, candidates: Sequence[str]) -> list[str]:
    """ "in the morning", "in the evening" for readings twelve hours apart; empty when they differ otherwise."""
    clocks = [time.fromisoformat(one) for one in candidates]
    if len({(clock.hour % 12, clock.minute) for clock in clocks}) > 1:
        return []
    parts = d.service.words["day_parts"]  # [first hour, words] in the order of the day
    return list(dict.fromkeys(next(words for hour, words in reversed(parts) if clock.hour >= hour) for clock in clocks))


def _read_back(d: Draft, name: str, value: str) -> str:
    text = spoken_value(d, name, value)
    d.pending = Pending(Ask.CONFIRM, name, value=value, must=(text,))
    label = d.scenario.fields[name].labels[d.language]
    return service_say(d, "confirm_field", d.misses, {"value": text, "label": label})


def _offer(d: Draft, name: str) -> str | None:
    """Proposes what is known already, once; None when there is nothing to propose."""
    field = d.scenario.fields[name]
    waiting = d.pending.kind is Ask.OFFER and d.pending.field == name and not d.declined
    if field.offer is None or (name in d.offered and not waiting):
        return None
    value = _offered_value(d, name)
    if value is None:
        return None
    d.offered = [*d.offered, name] if name not in d.offered else d.offered
    text = spoken_value(d, name, value)
    d.pending = Pending(Ask.OFFER, name, value=value, must=(text,))
    key = "offer_phone" if field.type is FieldType.PHONE else "offer"
    return service_say(d, key, 0, {"value": text, "label": field.labels[d.language]})


def _offered_value(d: Draft, name: str) -> str | None:
    template = d.scenario.fields[name].offer
    if template is None:
        return None

    def raw(variable: object) -> str | None:
        known = getattr(variable, "name", "")
        return d.base.caller_phone if known == "caller.phone" else d.value(known)

    return template.render(raw) or None
