"""From what was found of one kind to the one value that counts, or the question that must be asked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from app.scenario.extraction import numbers
from app.scenario.extraction.corrections import Settled, settle
from app.scenario.extraction.findings import Finding
from app.scenario.extraction.reading import Reading
from app.scenario.extraction.utterance import Utterance
from app.scenario.languages.language import Language
from app.scenario.values import Extraction, FieldRules, FieldType

__all__ = ["as_extraction", "choose", "settled", "text_value"]

_LONGEST_TEXT = 1000
_MAY_BE_ASKED_BACK = frozenset({FieldType.DATE, FieldType.TIME, FieldType.EMAIL})
"""Types whose doubtful values are worth a question even when nobody asked for them."""


def choose(reading: Reading, rules: FieldRules, *, now: datetime, region: str, asked: bool) -> Extraction | None:
    """The field's value; None when nothing of its kind was said."""
    kept = settled(reading, rules, now=now, region=region, asked=asked).kept
    if not kept:
        return None
    if rules.type is FieldType.NUMBER:
        kept = tuple(numbers.agreed(kept))
    if not asked:
        kept = tuple(finding for finding in kept if _unmistakable(reading, finding, rules.type))
    return as_extraction(reading.utterance, kept, rules.type, asked=asked)


def settled(reading: Reading, rules: FieldRules, *, now: datetime, region: str, asked: bool) -> Settled:
    """The findings of the field's type after what the caller took back."""
    found = reading.findings(rules, now=now, region=region, asked=asked)
    if rules.type is FieldType.YES_NO:
        return Settled(tuple(found), ())
    return settle(reading.utterance.canon, found, reading.language.corrections)


def _unmistakable(reading: Reading, finding: Finding, kind: FieldType) -> bool:
    if kind in (FieldType.YES_NO, FieldType.NUMBER):
        return kind is FieldType.NUMBER  # of numbers only what was dictated is found when none was asked for
    if finding.problem == "date_in_past" or (kind is FieldType.DATE and finding.problem == "incomplete_date"):
        return False
    if kind in (FieldType.DATE, FieldType.TIME) and reading.elsewhere:
        return False
    if finding.plain:
        return True
    if kind is FieldType.DATE:
        return reading.beside_time(finding) or reading.wished(finding)
    return kind is FieldType.TIME and reading.beside_date(finding)


def as_extraction(utterance: Utterance, kept: Sequence[Finding], kind: FieldType, *, asked: bool) -> Extraction | None:
    """One extraction for all that remained: its value when there is one, otherwise the readings to ask about."""
    valued = [finding for finding in kept if finding.values] or list(kept)
    if not valued:
        return None
    readings = tuple(dict.fromkeys(value for finding in valued for value in finding.values))
    first, last = valued[0], valued[-1]
    start, end = utterance.span(first.start, last.end)
    ambiguous = len(readings) > 1 or first.ambiguous
    if ambiguous and not asked and kind not in _MAY_BE_ASKED_BACK:
        return None
    return Extraction(
        value=None if ambiguous or not readings else readings[0],
        raw=utterance.text[start:end],
        start=start,
        end=end,
        confidence=round(min(finding.confidence for finding in valued) * (0.5 if ambiguous else 1), 2),
        ambiguous=ambiguous,
        candidates=readings if ambiguous else (),
        problem=next((finding.problem for finding in valued if finding.problem), None),
        corrects=any(finding.corrects for finding in valued),
    )


def text_value(text: str, language: Language) -> Extraction | None:
    """What was said without the space around it and without words that only lead to it ("it's", "мой адрес")."""
    stripped = text[:_LONGEST_TEXT].strip()
    if not any(letter.isalnum() for letter in stripped):
        return None
    start = text.index(stripped)
    lead = language.lead_in.match(stripped)
    if lead is not None and any(letter.isalnum() for letter in stripped[lead.end() :]):
        stripped, start = stripped[lead.end() :], start + lead.end()
    return Extraction(stripped, stripped, start, start + len(stripped), 0.8)


def halved(finding: Finding, known: str) -> Finding:
    """A time that corrects another, in the same half of the day as the known one."""
    same = [value for value in finding.values if (value < "12:00") == (known < "12:00")]
    return replace(finding, values=tuple(same), ambiguous=False, confidence=0.8) if len(same) == 1 else finding
