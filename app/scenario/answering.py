"""What the caller's words mean for the question that was open: yes, no, a refusal, what to change."""

from __future__ import annotations

from dataclasses import replace

from app.scenario.courtesies import asks_to_wait, asks_why
from app.scenario.draft import Draft
from app.scenario.field_extractor import refusal
from app.scenario.hearing import WAITS_FOR_VALUE, store
from app.scenario.state import Ask, FieldState
from app.scenario.state_machine import reopen
from app.scenario.values import Extraction, FieldType


def settle_pending(d: Draft) -> None:
    """What the words mean for the question that was open."""
    kind, name = d.pending.kind, d.pending.field
    _name_field(d)
    if name is not None and kind in WAITS_FOR_VALUE:
        if any(change.field == name for change in d.changes) or name in d.violations:
            d.answer = ""  # "no, six" said no to the value; "yes" was the value
        elif d.answer == "no" and any(change.old for change in d.changes):
            d.answer = ""  # no to a value given before, which is replaced; the question stays open
        elif d.named not in (None, name) and d.service.heard("alter", d.words):
            d.answer = ""
            d.understood = True
            reopen(d, str(d.named))
            d.offered = [one for one in d.offered if one != name or kind is not Ask.OFFER]  # still to be answered
        elif asks_why(d, name):
            d.need = name
            d.understood = True
        elif refusal(d.utterance, d.language):
            refuse(d, name)
            return
        else:
            _SETTLE[kind](d, name)
            d.answer = ""
    if kind is Ask.CHANGE:
        _change(d)
    elif kind is Ask.OPEN and d.pending.must:
        _read_back(d)
    elif kind is Ask.OPEN and d.answer == "yes" and _not_yet(d):
        d.answer = ""
        d.understood = True


def _read_back(d: Draft) -> None:
    """The answer to a stage that reads values back: a yes to what stands, a field that is wrong, or doubt which."""
    if d.answer == "yes":
        if _not_yet(d):
            d.answer = ""
            d.understood = True
    elif d.rivals:
        d.answer = ""
        d.correcting = d.understood = True
    elif d.named is not None and (d.answer == "no" or d.service.heard("alter", d.words)):
        d.answer = ""
        d.understood = True
        reopen(d, d.named)


def _not_yet(d: Draft) -> bool:
    """A yes to values that were not heard, or that changed in the same breath."""
    amended = any(change.old for change in d.changes) or d.violations or d.unclear.keys() - d.base.unclear.keys()
    return bool(amended) or not _heard_out(d)


def _value(d: Draft, name: str) -> None:
    """No value came; a no is an answer where the field may stay empty."""
    if d.answer == "yes" and d.scenario.fields[name].type is FieldType.TEXT:
        d.courtesy = "listening"
        d.understood = True
        return
    says_no = d.answer == "no" or d.service.mostly("unsure", d.words, beside=1)
    if says_no and not d.changes and not d.scenario.fields[name].spec.required:
        refuse(d, name)


def _confirm(d: Draft, name: str) -> None:
    if d.answer == "yes" and _heard_out(d):
        confirm(d, name)
    elif d.answer == "yes":
        d.understood = True
    elif d.answer == "no":
        reopen(d, name)
        d.understood = True


def _heard_out(d: Draft) -> bool:
    """Whether a yes may count: the values were heard, or the caller says yes over them for the second time.

    "Yes, wait" is no yes to what was read.
    """
    if d.pending.heard and not asks_to_wait(d):
        d.unheard = 0
        return True
    d.unheard += 1
    return d.unheard > 1


def confirm(d: Draft, name: str) -> None:
    """The caller said yes to the value that was read back."""
    field = d.fields.get(name)
    if field is None or field.value is None:
        return
    d.fields[name] = replace(field, confirmed=True)
    d.confirmed.append(name)
    d.understood = True
    d.emit("field_confirmed", field=name, value=field.value, quote=d.quote())


def _offer(d: Draft, name: str) -> None:
    same = d.service.heard("same_number", d.words) and not (d.answer or d.service.heard("denied", d.words))
    if (d.answer == "yes" or same) and d.pending.value and _heard_out(d):
        said = d.quote().strip()
        start = d.quote().index(said)
        found = Extraction(d.pending.value, said, start, start + len(said), 1.0)
        store(d, name, found, source="offer", confirmed=True)
        d.confirmed.append(name)
        d.emit("field_confirmed", field=name, value=d.pending.value, quote=d.quote())
    elif d.answer:
        d.declined = d.answer == "no"
        d.understood = True


def _skip(d: Draft, name: str) -> None:
    if d.answer == "yes":
        refuse(d, name)
    elif d.answer == "no":
        d.understood = True


_SETTLE = {Ask.VALUE: _value, Ask.AMBIGUOUS: _value, Ask.CONFIRM: _confirm, Ask.OFFER: _offer, Ask.SKIP: _skip}


def refuse(d: Draft, name: str) -> None:
    """The caller will not say: optional fields are left out, required ones asked once more with the reason."""
    count = d.refusals.get(name, 0) + 1
    d.refusals[name] = count
    d.declined = d.understood = True
    required = d.scenario.fields[name].spec.required
    if required and count < 2:
        d.need = name
        d.emit("refusal_heard", field=name, quote=d.quote())
        return
    mark_refused(d, name)
    if required:
        d.give_up = name


def mark_refused(d: Draft, name: str) -> None:
    """The field stays empty and is not asked for again."""
    before = d.fields.get(name)
    history = before.history if before else ()
    d.fields[name] = FieldState(status="refused", value=None, raw=d.quote(), turn=d.turn, history=history)
    d.unclear.pop(name, None)
    d.violations.pop(name, None)
    d.emit("field_refused", field=name, quote=d.quote())


def _name_field(d: Draft) -> None:
    """A field that is named without a value ("the time is wrong")."""
    if d.changes:
        return
    hits = [(after - first, owner) for owner, _, first, after in d.scenario.field_words.find(d.words)]
    kinds = {owner for owner, *_ in d.service.field_words.find(d.words)}
    for name, field in d.scenario.fields.items():
        if field.type.value in kinds and (not hits or field.spec.label is None):
            hits.append((1, name))
    known = [(length, name) for length, name in hits if d.value(name) is not None]
    if known:
        d.named = max(known)[1]
        d.all_named = list(dict.fromkeys(name for _, name in known))


def _change(d: Draft) -> None:
    """The answer to "what should I change?"."""
    if d.changes or d.violations:
        d.correcting = False
    elif d.rivals:
        d.understood = True
    elif d.named is not None:
        d.correcting = False
        d.understood = True
        for name in d.all_named:  # "the day and the time"
            reopen(d, name)
    elif d.answer or d.service.heard("fine", d.words) or d.service.mostly("unsure", d.words, beside=1):
        d.correcting = False
        d.understood = True
    d.answer = ""
