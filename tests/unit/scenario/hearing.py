"""Tables of utterances: a line is `what is said | what must be understood`.

Understood: a value; `-` for nothing; `? a, b` for doubt between a and b (`?` alone: any doubt); `! code` for a problem
without a value; `value ! code` for a value against the rules. Heard on Tuesday 24 November 2026 at 11:00 in Moscow.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from datetime import date, datetime, time
from decimal import Decimal
from zoneinfo import ZoneInfo

from app.scenario.field_extractor import Extraction, FieldRules, FieldType, extract, extract_many

__all__ = ["NOW", "REGIONS", "hear", "hear_all", "lines", "understood"]

NOW = datetime(2026, 11, 24, 11, 0, tzinfo=ZoneInfo("Europe/Moscow"))
REGIONS = {"ru": "RU", "en": "US"}


def lines(table: str) -> list[tuple[str, str]]:
    """The rows of a table; everything after # is a remark."""
    rows = []
    for line in table.strip().splitlines():
        said, _, expected = line.partition(" # ")[0].partition("|")
        if expected:
            rows.append((said.strip(), expected.strip()))
    return rows


def hear(
    said: str,
    kind: FieldType,
    lang: str,
    *,
    asked: bool = True,
    region: str | None = None,
    options: Mapping[str, tuple[str, ...]] | None = None,
    minimum: date | Decimal | None = None,
    maximum: date | Decimal | None = None,
    weekdays: frozenset[int] | None = None,
    between: tuple[time, time] | None = None,
) -> Extraction | None:
    """What is understood; its words must be the caller's, verbatim."""
    rules = FieldRules(
        kind, options=options or {}, minimum=minimum, maximum=maximum, weekdays=weekdays, between=between
    )
    found = extract(said, rules, lang=lang, now=NOW, region=region or REGIONS[lang], asked=asked)
    if found is not None:
        assert found.raw == said[found.start : found.end] != ""
        assert 0 <= found.confidence <= 1
        assert not (found.ambiguous and found.value)
    return found


def hear_all(
    said: str,
    fields: Mapping[str, FieldRules],
    lang: str,
    *,
    asked: str | None = None,
    known: Mapping[str, str] | None = None,
) -> dict[str, str]:
    """Every field's value as in a table."""
    found = extract_many(said, fields, asked=asked, lang=lang, now=NOW, region=REGIONS[lang], known=known or {})
    spans = sorted((extraction.start, extraction.end) for extraction in found.values())
    assert all(first[1] <= second[0] for first, second in itertools.pairwise(spans))
    return {name: understood(extraction) for name, extraction in found.items()}


def understood(found: Extraction | None, *, expected: str = "") -> str:
    """The extraction as a table writes it."""
    if found is None:
        return "-"
    if found.ambiguous:
        return "?" if expected == "?" else f"? {', '.join(found.candidates)}"
    if found.value is None:
        return f"! {found.problem}"
    return found.value if found.problem is None else f"{found.value} ! {found.problem}"
