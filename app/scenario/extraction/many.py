"""Several fields filled from one utterance."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from app.scenario.extraction import answers, numbers
from app.scenario.extraction.choosing import as_extraction, choose, halved, settled, text_value
from app.scenario.extraction.findings import Finding
from app.scenario.extraction.reading import Reading
from app.scenario.values import Extraction, FieldRules, FieldType

__all__ = ["fill"]

_ORDER = (FieldType.EMAIL, FieldType.PHONE, FieldType.DATE, FieldType.TIME, FieldType.PERSON_NAME)
"""In passing: the types in the order in which they claim their words. Choices come after them."""
_OF_PEOPLE = re.compile(r"people|person|guest|party|adult|tenant|visitor|resident")
_OF_MONEY = re.compile(r"budget|price|rent|amount|money|cost|sum")
_LONGEST_NAMED = 4
_REPLACED = (FieldType.DATE, FieldType.TIME)
_TAKEN_BACK = frozenset({FieldType.TIME, FieldType.DATE, FieldType.NUMBER, FieldType.CHOICE, FieldType.PERSON_NAME})


def fill(
    reading: Reading,
    text: str,
    fields: Mapping[str, FieldRules],
    *,
    asked: str | None,
    now: datetime,
    region: str,
    known: Mapping[str, str],
) -> dict[str, Extraction]:
    """See field_extractor.extract_many."""
    found: dict[str, Extraction] = {}
    for name, replaced in _taken_back(reading, fields, now=now, region=region, known=known).items():
        _add(found, name, replaced)
    for name, replaced in _corrected(reading, fields, asked, now=now, region=region, known=known).items():
        _add(found, name, replaced)
    rules = fields.get(asked) if asked is not None else None
    if asked is not None and rules is not None and asked not in found:
        answered = _asked(reading, text, rules, now=now, region=region)
        if answered is not None:
            _add(found, asked, answered)
    done = {fields[name].type for name in found} | ({rules.type} - {FieldType.CHOICE} if rules else set())
    for kind in _ORDER:
        if kind in done:
            continue
        names = _others(fields, kind, asked)
        if not names or not reading.findings(fields[names[0]], now=now, region=region, asked=False):
            continue  # whether anything of the type was said does not depend on a field's rules
        heard = {
            name: extraction
            for name in names
            if (extraction := choose(reading, fields[name], now=now, region=region, asked=False)) is not None
        }
        target = _target(heard, names, known)
        if target is not None:
            _add(found, target, heard[target])
    _add_numbers(found, reading, fields, asked, now=now, region=region, known=known)
    _add_choices(found, reading, fields, asked, now=now, region=region)
    if rules is None or rules.type is not FieldType.TEXT:
        _add_named_texts(found, reading, fields, asked, known)
    return found


def _asked(reading: Reading, text: str, rules: FieldRules, *, now: datetime, region: str) -> Extraction | None:
    if rules.type is FieldType.TEXT:
        return (
            None if answers.refuses(reading.utterance, reading.language.answers) else text_value(text, reading.language)
        )
    return choose(reading, rules, now=now, region=region, asked=True)


def _others(fields: Mapping[str, FieldRules], kind: FieldType, asked: str | None) -> list[str]:
    return [name for name, rules in fields.items() if rules.type is kind and name != asked]


def _target(heard: Mapping[str, Extraction], names: list[str], known: Mapping[str, str]) -> str | None:
    """Which of the fields of one type the value belongs to; None when that is not clear."""
    if not heard:
        return None
    settled_fields = [name for name in names if name in known]
    open_fields = [name for name in names if name not in known]
    corrects = any(extraction.corrects for extraction in heard.values())
    choice = settled_fields if (corrects and settled_fields) or not open_fields else open_fields
    return choice[0] if len(choice) == 1 and choice[0] in heard else None


def _taken_back(
    reading: Reading, fields: Mapping[str, FieldRules], *, now: datetime, region: str, known: Mapping[str, str]
) -> dict[str, Extraction]:
    """ "Not five, six": the field whose known value is denied gets the other one."""
    found: dict[str, Extraction] = {}
    if not known or not reading.language.corrections.denies(reading.utterance.canon):
        return found
    for name, value in known.items():
        rules = fields.get(name)
        if rules is None or rules.type not in _TAKEN_BACK:
            continue
        after = settled(reading, rules, now=now, region=region, asked=True)
        if not after.kept or not any(value in finding.values for finding in after.denied):
            continue
        kept = tuple(halved(finding, value) for finding in after.kept) if rules.type is FieldType.TIME else after.kept
        extraction = as_extraction(reading.utterance, kept, rules.type, asked=True)
        if extraction is not None and (extraction.value is not None or extraction.ambiguous):
            found[name] = replace(extraction, corrects=True)
    values = [known[name] for name in found]
    return {name: extraction for name, extraction in found.items() if values.count(known[name]) == 1}


def _corrected(
    reading: Reading,
    fields: Mapping[str, FieldRules],
    asked: str | None,
    *,
    now: datetime,
    region: str,
    known: Mapping[str, str],
) -> dict[str, Extraction]:
    """ "No, at six" while something else is asked for: a day or time that can only replace the known one."""
    found: dict[str, Extraction] = {}
    clear = asked is None or asked not in fields or fields[asked].type is not FieldType.NUMBER
    for kind in _REPLACED:
        names = [name for name, rules in fields.items() if rules.type is kind]
        if len(names) != 1 or names[0] == asked or names[0] not in known:
            continue
        name = names[0]
        kept = settled(reading, fields[name], now=now, region=region, asked=False).kept
        alone = clear and reading.only_values(kept) and reading.named_when(kind)
        if not kept or not (alone or (kept[0].corrects and not reading.elsewhere)):
            continue
        if kind is FieldType.TIME:
            kept = tuple(halved(finding, known[name]) for finding in kept)
        extraction = as_extraction(reading.utterance, kept, kind, asked=True)
        if extraction is not None and extraction.value is not None and extraction.value != known[name]:
            found[name] = replace(extraction, corrects=True)
    return found


def _add_numbers(
    found: dict[str, Extraction],
    reading: Reading,
    fields: Mapping[str, FieldRules],
    asked: str | None,
    *,
    now: datetime,
    region: str,
    known: Mapping[str, str],
) -> None:
    """Numbers for fields that were not asked for.

    Digits told one by one go to the only field that asks for such a number; a number that the asked field cannot
    take, to the only other open one that can.
    """
    names = [name for name, rules in fields.items() if rules.type is FieldType.NUMBER and name != asked]
    if not names:
        return
    current = found.get(asked) if asked is not None and fields[asked].type is FieldType.NUMBER else None
    wrong = current is not None and current.problem is not None and reading.is_one_number(current.start, current.end)
    free = wrong or (current is not None and reading.company)
    fitting = {
        name: heard
        for name in names
        if (heard := _number(name, reading, fields[name], now=now, region=region, asked=free)) is not None
        and heard.value is not None
        and heard.problem is None
        and not (free and name in known)
    }
    if len(fitting) == 1 and wrong and asked is not None:
        del found[asked]
    for name, heard in fitting.items():
        if len(fitting) == 1 or (not free and _by_name(name, reading, fields[name])):
            _add(found, name, heard)


def _by_name(name: str, reading: Reading, rules: FieldRules) -> Sequence[Finding]:
    """People for a field of people, an amount of money for a field of money."""
    if _OF_PEOPLE.search(name):
        return reading.people(rules)
    return reading.budget(rules) if _OF_MONEY.search(name) else ()


def _number(
    name: str, reading: Reading, rules: FieldRules, *, now: datetime, region: str, asked: bool
) -> Extraction | None:
    """The number for a field; in passing people go to a field of people and an amount to a field of money."""
    if asked:
        return choose(reading, rules, now=now, region=region, asked=True)
    passing = _by_name(name, reading, rules)
    if passing:
        return as_extraction(reading.utterance, numbers.agreed(passing) or passing, rules.type, asked=False)
    return choose(reading, rules, now=now, region=region, asked=False)


def _add_named_texts(
    found: dict[str, Extraction],
    reading: Reading,
    fields: Mapping[str, FieldRules],
    asked: str | None,
    known: Mapping[str, str],
) -> None:
    """ "Postcode E8 4RT": a text with a digit in it right after the field's own name."""
    if not reading.utterance.has_number:
        return
    for name, rules in fields.items():
        if rules.type is not FieldType.TEXT or name == asked or name in known:
            continue
        said = re.search(
            rf"\b{re.escape(name.replace('_', ' '))}(?: is|'s)?[ :]+([^,.;!?]{{2,40}})",
            reading.utterance.text,
            re.IGNORECASE,
        )
        if said is None or not any(c.isdigit() for c in said[1]) or len(said[1].split()) > _LONGEST_NAMED:
            continue
        raw = said[1].strip()
        _add(found, name, Extraction(raw, raw, said.start(1), said.start(1) + len(raw), 0.8))


def _add_choices(
    found: dict[str, Extraction],
    reading: Reading,
    fields: Mapping[str, FieldRules],
    asked: str | None,
    *,
    now: datetime,
    region: str,
) -> None:
    heard = {
        name: extraction
        for name in _others(fields, FieldType.CHOICE, asked)
        if name not in found
        and (extraction := choose(reading, fields[name], now=now, region=region, asked=False)) is not None
    }
    for name, extraction in heard.items():
        rivals = [other for other in heard if other != name and _overlap(heard[other], extraction)]
        if not rivals:
            _add(found, name, extraction)


def _add(found: dict[str, Extraction], name: str, extraction: Extraction) -> None:
    if name not in found and not any(_overlap(extraction, other) for other in found.values()):
        found[name] = extraction


def _overlap(one: Extraction, other: Extraction) -> bool:
    return one.start < other.end and other.start < one.end
