"""What the caller's words mean for this call: language, yes and no, values, refusals, intent, questions."""

from __future__ import annotations

from dataclasses import replace

from app.scenario.draft import Change, Draft
from app.scenario.field_extractor import answer, extract, extract_many, refusal
from app.scenario.intents import words
from app.scenario.language_detector import detect
from app.scenario.speech import say
from app.scenario.state import MAX_KEPT, Ask, FieldState, Unclear
from app.scenario.state_machine import keep, reopen
from app.scenario.values import Extraction, FieldType

MAX_UNDERSTOOD = 2000
"""Characters of one utterance that are searched; more than two minutes of speech. All of it is kept as said."""
_CERTAIN = 0.7
_MOST_READINGS = 3
"""Readings that can be asked back in one breath; words with more were not understood."""
_WAITS_FOR_VALUE = frozenset({Ask.VALUE, Ask.AMBIGUOUS, Ask.SKIP, Ask.OFFER, Ask.CONFIRM})


def understand(d: Draft, utterance: str) -> None:
    """Reads one utterance into the draft."""
    text = utterance[:MAX_UNDERSTOOD]
    d.utterance = text
    d.heard, d.heard_turn = text, d.turn
    d.words = words(text)
    if not d.words:
        d.misses += 1
        d.missed = True
        return
    _detect_language(d, text)
    _find_intent(d, text)
    if not d.intents and d.service.mostly("repeat", d.words):
        d.repeat = d.understood = True
        return
    d.answer = answer(text, d.language)
    _find_values(d, text)
    _settle_pending(d)
    _find_courtesy(d)
    _find_question(d, text)
    if d.lookup is None:
        d.unanswered = 0
    if not d.understood and d.intent is None:
        d.misses += 1  # conditions on `attempts` see this one; a stage that is entered starts anew
        d.missed = True


def _detect_language(d: Draft, text: str) -> None:
    if len(d.scenario.languages) < 2:
        return
    language, confidence = detect(text, d.scenario.languages, d.language)
    if language != d.language and language in d.scenario.languages:
        d.emit(
            "language_changed", **{"from": d.language, "to": language}, confidence=round(confidence, 3), quote=d.quote()
        )
        d.language = language


def _find_intent(d: Draft, text: str) -> None:
    """All intents are noted; the one that steers is the best of those that a condition reads, if there is one."""
    d.intents = d.scenario.matcher.match_all(text, d.words)[:4]
    if not d.intents:
        return
    steering = [match for match in d.intents if match.name in d.scenario.steering]
    d.intent = (steering or d.intents)[0]
    d.intent_name = d.intent.name
    for match in d.intents:
        d.emit(
            "intent_found", intent=match.name, score=match.score, by=match.by, pattern=match.pattern, quote=match.quote
        )


def _find_values(d: Draft, text: str) -> None:
    asked = d.pending.field if d.pending.kind in _WAITS_FOR_VALUE else None
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
    if not found and d.pending.kind is Ask.OPEN and d.pending.must:
        found = _changed_at_read_back(d, text)
    for name, extraction in sorted(found.items(), key=lambda item: item[1].start):
        take(d, name, extraction, asked=name == d.pending.field)
    _take_same_number(d, text)


def _changed_at_read_back(d: Draft, text: str) -> dict[str, Extraction]:
    """A day or a time said after a read-back ("could it be at four") can only be meant for what was read."""
    found: dict[str, Extraction] = {}
    if len(d.words) > 2:
        for name, field in d.scenario.fields.items():
            if field.type in (FieldType.DATE, FieldType.TIME) and d.value(name) is not None:
                one = extract(text, d.rules[name], lang=d.language, now=d.now, region=d.base.region, asked=True)
                if one is not None:
                    found[name] = replace(one, corrects=True)
    return found if len(found) == 1 else {}


def _take_same_number(d: Draft, text: str) -> None:
    """ "This same number" accepts what would be offered, before it is offered."""
    phone = d.base.caller_phone
    for name, field in d.scenario.fields.items():
        if field.type is not FieldType.PHONE or field.offer is None or phone is None or d.value(name) is not None:
            continue
        hit = d.service.find("same_number", d.words)
        if hit and d.pending.kind is not Ask.OFFER:
            start, end = d.words[hit[0]].start, d.words[hit[1] - 1].end
            store(d, name, Extraction(phone, text[start:end], start, end, 1.0), source="offer", confirmed=True)
            d.confirmed.append(name)
            d.emit("field_confirmed", field=name, value=phone, quote=text[start:end])


def _not_an_answer(d: Draft, asked: str) -> bool:
    """Free text takes any words, so a request or a question that the scenario knows is not taken for an answer."""
    if d.scenario.fields[asked].type is not FieldType.TEXT:
        return False
    spec = d.scenario.fields[asked].spec
    if not spec.required and d.answer == "no" and len(d.words) <= 3:
        return True
    if refusal(d.utterance, d.language) or d.service.mostly("unsure", d.words, beside=1):
        return True
    known = {match.name for match in d.intents if match.by == "keyword"}
    if not known:
        return d.scenario.unknown is not None and _is_question(d)
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
    current = d.value(name)
    certain = asked or found.corrects or found.confidence >= _CERTAIN
    if found.ambiguous and len(found.candidates) > 1:
        if len(found.candidates) <= _MOST_READINGS and (asked or found.corrects or current is None):
            _note_unclear(d, name, found)
        return
    if found.problem is not None or found.value is None:
        if asked or found.corrects or (current is None and certain):
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
    if current is not None and not certain:
        return
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


def _settle_pending(d: Draft) -> None:
    """What the words mean for the question that was open."""
    kind, name = d.pending.kind, d.pending.field
    if name is not None and kind in _WAITS_FOR_VALUE:
        if any(change.field == name for change in d.changes) or name in d.violations:
            d.answer = ""  # "no, six" said no to the value; "yes" was the value
        elif refusal(d.utterance, d.language):
            refuse(d, name)
            return
        else:
            _SETTLE[kind](d, name)
            d.answer = ""
    _name_field(d)
    if kind is Ask.CHANGE:
        _change(d)
    elif kind is Ask.OPEN and d.answer == "yes" and _not_yet(d):
        d.answer = ""
        d.understood = True


def _not_yet(d: Draft) -> bool:
    """A yes to values that were not heard, or that changed in the same breath."""
    return not _heard_out(d) or any(change.old for change in d.changes)


def _value(d: Draft, name: str) -> None:
    """No value came; a no is an answer where the field may stay empty."""
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
    """Whether a yes may count: the values were heard, or the caller says yes over them for the second time."""
    if d.pending.heard:
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
    if d.answer == "yes" and d.pending.value and _heard_out(d):
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
    if not hits:
        kinds = [owner for owner, *_ in d.service.field_words.find(d.words)]
        hits = [(1, name) for kind in kinds for name, field in d.scenario.fields.items() if field.type.value == kind]
    known = [(length, name) for length, name in hits if d.value(name) is not None]
    if known:
        d.named = max(known)[1]


def _change(d: Draft) -> None:
    """The answer to "what should I change?"."""
    if d.changes:
        d.correcting = False
    elif d.named is not None:
        d.correcting = False
        d.understood = True
        reopen(d, d.named)
    elif d.answer or d.service.heard("fine", d.words):
        d.correcting = False
        d.understood = True
    d.answer = ""


def _is_question(d: Draft) -> bool:
    return d.utterance.rstrip().endswith("?") or d.service.begins("question", d.words)


def _find_courtesy(d: Draft) -> None:
    """A greeting, "one moment" or "be quick" is no answer, and nothing that was not understood either."""
    if d.understood or d.intents or d.answer or d.changes:
        return
    d.greeted = d.service.mostly("greeting", d.words, beside=1)
    d.waits = not d.greeted and d.service.mostly("wait", d.words, beside=2)
    d.hurried = not (d.greeted or d.waits) and d.service.mostly("hurry", d.words, beside=2)
    d.understood = d.greeted or d.waits or d.hurried


def _find_question(d: Draft, text: str) -> None:
    """A question with a fixed answer is answered; another one is looked up when the scenario has knowledge."""
    for match in d.intents:
        if match.name in d.scenario.answers:
            d.answers.append(say(d, d.scenario.answers[match.name].pick(d.language))[0])
            d.answered_questions += 1
            d.understood = True
            data = {"question": d.quote(), "intent": match.name, "source": "scenario", "quote": match.quote}
            d.emit("question_answered", **data)
    if d.answers:
        return
    if d.understood or d.intent or d.scenario.unknown is None or not _is_question(d):
        return
    knowledge = d.scenario.scenario.knowledge
    if knowledge is None or knowledge.answer == "never":
        return
    d.lookup = d.question = text.strip()[:MAX_KEPT]
    d.question_turn = d.turn
    d.unanswered += 1
    d.understood = True
    d.emit("question_asked", question=d.lookup)
