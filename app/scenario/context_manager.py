"""Decides what the bot says next: what was understood, answers, and then exactly one question."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, time
from decimal import Decimal

from app.scenario.draft import Draft
from app.scenario.phrasing import phrase_for
from app.scenario.speech import listed, say, service_say, spoken_value
from app.scenario.state import Ask, EndReason, Pending, Plan
from app.scenario.state_machine import advance, collected, give_up, reopen, settled
from app.scenario.understanding import mark_refused
from app.scenario.values import Extraction, FieldType

_MAX_SAID = 1500
_ECHOED = frozenset({FieldType.DATE, FieldType.TIME, FieldType.NUMBER, FieldType.CHOICE})
_PROGRESS = frozenset(
    {
        "field_set",
        "field_corrected",
        "field_confirmed",
        "field_refused",
        "field_rejected",
        "refusal_heard",
        "stage_changed",
        "question_answered",
    }
)
_PROBLEM_WORDS = {
    (FieldType.DATE, "below_min"): "date_too_early",
    (FieldType.DATE, "above_max"): "date_too_late",
}


def reply(d: Draft) -> Plan:
    """The plan after the input was understood and the transitions were followed; ends what has to end."""
    name, d.give_up = d.give_up, None
    if name in d.stage.spec.collect and not (d.ended or d.moved or out_of_limits(d)):
        give_up(d, name)
    if not d.ended and not d.transferring and out_of_limits(d):
        d.answers, d.parts = [], [limit_words(d)]
        d.end(EndReason.LIMIT)
    if d.ended or d.transferring:
        return _last_words(d)
    _count_miss(d)
    if d.waits and not d.moved:
        return aside(d, service_say(d, "waiting"))
    question = _question(d)
    if question is None:
        return _last_words(d)
    opening = _opening(d)
    text = " ".join(part for part in (*d.answers, *opening, *d.parts, question) if part)
    result = plan(d, text, question)
    if d.repeat:
        d.said = question  # asked to repeat once more, it is not "I'll repeat" that is repeated
    return result


def plan(d: Draft, text: str, question: str = "") -> Plan:
    """The plan with the reply's own turn; what is said is remembered, shortened."""
    d.turn += 1
    d.said = text[:_MAX_SAID]
    return Plan(
        say=text,
        language=d.language,
        stage=d.stage_id,
        ask=d.pending.field,
        asks=d.pending.kind,
        phrase=phrase_for(d, text, question),
        lookup=d.lookup,
        turn=d.turn,
    )


def aside(d: Draft, text: str) -> Plan:
    """Words beside the question, which stays open: asked to repeat, the bot repeats the question."""
    question = d.said
    result = plan(d, text)
    d.said = question
    return result


def _last_words(d: Draft) -> Plan:
    text = " ".join(part for part in (*d.answers, *d.parts) if part)
    transfer = d.stage.spec.transfer if d.transferring else None
    if not text:
        text = service_say(d, "transfer" if transfer else "goodbye")
    d.pending = Pending()
    d.turn += 1
    d.said = text[:_MAX_SAID]
    return Plan(
        say=text,
        language=d.language,
        stage=d.stage_id,
        action="transfer" if transfer else "hang_up",
        transfer_to=transfer.to if transfer else None,
        phrase=None if transfer else phrase_for(d, text, ""),
        turn=d.turn,
    )


def out_of_limits(d: Draft) -> bool:
    limits = d.scenario.scenario.limits
    return d.caller_turns >= limits.turns or d.at - d.base.started_at >= limits.duration


def limit_words(d: Draft) -> str:
    own = d.scenario.limit_end
    text = say(d, own.pick(d.language))[0] if own else ""
    return text or service_say(d, "limit_end")


def _count_miss(d: Draft) -> None:
    """Settles whether this input was a miss, now that it is known what came of it."""
    if not d.caller_spoke:
        return
    if d.understood and d.heard == d.base.heard and not _progress(d):
        d.misses = d.base.misses + 1  # the same words again bring the same answer: not for ever
    elif d.lookup is not None and d.unanswered > 2 and not d.moved:
        d.misses = d.base.misses + 1  # one question after another that has no answer
    elif d.moved or d.understood:
        d.misses = 0
    else:
        d.misses = d.base.misses + 1
        d.missed = True
        d.emit("missed", misses=d.misses, ask=d.pending.field, quote=d.quote()[:100])


def _progress(d: Draft) -> bool:
    """Whether anything came of this input."""
    return any(event.type in _PROGRESS for event in d.events)


def _question(d: Draft) -> str | None:
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
    if name in d.unclear and d.misses == 0:
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
    text, _ = say(d, field.ask.pick(d.language, d.misses), field=name)
    return text or f"{field.labels[d.language].capitalize()}?"


def _ambiguity(d: Draft, name: str) -> str:
    unclear = d.unclear[name]
    d.pending = Pending(Ask.AMBIGUOUS, name)
    d.asked[name] = d.asked.get(name, 0) + 1
    last = str(d.service.words["or"])
    if d.scenario.fields[name].type is FieldType.TIME and (parts := _day_parts(d, unclear.candidates)):
        return service_say(
            d, "ambiguous_time", 0, {"value": unclear.raw.strip(" ,.!?"), "options": listed(parts, last)}
        )
    options = listed([spoken_value(d, name, one) for one in unclear.candidates], last)
    return service_say(d, "ambiguous", 0, {"options": options, "label": d.scenario.fields[name].labels[d.language]})


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


def _opening(d: Draft) -> list[str]:
    """What comes before answers and the question: not understood, why it is needed, rules, what was taken down."""
    if d.repeat:
        return [service_say(d, "repeat")]
    if d.missed:
        return [service_say(d, "not_understood", d.misses - 1)]
    if d.hurried:
        return [service_say(d, "ack")]
    if d.greeted:
        return [service_say(d, "greeting")]
    if d.lookup:
        own = d.scenario.unknown
        return [say(d, own.pick(d.language))[0] if own else service_say(d, "unknown_answer")]
    opening = _taken_down(d)
    if d.need is not None:
        opening.append(service_say(d, "need_field", 0, {"label": d.scenario.fields[d.need].labels[d.language]}))
    opening += [_violation(d, name, found) for name, found in d.violations.items() if name == d.pending.field]
    return opening


def _taken_down(d: Draft) -> list[str]:
    """Values of this turn said back, unless the question does so itself."""
    told = {d.pending.field} if d.pending.kind is Ask.CONFIRM else set()
    changes = [change for change in d.changes if change.field not in told]
    if not changes or d.pending.must or d.stage_spoke or d.answers:
        return []
    corrected = [spoken_value(d, change.field, change.value) for change in changes if change.old is not None]
    if corrected:
        return [service_say(d, "corrected", 0, {"values": ", ".join(corrected)})]
    fresh = [change for change in changes if _worth_an_echo(d, change.field, change.value)]
    if fresh:
        values = ", ".join(spoken_value(d, change.field, change.value) for change in fresh)
        return [service_say(d, "ack_values", 0, {"values": values})]
    return [service_say(d, "ack", d.caller_turns % 3)]


def _worth_an_echo(d: Draft, name: str, value: str) -> bool:
    """Values that are easily misheard; a small number alone sounds odd ("All right, two")."""
    kind = d.scenario.fields[name].type
    return kind in _ECHOED and (kind is not FieldType.NUMBER or abs(Decimal(value)) >= 10)


def _violation(d: Draft, name: str, found: Extraction) -> str:
    field = d.scenario.fields[name]
    minimum, maximum = field.bounds_on(d.now.date())
    key = _PROBLEM_WORDS.get((field.type, found.problem or ""), found.problem or "not_valid")
    if key not in d.service.says:
        key = "not_valid"
    values = {"label": field.labels[d.language]}
    for word, bound in (("min", minimum), ("max", maximum)):
        if bound is not None:
            values[word] = spoken_value(d, name, str(bound) if isinstance(bound, Decimal) else bound.isoformat())
    between = field.rules.between
    if between:
        values["from"], values["to"] = (spoken_value(d, name, clock.strftime("%H:%M")) for clock in between)
    if found.value and field.type is FieldType.DATE and key == "weekday_closed":
        values["weekday"] = _weekday(d, found.value)
    return service_say(d, key, 0, values)


def _weekday(d: Draft, value: str) -> str:
    try:
        return str(d.service.words["weekdays"][date.fromisoformat(value).weekday()])
    except ValueError:
        return ""
