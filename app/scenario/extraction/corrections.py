"""Which of several values counts: "not five but six", "on thursday, no, friday"."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from app.scenario.extraction.findings import Finding

__all__ = ["CorrectionWords", "Settled", "settle"]


@dataclass(frozen=True)
class CorrectionWords:
    """How a language takes something back."""

    negated: re.Pattern[str]
    """At the end of the text before a value: the value is denied."""
    marker: re.Pattern[str]
    """Between two values: the later one replaces the earlier."""
    opening: re.Pattern[str]
    """At the beginning of an utterance: what follows corrects something said before."""
    negated_after: re.Pattern[str]
    """After a value: it is denied ("five is wrong")."""
    denies: Callable[[str], bool]
    """Whether canon can take anything back; a quick look before a search."""


@dataclass(frozen=True, slots=True)
class Settled:
    """What remains of several findings, and what was taken back."""

    kept: tuple[Finding, ...]
    denied: tuple[Finding, ...]


def settle(canon: str, found: Sequence[Finding], words: CorrectionWords) -> Settled:
    """The findings that still count, in order, marked where they correct something."""
    if not found:
        return Settled((), ())
    ordered = sorted(found, key=lambda finding: finding.start)
    denied = [finding for finding in ordered if _denied(canon, finding, words)]
    kept: list[Finding] = []
    for finding in ordered:
        if finding in denied:
            continue
        if kept and words.marker.search(canon[kept[-1].end : finding.start]):
            denied += kept
            kept = []
        kept.append(finding)
    corrects = bool(denied) or (bool(kept) and words.opening.match(canon[: kept[0].start]) is not None)
    if corrects:
        kept = [replace(finding, corrects=True) for finding in kept]
    return Settled(tuple(kept), tuple(denied))


def _denied(canon: str, finding: Finding, words: CorrectionWords) -> bool:
    before = canon[max(finding.start - 24, 0) : finding.start]
    if words.negated.search(before):
        return True
    return words.negated_after.match(canon[finding.end : finding.end + 24]) is not None
