"""Values in the caller's words: for which field, and whether new, a correction, unclear or against the rules."""

from __future__ import annotations

from dataclasses import replace

from app.scenario.draft import Change, Draft
from app.scenario.field_extractor import answer, extract, extract_many, refusal
from app.scenario.misplaced import (
    beside_their_names,
    in_pieces,
    of_another_field,
    of_what_was_read_back,
    several_options,
)
from app.scenario.state import MAX_KEPT, Ask, FieldState, Unclear
from app.scenario.state_machine import keep
from app.scenario.values import Extraction, FieldType

_CERTAIN = 0.7
_MOST_READINGS = 3
"""Readings that can be asked back in one breath; words with more were not understood."""
WAITS_FOR_VALUE = frozenset({Ask.VALUE, Ask.AMBIGUOUS, Ask.SKIP, Ask.OFFER, Ask.CONFIRM})


def find_values(d: Draft, text: str) -> None:
    asked = d.pending.field if d.pending.kind in WAITS_FOR_VALUE else None
    if asked and d.answer == "yes" and d.pending.kind in (Ask.CONFIRM, Ask.OFFER, Ask.SKIP):
        asked = None  # "yes" is about what was read back; a value beside it must be unmistakable
    if asked and _not_an_answer(d, asked):
        asked = None
    known = {name: field.value for name, field in d.fields.items() if field.status == "set" and field.value is not None}
    found = dict(
        extract_many(text, d.rules, asked=asked, lang=d.language, now=d.now, region=d.base.region, known=known)
    )
    if d.pending.kind is Ask.AMBIGUOUS and d.pending.field:
        resolved = _resolve(d, d.pending.field, text, found.get(d.pending.field))
        if resolved:
            found[d.pending.field] = resolved
    if asked and asked in found and (piece := in_pieces(d, asked, found[asked])):
        found[asked] = piece
    found = of_another_field(d, text, found) or of_what_was_read_back(d, text)
    found = beside_their_names(d, text, found) or several_options(d, text)
    for name, extraction in sorted(found.items(), key=lambda item: item[1].start):
        take(d, name, extraction, asked=name == d.pending.field)
    _take_same_number(d, text)


def _take_same_number(d: Draft, text: str) -> None:
    """ "This same number" accepts what would be offered, before it is offered."""
    phone = d.base.caller_phone
    for name, field in d.scenario.fields.items():
        if field.type is not FieldType.PHONE or field.offer is None or phone is None or d.value(name) is not None:
            continue
        hit = d.service.find("same_number", d.words)
        if hit and d.pending.kind is not Ask.OFFER:
            start, end = d.words[hit[0]].start, d.words[hit[1] - 1].end
            if d.service.heard("denied", d.words):
                continue
            store(d, name, Extraction(phone, text[start:end], start, end, 1.0), source="offer", confirmed=True)
            d.confirmed.append(name)
            d.emit("field_confirmed", field=name, value=phone, quote=text[start:end])


def _not_an_answer(d: Draft, asked: str) -> bool:
    """Free text takes any words, so a request or a question that the scenario knows is not taken for an answer."""
    if d.scenario.fields[asked].type is not FieldType.TEXT:
        return False
    spec = d.scenario.fields[asked].spec
    if d.answer and len(d.words) <= 3 and (d.answer == "yes" or not spec.required):
        return True  # "any wishes?" "yes": the wish itself is still to come
    if refusal(d.utterance, d.language) or d.service.mostly("unsure", d.words, beside=1):
        return True
    known = {match.name for match in d.intents if match.by == "keyword"}
    if not known:
        return d.scenario.unknown is not None and is_question(d)
    return bool(known & d.scenario.answers.keys()) or any(
        f'"{name}"' in one.condition.source for one in d.scenario.anywhere if one.condition for name in known
    )


def _resolve(d: Draft, name: str, text: str, direct: Extraction | None) -> Extraction | None:
    """The answer to "five in the morning or in the evening?", read together with the words that were unclear."""
    unclear = d.unclear.get(name)
    if unclear is None or (direct and direct.value is not None and not direct.ambiguous):
        return direct
    said = text.strip()
    for both in (f"{unclear.raw} {said}", f"{said} {unclear.raw}"):
        found = extract(both, d.rules[name], lang=d.language, now=d.now, region=d.base.region, asked=True)
        if found and found.value in unclear.candidates and not found.ambiguous:
            start = text.index(said)
            return replace(found, raw=said, start=start, end=start + len(said), problem=None)
    return direct


def take(d: Draft, name: str, found: Extraction, *, asked: bool) -> None:
    """One value that was heard: kept, a correction, unclear, or against the field's rules."""
    if not asked and d.scenario.fields[name].type is FieldType.PHONE and d.service.heard("elsewhere", d.words):
        d.emit("value_ignored", field=name, raw=found.raw[:MAX_KEPT], start=found.start, reason="elsewhere")
        return
    if not asked and d.scenario.fields[name].type is FieldType.CHOICE and answer(found.raw, d.language):
        return  # "no" is an option of a field that was asked, and otherwise just a no
    current = d.value(name)
    meant = asked or found.corrects or (d.pending.kind is Ask.OPEN and bool(d.pending.must))
    certain = meant or found.confidence >= _CERTAIN
    if found.ambiguous and len(found.candidates) > 1:
        if len(found.candidates) <= _MOST_READINGS and (meant or current is None):
            _note_unclear(d, name, found)
        return
    if found.problem is not None or found.value is None:
        if meant or (current is None and certain):
            d.violations[name] = found
            d.understood = True
            d.emit(
                "value_refused",
                field=name,
                value=found.value,
                raw=found.raw[:MAX_KEPT],
                start=found.start,
                problem=found.problem or "not_valid",
            )
        return
    value = found.value[:MAX_KEPT]
    if current == value:
        d.unclear.pop(name, None)
        d.understood = d.understood or asked
        return
    asked_about = any(match.name in d.scenario.answers for match in d.intents) and not (asked or found.corrects)
    if current is not None and (asked_about or not certain):
        return  # "and how much is whitening?" does not change the service
    store(d, name, replace(found, value=value), source="dtmf" if d.keys else "speech")


def _note_unclear(d: Draft, name: str, found: Extraction) -> None:
    d.unclear[name] = Unclear(found.raw[:MAX_KEPT], found.candidates, d.turn)
    d.understood = True
    d.emit("field_unclear", field=name, raw=found.raw[:MAX_KEPT], start=found.start, candidates=list(found.candidates))


def store(d: Draft, name: str, found: Extraction, *, source: str = "speech", confirmed: bool = False) -> None:
    """Sets or replaces the value, with the words behind it."""
    before = d.fields.get(name)
    value = found.value or ""
    history = before.history if before else ()
    old = before.value if before and before.status == "set" else None
    if before and old is not None:
        history = keep(history, old, before.raw, before.turn)
    replaced = old if old is not None else (history[-1].value if history else None)
    d.fields[name] = FieldState(
        status="set",
        value=value,
        raw=found.raw[:MAX_KEPT],
        turn=d.turn,
        start=found.start,
        confirmed=confirmed,
        source=source,  # type: ignore[arg-type]
        confidence=round(found.confidence, 3),
        history=history,
    )
    d.unclear.pop(name, None)
    d.violations.pop(name, None)
    d.begun = ""
    d.refusals.pop(name, None)
    d.changes.append(Change(name, value, replaced))
    d.understood = True
    data = {
        "field": name, "value": value, "raw": found.raw[:MAX_KEPT], "start": found.start, "source": source,
        "confidence": round(found.confidence, 3),
    }  # fmt: skip
    if replaced is None:
        d.emit("field_set", **data)
    else:
        d.emit("field_corrected", **data, old=replaced)


def is_question(d: Draft) -> bool:
    """Whether the words sound like a question."""
    return d.utterance.rstrip().endswith("?") or d.service.begins("question", d.words)
