"""What a reply begins with: not understood, why something is needed, a rule that was broken, what was taken down."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from app.scenario.draft import Draft
from app.scenario.speech import put_value, say, service_say, spoken_value
from app.scenario.state import Ask
from app.scenario.values import Extraction, FieldType

_ECHOED = frozenset({FieldType.DATE, FieldType.TIME, FieldType.NUMBER, FieldType.CHOICE})
_PROBLEM_WORDS = {
    (FieldType.DATE, "below_min"): "date_too_early",
    (FieldType.DATE, "above_max"): "date_too_late",
}


def opening(d: Draft) -> list[str]:
    """What comes before answers and the question: not understood, why it is needed, rules, what was taken down."""
    if d.repeat:
        return [service_say(d, "repeat")]
    if d.missed:
        return [service_say(d, "not_understood", d.misses - 1)]
    if d.courtesy:
        return [service_say(d, d.courtesy)]
    if d.lookup:
        own = d.scenario.unknown
        return [say(d, own.pick(d.language))[0] if own else service_say(d, "unknown_answer")]
    opening = _taken_down(d)
    if d.declined and d.need is None and not (opening or d.answers or d.stage_spoke or d.pending.must):
        opening.append(service_say(d, "ack"))
    if d.need is not None:
        opening.append(service_say(d, "need_field", 0, {"label": d.scenario.fields[d.need].labels[d.language]}))
    opening += [_violation(d, name, found) for name, found in d.violations.items() if name == d.pending.field]
    return opening


def _taken_down(d: Draft) -> list[str]:
    """Values of this turn said back, unless the question does so itself."""
    told = {d.pending.field} if d.pending.kind is Ask.CONFIRM else set()
    changes = [change for change in d.changes if change.field not in told]
    if not changes or d.stage_spoke or d.answers:
        return []
    read_back = d.pending.kind is Ask.OPEN and d.pending.must
    corrected = [
        put_value(d, change.field, change.value) for change in changes if change.old is not None and not read_back
    ]
    if corrected:
        return [service_say(d, "corrected", 0, {"values": ", ".join(corrected)})]
    if d.pending.must:
        return [service_say(d, "ack")] if d.pending.kind is Ask.OFFER else []
    fresh = [change for change in changes if _worth_an_echo(d, change.field, change.value)]
    if fresh:
        values = ", ".join(put_value(d, change.field, change.value) for change in fresh)
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
        values["from"], values["to"] = (
            d.service.put("hours", spoken_value(d, name, clock.strftime("%H:%M"))) for clock in between
        )
    if found.value and field.type is FieldType.DATE and key == "weekday_closed":
        values["weekday"] = _weekday(d, found.value)
    return service_say(d, key, 0, values)


def _weekday(d: Draft, value: str) -> str:
    try:
        return str(d.service.words["weekdays"][date.fromisoformat(value).weekday()])
    except ValueError:
        return ""
