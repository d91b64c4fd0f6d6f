"""Finds the values of a scenario's fields in what a caller said.

Pure: the same words at the same moment give the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import lru_cache

from app.scenario import languages
from app.scenario.extraction import answers, phones
from app.scenario.extraction.answers import Answer
from app.scenario.extraction.choosing import choose, text_value
from app.scenario.extraction.many import fill
from app.scenario.extraction.reading import Reading
from app.scenario.extraction.speech import speak
from app.scenario.values import Extraction, FieldRules, FieldType

__all__ = [
    "Extraction",
    "FieldRules",
    "FieldType",
    "answer",
    "extract",
    "extract_many",
    "read",
    "refusal",
    "spoken",
    "warm_up",
]


def extract(text: str, rules: FieldRules, *, lang: str, now: datetime, region: str, asked: bool) -> Extraction | None:
    """The field's value in the text; None when nothing of the kind was said.

    asked: the field was asked for, so that a bare number or name may be the answer; otherwise only the unmistakable
    counts. now is aware and in the company's zone; region (ISO 3166) reads phones without a country code and 5/12.
    """
    reading = read(text, lang)
    if rules.type is FieldType.TEXT:
        refused = answers.refuses(reading.utterance, reading.language.answers)
        return text_value(text, reading.language) if asked and not refused else None
    return choose(reading, rules, now=now, region=region, asked=asked)


def extract_many(
    text: str,
    fields: Mapping[str, FieldRules],
    *,
    asked: str | None,
    lang: str,
    now: datetime,
    region: str,
    known: Mapping[str, str] | None = None,
) -> dict[str, Extraction]:
    """The values of all fields in one utterance, by field; their words do not overlap.

    The asked field comes first. Others get only what is unmistakable, and only where one field can be meant: of
    several fields of a type the one not yet known, or for a correction the one whose known value is taken back.
    """
    return fill(read(text, lang), text, fields, asked=asked, now=now, region=region, known=known or {})


def answer(text: str, lang: str) -> Answer:
    """Whether the utterance says yes or no; "" when it says neither or both."""
    return read(text, lang).answer.says


def refusal(text: str, lang: str) -> bool:
    """Whether the caller declines to give what was asked for."""
    reading = read(text, lang)
    return answers.refuses(reading.utterance, reading.language.answers)


def spoken(value: str, type: FieldType, lang: str, *, now: datetime) -> str:  # noqa: A002 - the word for it everywhere
    """How a stored value is read back aloud: "двадцать шестого ноября", "six thirty PM"."""
    return speak(value, type, languages.get(lang).speaking, now)


def warm_up(languages_used: Iterable[str], regions: Iterable[str] = ("RU", "US")) -> None:
    """Loads what the languages and regions need (morphology, phone metadata), so that no call waits for it."""
    for code in languages_used:
        languages.get(code).warm_up()
    for region in regions:
        phones.valid("4155552671", region)


@lru_cache(maxsize=256)
def read(text: str, lang: str) -> Reading:
    """What the words hold; read once for all who ask about the same words."""
    return Reading(text, _language_of(text, lang))


def _language_of(text: str, lang: str) -> languages.Language:
    """The call's language, or for a sentence wholly in another's letters the language of those."""
    own = languages.get(lang)
    sample = text[:400].lower()
    if own.detection.letters.search(sample):
        return own
    others = (languages.get(code) for code in languages.available() if code != own.code)
    return next((other for other in others if other.detection.letters.search(sample)), own)
