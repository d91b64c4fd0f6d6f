"""Whether a caller who pauses has finished: what was asked decides, and what the words so far hold.

The words are understood as a turn's would be, on a draft that is thrown away. A wrong "complete" cuts people off, so
only the unmistakable is: a whole value of the kind that was asked, or a yes to what was read back.
"""

from __future__ import annotations

from app.scenario.compiled import CompiledScenario
from app.scenario.draft import Draft
from app.scenario.extraction.choosing import settled
from app.scenario.extraction.reading import Reading
from app.scenario.extraction.utterance import Kind
from app.scenario.field_extractor import read
from app.scenario.hearing import is_question
from app.scenario.intents import words
from app.scenario.state import Ask, CallState
from app.scenario.understanding import MAX_UNDERSTOOD, understand
from app.scenario.values import FieldType
from app.scenario.whole_values import Heard, cannot_grow, last_item, may_go_on

__all__ = ["completeness"]

_WHOLE, _BROKEN_OFF = 1.0, 0.0
_UNFINISHED_PROBLEMS = frozenset({"incomplete_phone", "incomplete_email", "incomplete_date", "invalid_phone"})
"""Of values that were heard: those that another word may cure. The rest ("closed on sunday") are whole answers."""
_DENIABLE = frozenset({FieldType.DATE, FieldType.TIME, FieldType.NUMBER, FieldType.CHOICE, FieldType.PERSON_NAME})
_BARE = frozenset({FieldType.DATE, FieldType.TIME, FieldType.CHOICE, FieldType.NUMBER})
"""Types whose value alone is an answer; in a sentence ("запишите меня на понедельник") more of it may come."""
_SENTENCE = 2
"""Words before the value that make a sentence of it."""
_FEW_WORDS = 6
_SPELLED = 5
"""Words up to which what is said to the question for an address is a part of it."""


def completeness(scenario: CompiledScenario, state: CallState, said: str) -> float | None:
    """1.0: the caller has finished; 0.0: certainly not; None: nothing in the words decides.

    said: all of this turn so far. The state is the one before it and stays as it is.
    """
    if state.ended is not None or state.transferring:
        return None
    d = _understood(scenario, state, said)
    if not d.words:
        return None
    reading = read(d.utterance, d.language)
    if _broken_off(d, reading):
        return _BROKEN_OFF
    return _WHOLE if _whole(d, reading) else None


def _understood(scenario: CompiledScenario, state: CallState, said: str) -> Draft:
    """What the words would mean as a whole turn."""
    d = Draft(scenario, state, state.at)
    today = d.now.date()
    d.rules = {name: field.rules_on(today) for name, field in scenario.fields.items()}
    d.turn += 1
    d.caller_turns += 1
    d.caller_spoke = True
    understand(d, said[:MAX_UNDERSTOOD])
    return d


# Not finished


def _broken_off(d: Draft, reading: Reading) -> bool:
    said = [word.plain for word in d.words]
    unfinished = reading.language.unfinished
    if unfinished.hangs(said):
        return True
    if not _settled(d, reading) and unfinished.leads_on(said):
        return True
    return _taken_back(d, reading) or _dictating(d, reading, said)


def _settled(d: Draft, reading: Reading) -> bool:
    """Whether the words answer what was asked, so that those that else lead to something are the answer."""
    kind, asked = d.base.pending.kind, d.base.pending.field
    closed = kind in (Ask.CONFIRM, Ask.OFFER, Ask.SKIP) or (kind is Ask.OPEN and bool(d.base.pending.must))
    if d.confirmed or d.repeat or _refused(d) or (closed and d.answer):
        return True
    if kind is Ask.CHANGE and d.named is not None:
        return True
    given = any(change.field == asked for change in d.changes)
    return given and not _beside(d, reading, after=_last(d)[1])


def _refused(d: Draft) -> bool:
    return d.refusals != d.base.refusals


def _taken_back(d: Draft, reading: Reading) -> bool:
    """ "No, not at five": the value that is right is still to come."""
    canon = reading.utterance.canon
    if not reading.language.corrections.denies(canon) or d.changes:
        return False
    end = len(canon.rstrip(" .,!?;:-"))
    for name in {d.base.pending.field, *d.base.fields} - {None}:
        rules = d.rules.get(str(name))
        if rules is None or rules.type not in _DENIABLE:
            continue
        found = settled(reading, rules, now=d.now, region=d.base.region, asked=True)
        if found.denied and not found.kept and max(one.end for one in found.denied) >= end:
            return True
    return False


def _dictating(d: Draft, reading: Reading, said: list[str]) -> bool:
    """Whether the words stop inside a number or an address."""
    asked = d.base.pending.field
    kind = d.scenario.fields[asked].type if asked is not None else None
    if _stops_inside(reading, d.base.region):
        return True
    if asked is None or any(change.field == asked for change in d.changes):
        return False
    problem = d.violations[asked].problem if asked in d.violations else None
    last = last_item(reading)
    if kind is FieldType.PHONE:
        return problem == "incomplete_phone" or (problem is None and last is not None and last.kind is Kind.NUMBER)
    if kind is FieldType.EMAIL:
        return problem == "incomplete_email" or _spelling(d, reading, said)
    if kind is FieldType.DATE:  # "twenty" where "twenty-fifth" may come
        return may_go_on(last) and all(one.bare for one in reading.times)
    return False


def _stops_inside(reading: Reading, region: str) -> bool:
    """Whether the last words are the beginning of a phone number that is named as such, or of an e-mail address."""
    canon = reading.utterance.canon
    end = len(canon.rstrip(" .,!?;:-"))
    if any(one.problem == "incomplete_email" and one.end >= end for one in reading.emails):
        return True
    last = last_item(reading)
    if last is None or last.kind is not Kind.NUMBER or reading.language.phone.telephone.search(canon) is None:
        return False
    return not any(one.values or one.problem == "invalid_phone" for one in reading.phones(region, asked=False))


def _spelling(d: Draft, reading: Reading, said: list[str]) -> bool:
    if reading.language.unfinished.spelled.search(" ".join(said[-2:])) is not None:
        return True
    nothing_else = not (d.understood or d.intents or d.answer or is_question(d))
    return nothing_else and len(d.service.content(d.words)) <= _SPELLED


# Finished


def _whole(d: Draft, reading: Reading) -> bool:
    pending = d.base.pending
    if d.repeat:  # "what" may be the beginning of a question, "what?" is one
        return len(d.words) > 1 or _marked(d)
    if _refused(d) and not d.changes:
        return True
    if not d.changes:
        read_back = pending.kind is Ask.OPEN and bool(pending.must)
        agreed = bool(d.confirmed) or (read_back and d.answer == "yes")
        if agreed and not d.intents and len(d.words) <= _FEW_WORDS:
            return True
        return _refused_value(d, reading) or _whole_request(d, reading)
    if d.confirmed and len(d.changes) == 1:
        return not d.intents and len(d.words) <= _FEW_WORDS + len(words(d.fields[d.changes[0].field].raw))
    return _answers_whole(d, reading) or (pending.kind is Ask.OPEN and _whole_request(d, reading))


def _answers_whole(d: Draft, reading: Reading) -> bool:
    """Whether the asked field has its value, nothing can be added to it, and nothing else was begun after it."""
    asked = d.base.pending.field
    given = {change.field for change in d.changes}
    if asked is None or asked not in given or d.violations or (d.unclear.keys() - d.base.unclear.keys()):
        return False
    last, end = _last(d)
    if _beside(d, reading, after=end) or not all(_cannot_grow(d, reading, name) for name in {asked, last}):
        return False
    begins = min(d.fields[name].start for name in given)
    return d.rules[asked].type not in _BARE or len(_beside(d, reading, before=begins)) < _SENTENCE


def _beside(d: Draft, reading: Reading, *, before: int = 0, after: int = MAX_UNDERSTOOD) -> list[str]:
    """The words beside the values that say something; after them, thanks and the like do not."""
    closing = reading.language.unfinished.closing
    ahead = [word for word in d.words if word.end <= before and word.plain not in d.service.lead_in]
    rest = [word for word in d.words if word.start >= after and word.plain not in closing]
    return [word.plain for word in d.service.content([*ahead, *rest])]


def _last(d: Draft) -> tuple[str, int]:
    """The field whose words stand last, and where in the utterance they end."""
    ends = {change.field: d.fields[change.field].start + len(d.fields[change.field].raw) for change in d.changes}
    name = max(ends, key=lambda one: ends[one])
    return name, ends[name]


def _refused_value(d: Draft, reading: Reading) -> bool:
    """A value that is whole and cannot be taken: "on sunday", where the day is a closed one."""
    asked = d.base.pending.field
    found = d.violations.get(asked) if asked is not None else None
    if asked is None or found is None or found.value is None or found.problem in _UNFINISHED_PROBLEMS:
        return False
    heard = Heard(found.value, d.rules[asked], reading, d.now, found.start, found.end)
    return cannot_grow(heard) and len(_beside(d, reading, before=found.start, after=found.end)) < _SENTENCE


def _whole_request(d: Draft, reading: Reading) -> bool:
    """A question that the scenario has an answer to, or a wish that it follows from anywhere, by its very words."""
    intent = d.intent
    if intent is None or intent.by != "keyword" or not reading.language.unfinished.can_end(d.words[-1].plain):
        return False
    if d.answers:
        return _marked(d) and len(d.service.content(d.words)) > 1
    return any(f'"{intent.name}"' in one.condition.source for one in d.scenario.anywhere if one.condition is not None)


def _marked(d: Draft) -> bool:
    """Whether it was heard as a question: without the recogniser's mark any noun may be followed by another."""
    return d.utterance.rstrip().endswith("?")


def _cannot_grow(d: Draft, reading: Reading, name: str) -> bool:
    field = d.fields[name]
    if field.value is None:
        return False
    return cannot_grow(Heard(field.value, d.rules[name], reading, d.now, field.start, field.start + len(field.raw)))
