"""How English says how many people there are without giving a number, or with several that add up."""

from __future__ import annotations

import re
from functools import lru_cache

__all__ = ["party"]

_PERSON = (
    r"(?:wife|husband|partner|girlfriend|boyfriend|son|daughter|mum|mom|mother|dad|father|brother|sister|friend|mate"
    r"|flatmate|roommate|kid|child|baby|colleague|fiance|fiancee|spouse|cousin|toddler)"
)
_OTHER = rf"(?:my|a|our|the|1) {_PERSON}\b"
_ALONE = re.compile(
    r"\b(?:just|only) (?:me|myself|i)\b(?! and)|\bon my own\b|\bby myself\b|\bme alone\b|\b(?:i'm|i am) alone\b"
)
_TOGETHER = re.compile(
    rf"\b(?:me|myself|i)(?: ,)?(?: and| plus| with) (?P<others>{_OTHER}(?:(?: ,)?(?: and)? {_OTHER})*)"
    rf"|\bme(?: ,)? (?P<listed>{_OTHER}(?:(?: ,)?(?: and)? {_OTHER})*)"
    rf"|\b(?P<first>{_OTHER}(?:(?: ,)?(?: and)? {_OTHER})*)(?: ,)? and (?:i|me|myself)\b"
)
_FAMILY = re.compile(
    r"\b(?P<adults>\d{1,2}) adults?(?: ,)?(?: and| plus| with)? (?:(?P<children>\d{1,2}) (?:children|kids"
    r"|teenagers|babies"
    r"|child|kid)|(?:a|1) (?P<child>child|kid|baby|toddler|teenager|infant))"
)
_US = re.compile(
    r"\b(?:(?P<count>\d{1,2})|(?P<couple>couple)) of us\b|\bthere(?:'s|'re| are| is| will be) "
    r"(?P<there>\d{1,2})(?= of| people|$)"
    r"|\bparty of (?P<party>\d{1,2})\b"
)


@lru_cache(maxsize=256)
def party(canon: str) -> tuple[int, int, int] | None:
    """Start and end in canon and the number of people; None when nothing of the kind was said."""
    if (match := _US.search(canon)) is not None:
        return *match.span(), int(match["count"] or match["there"] or match["party"] or 2)
    if (match := _FAMILY.search(canon)) is not None:
        return *match.span(), int(match["adults"]) + int(match["children"] or 1)
    if (match := _TOGETHER.search(canon)) is not None:
        return *match.span(), 1 + len(re.findall(_PERSON, match["others"] or match["listed"] or match["first"]))
    if (match := _ALONE.search(canon)) is not None:
        return *match.span(), 1
    return None
