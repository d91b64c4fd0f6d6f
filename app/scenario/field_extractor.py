"""Finds the values of a scenario's fields in what a caller said. Pure: the same words at the same moment give the same."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Literal

from app.scenario.values import Extraction, FieldRules, FieldType

__all__ = ["Extraction", "FieldRules", "FieldType", "answer", "extract", "extract_many", "refusal", "spoken", "warm_up"]

_YES = {"да", "ага", "верно", "yes", "right"}
_NO = {"нет", "неверно", "no", "nope"}


def extract(text: str, rules: FieldRules, *, lang: str, now: datetime, region: str, asked: bool) -> Extraction | None:
    """The field's value in the text; None when nothing of the kind was said."""
    stripped = text.strip()
    if not stripped or not asked:
        return None
    start = text.index(stripped)
    value: str | None = None
    if rules.type is FieldType.YES_NO:
        value = answer(text, lang) or None
    elif rules.type is FieldType.CHOICE:
        words = stripped.lower().split()
        value = next((n for n, other in rules.options.items() if any(w in words for w in (n.lower(), *other))), None)
    elif rules.type in (FieldType.TEXT, FieldType.PERSON_NAME):
        value = stripped
    if value is None:
        return None
    return Extraction(value, stripped, start, start + len(stripped), 0.5)


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
    """The values of all fields in one utterance, the asked one first; their spans do not overlap."""
    if asked is None or asked not in fields:
        return {}
    found = extract(text, fields[asked], lang=lang, now=now, region=region, asked=True)
    return {asked: found} if found else {}


def answer(text: str, lang: str) -> Literal["yes", "no", ""]:
    """Whether the utterance says yes or no; "" when it says neither or both."""
    words = set(text.lower().replace(",", " ").replace(".", " ").split())
    if words & _YES:
        return "yes"
    return "no" if words & _NO else ""


def refusal(text: str, lang: str) -> bool:
    """Whether the caller declines to give what was asked for."""
    return "не скажу" in text.lower() or "rather not say" in text.lower()


def spoken(value: str, type: FieldType, lang: str, *, now: datetime) -> str:
    """How a stored value is read back aloud."""
    return value


def warm_up(languages: Iterable[str]) -> None:
    """Loads what the languages need (morphology, phone metadata), so that no call waits for it."""
