"""Values that are not what was asked for: of another open field, at a read-back, or in pieces."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace

from app.scenario.draft import Draft
from app.scenario.field_extractor import extract
from app.scenario.intents import words
from app.scenario.state import Ask
from app.scenario.values import Extraction, FieldType

_KNOWN_NAME = 0.8
"""Confidence of a first name that is one; other words may be anything."""
_OUT_OF_BOUNDS = frozenset({"below_min", "above_max"})
_UNLIKE_OTHERS = frozenset({FieldType.DATE, FieldType.TIME, FieldType.PERSON_NAME, FieldType.EMAIL})
"""Types whose values are kept for a later stage when they answer nothing else."""
_MOST_DIGITS = 120
_CLAUSE_END = re.compile(r"[,;.!?](?:\s|$)")


def of_another_field(d: Draft, text: str, found: dict[str, Extraction]) -> dict[str, Extraction]:
    """A value that the asked field cannot take and just one other open field can; the stage's own come first."""
    asked = d.pending.field
    if (
        d.pending.kind not in (Ask.VALUE, Ask.AMBIGUOUS)
        or asked is None
        or d.scenario.fields[asked].type is FieldType.TEXT
    ):
        return found
    found = _asked_first(d, text, asked, found)
    mine = found.get(asked)
    number = mine is not None and mine.problem in _OUT_OF_BOUNDS
    if not number and (found or d.intents or d.answer or len(d.service.content(d.words)) > 4):
        return found
    open_ones = [name for name in d.stage.spec.collect if name != asked and d.value(name) is None]
    if number:
        open_ones = [name for name in open_ones if d.scenario.fields[name].type is FieldType.NUMBER]
    fits = _fitting(d, text, open_ones)
    if not fits and not number:
        later = (name for name, field in d.scenario.fields.items() if field.type in _UNLIKE_OTHERS)
        fits = _fitting(d, text, [name for name in later if name != asked and d.value(name) is None])
    if len(fits) != 1 or any(name in found for name in fits):
        return found
    return {name: one for name, one in found.items() if name != asked} | fits


def beside_their_names(d: Draft, text: str, found: dict[str, Extraction]) -> dict[str, Extraction]:
    """Numbers and short codes said after the name of their field: "budget a hundred thousand, postcode E8 4RT"."""
    named: dict[str, Extraction] = {}
    hits = d.scenario.field_words.find(d.words)
    for name, _, _, after in hits:
        kind = d.scenario.fields[name].type
        if after >= len(d.words) or kind not in (FieldType.NUMBER, FieldType.TEXT):
            continue
        if name in found or name in named or name == d.pending.field or d.value(name) is not None:
            continue
        start = d.words[after].start
        others = [one.start for one in found.values() if one.start >= start]
        end = min([len(text), *others, *(m.start() for m in _CLAUSE_END.finditer(text, start))])
        part = text[start:end].strip()
        if not part or (kind is FieldType.TEXT and not any(letter.isdigit() for letter in part)):
            continue
        one = extract(part, d.rules[name], lang=d.language, now=d.now, region=d.base.region, asked=True)
        if one is not None and one.value is not None and one.problem is None and not one.ambiguous:
            named[name] = replace(one, start=start + one.start, end=start + one.end)
    return found | named


def several_options(d: Draft, text: str) -> dict[str, Extraction]:
    """Two options of a choice named before it was asked for: to be asked back when its turn comes."""
    if d.pending.kind is not Ask.OPEN or d.pending.must or d.intents or d.answer:
        return {}
    found = {}
    for name, field in d.scenario.fields.items():
        if field.type is FieldType.CHOICE and d.value(name) is None:
            one = extract(text, d.rules[name], lang=d.language, now=d.now, region=d.base.region, asked=True)
            if one is not None and one.ambiguous:
                found[name] = one
    return found


def _asked_first(d: Draft, text: str, asked: str, found: dict[str, Extraction]) -> dict[str, Extraction]:
    """Short words that answer the question are its answer, even when they would do for another field too."""
    if not found or asked in found or d.answer == "no":
        return found
    mine = extract(text, d.rules[asked], lang=d.language, now=d.now, region=d.base.region, asked=True)
    if mine is None or mine.ambiguous:
        return found
    rivals = {name for name, one in found.items() if one.start < mine.end and mine.start < one.end}
    number = d.scenario.fields[asked].type is FieldType.NUMBER and all(
        d.scenario.fields[name].type is FieldType.NUMBER and name not in d.stage.spec.collect for name in rivals
    )
    if number or (mine.problem is None and mine.value is not None and len(d.words) < 3):
        return {asked: mine, **{name: one for name, one in found.items() if name not in rivals}}
    return found


def of_what_was_read_back(d: Draft, text: str) -> dict[str, Extraction]:
    """A bare value ("at four", "Marina") said to a read-back or to "what should I change?": the one that it replaces.

    When it may replace several, they are noted in `rivals`, to be asked about.
    """
    at_read_back = d.pending.kind is Ask.OPEN and bool(d.pending.must)
    if not at_read_back and d.pending.kind is not Ask.CHANGE:
        return {}
    content = d.service.content(d.words)
    if not content or len(content) > 7 or d.intents or (d.answer and len(d.words) < 3):
        return {}
    known = [name for name in d.fields if d.value(name) is not None]
    fits = _like_the_old(d, text, known) or _fitting(d, text, known)
    fits = {name: replace(one, corrects=True) for name, one in fits.items() if one.value != d.value(name)}
    if len(fits) < 2:
        return fits
    d.rivals = list(fits)
    return {}


def _fitting(d: Draft, text: str, names: Iterable[str]) -> dict[str, Extraction]:
    """The fields that would take the words as the answer to their own question, without doubt."""
    fits = {}
    for name in names:
        kind = d.scenario.fields[name].type
        if kind in (FieldType.TEXT, FieldType.YES_NO):
            continue
        one = extract(text, d.rules[name], lang=d.language, now=d.now, region=d.base.region, asked=True)
        sure = one is not None and (kind is not FieldType.PERSON_NAME or one.confidence >= _KNOWN_NAME)
        if one is not None and sure and one.value is not None and not one.ambiguous and one.problem is None:
            fits[name] = one
    return fits


def _like_the_old(d: Draft, text: str, names: Iterable[str]) -> dict[str, Extraction]:
    """Free text that shares most words with what it replaces ("26 Baker Street" for "24 Baker Street")."""
    said = {word.stem for word in d.service.content(d.words)}
    fits = {}
    for name in names:
        old = {word.stem for word in words(d.value(name) or "")}
        if d.scenario.fields[name].type is FieldType.TEXT and 2 * len(old & said) >= len(said):
            one = extract(text, d.rules[name], lang=d.language, now=d.now, region=d.base.region, asked=True)
            if one is not None and one.value is not None:
                fits[name] = one
    return fits


def in_pieces(d: Draft, name: str, found: Extraction | None) -> Extraction | None:
    """A phone number that is dictated in pieces: what was said before and now, when together they are complete."""
    if d.scenario.fields[name].type is not FieldType.PHONE or found is None or found.problem != "incomplete_phone":
        return found
    both = f"{d.begun} {found.raw}".strip()[-_MOST_DIGITS:]
    if d.begun:
        whole = extract(both, d.rules[name], lang=d.language, now=d.now, region=d.base.region, asked=True)
        if whole is not None and whole.value is not None and whole.problem is None and not whole.ambiguous:
            d.begun = ""
            return replace(whole, raw=found.raw, start=found.start, end=found.end)
        if whole is None or whole.problem != "incomplete_phone":
            both = found.raw[:_MOST_DIGITS]
    d.begun = both
    return found
