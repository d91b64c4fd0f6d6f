"""Phone numbers dictated in any grouping. A number that does not check out is never completed or repaired."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import islice

import phonenumbers

from app.scenario.extraction.findings import Finding
from app.scenario.extraction.utterance import Kind, Utterance

__all__ = ["PhoneWords", "findings", "valid"]

_FEWEST = 5
"""Digits from which on a run can be the beginning of a phone number that nobody asked for."""
_SHORTEST, _MOST = 7, 20
_MOST_RUNS = 20
_PREFIX = 2
"""Digits after the country's code that tell a plausible number."""
_FILLS = ("12345678", "23456789", "45678912", "91234567")


@dataclass(frozen=True)
class PhoneWords:
    """The words around dictated digits; each but named is an alternation for a regular expression."""

    between: str
    """Fillers and names of signs that may stand between two groups."""
    plus: str
    zero: str
    """Words that are 0 among digits and something else elsewhere ("oh")."""
    correction: str
    """What takes back the group before it."""
    preposition: str
    """Words that make a number before the phone something else: "at six, 8 926..."."""
    hundred: str
    """A word that ends a group of digits wherever the next number may be one of its own ("nine hundred | six")."""
    named: re.Pattern[str]
    """Words that may announce a phone number."""
    telephone: re.Pattern[str]
    """Those of them that announce nothing else, so that an incomplete one is worth a question."""

    @cached_property
    def run(self) -> re.Pattern[str]:
        """Groups of digits, one after the other, corrections included."""
        digit = rf"(?:\d[\d.\-/]*|(?:{self.zero})\b)(?![°^:])"
        gap = rf"(?: (?:[-().,?]|(?:{self.between})\b)){{0,4}}"
        fix = rf"(?: [,.!-])?(?: (?:{self.correction})\b(?: [,.])?){{1,3}}"
        return re.compile(rf"(?:(?:\+|\b(?:{self.plus})) )?(?:\( )?\b{digit}(?:{gap}(?:{fix}{gap})? {digit})*")

    @cached_property
    def group(self) -> re.Pattern[str]:
        """One group of a run, or the correction between two."""
        return re.compile(
            rf"(?P<digits>\d+)|\b(?P<zero>{self.zero})\b|\b(?P<fix>{self.correction})\b|(?P<comma>,)|(?P<stop>\.(?= ))"
        )

    @cached_property
    def plus_first(self) -> re.Pattern[str]:
        """Whether a run begins with a plus."""
        return re.compile(rf"(?:\+|{self.plus}) ")

    @cached_property
    def after_preposition(self) -> re.Pattern[str]:
        """Whether the text before a run ends with a preposition."""
        return re.compile(rf"(?:^| )(?:{self.preposition}) $")


@dataclass(frozen=True, slots=True)
class _Group:
    digits: str
    start: int
    end: int
    part: int
    """How many corrections were said before it."""
    pause: bool
    """After a comma."""
    sentence: int = 0
    """How many full stops were said before it."""
    split: str = ""
    """The digits where the words may be two numbers: "nine hundred six" as 9006."""


def findings(utterance: Utterance, words: PhoneWords, region: str, *, asked: bool) -> list[Finding]:
    """Every number that was said; incomplete and impossible ones as problems when a phone was asked for or named."""
    if not utterance.has_number:
        return []
    named = words.named.search(utterance.canon) is not None
    telephone = words.telephone.search(utterance.canon) is not None
    found = []
    for match in islice(words.run.finditer(utterance.canon), _MOST_RUNS):
        groups = _groups(utterance, match, words)
        plus = words.plus_first.match(match.group()) is not None
        finding = _read(groups, match, plus, region, expected=asked or telephone, named=named)
        if finding is None or finding.value is None:
            finding = _trimmed(utterance, match, groups, words, region) or _sentence(groups, region) or finding
        amount = finding is not None and not finding.values and sum(len(group.digits) for group in groups) < _FEWEST
        if finding is not None and not (amount and _in_a_sentence(utterance)):
            found.append(finding)
    return found


def _in_a_sentence(utterance: Utterance) -> bool:
    """Whether a number stands among words, so that a short one is rather an amount."""
    return sum(item.kind is Kind.WORD for item in utterance.items) > 1


def _sentence(groups: list[_Group], region: str) -> Finding | None:
    """ "The end is 89. 8 926 123 45 67": of numbers in several sentences the last complete one."""
    for sentence in range(groups[-1].sentence, -1, -1):
        kept = [group for group in groups if group.sentence == sentence]
        if not kept or len(kept) == len(groups):
            continue
        number = valid("".join(group.digits for group in kept), region)
        if number is not None:
            return Finding(kept[0].start, kept[-1].end, (number,), confidence=0.85, corrects=sentence > 0)
    return None


def _groups(utterance: Utterance, match: re.Match[str], words: PhoneWords) -> list[_Group]:
    groups: list[_Group] = []
    part, pause, sentence = 0, False, 0
    for piece in words.group.finditer(match.group()):
        if piece["stop"]:
            sentence += 1
        elif piece["fix"]:
            part += 1 if groups and groups[-1].part == part else 0
        elif piece["comma"]:
            pause = True
        else:
            start = match.start() + piece.start()
            digits = piece["digits"] or "0"
            item = utterance.items[utterance.item_at(start)]
            said = "" if item.literal else utterance.text[item.start : item.end].lower()
            hundred = len(digits) == 3 and re.search(rf"\b(?:{words.hundred})\b", said) is not None
            split = f"{digits[0]}00{digits[1:].lstrip('0')}" if hundred and digits[1:] != "00" else ""
            groups.append(_Group(digits, start, match.start() + piece.end(), part, pause, sentence, split))
            pause = False
    return groups


def _read(
    groups: list[_Group], match: re.Match[str], plus: bool, region: str, *, expected: bool, named: bool
) -> Finding | None:
    parts = _parts(groups)
    digits = sum(len(group.digits) for group in groups)
    where = Finding(match.start(), match.end())
    readings = list(dict.fromkeys(_readings(parts)))
    if len(parts) == 1 and any(group.split for group in groups):
        readings.append("".join(group.split or group.digits for group in groups))
    sure = _numbers(readings, plus, region, corrected=len(parts) > 1)
    if not sure and len(parts) == 1 and (expected or plus):
        sure = [number for digits in readings if (number := unassigned("+" * plus + digits, region))][:1]
    if len(sure) == 1:
        as_said = len(parts) == 1 and readings[0][-7:] == sure[0][-7:] and len(readings) == 1
        return Finding(
            where.start,
            where.end,
            tuple(sure),
            confidence=0.95 if as_said else 0.8,
            plain=named or plus or digits >= 10,
            corrects=len(parts) > 1,
        )
    if sure:
        return Finding(where.start, where.end, tuple(sure), ambiguous=True, plain=False)
    if not expected or digits < 3:
        return None
    problem = _problem(readings[0], plus, region)
    return Finding(where.start, where.end, problem=problem, confidence=0.5, plain=digits >= _FEWEST)


def _trimmed(
    utterance: Utterance, match: re.Match[str], groups: list[_Group], words: PhoneWords, region: str
) -> Finding | None:
    """ "At six, 8 926 123 45 67", "8 926 123 45 67, five people": the phone without its neighbour.

    Only where the neighbour is plainly something else; otherwise one digit too many would become a wrong number.
    """
    if groups[-1].part:
        return None
    first, last = 0, len(groups)
    options = []
    if words.after_preposition.search(utterance.canon[: match.start()][-12:]):
        options += [(count, last) for count in (1, 2) if count < last]
    following = utterance.canon[match.end() : match.end() + 2]
    if len(groups) > 2 and groups[-1].pause and following[1:].isalpha():
        options.append((first, last - 1))
    found = []
    for begin, end in options:
        kept = groups[begin:end]
        number = valid("".join(group.digits for group in kept), region)
        if number is not None:
            found.append(Finding(kept[0].start, kept[-1].end, (number,), confidence=0.85, plain=True))
    return found[0] if len({finding.values for finding in found}) == 1 else None


def _parts(groups: Sequence[_Group]) -> list[list[str]]:
    parts: list[list[str]] = []
    part = -1
    for group in groups:
        if group.part != part:
            parts.append([])
            part = group.part
        parts[-1].append(group.digits)
    return parts


def _numbers(readings: list[str], plus: bool, region: str, *, corrected: bool) -> list[str]:
    """The valid numbers among the readings, in their order."""
    found: list[str] = []
    for digits in readings:
        if not _SHORTEST <= len(digits) <= _MOST:
            continue
        number = valid("+" + digits if plus else digits, region)
        if number is None and digits.startswith("79") and len(digits) == 11:
            number = valid("+" + digits, region)  # "seven nine two six..." without the plus, abroad
        if number is not None:
            found.append(number)
            if not corrected:
                break  # the groups as they were said; other readings are for numbers that do not check out
    return list(dict.fromkeys(found))


def _readings(parts: list[list[str]]) -> Iterator[str]:
    """The digits in each way they may have been meant, most likely first."""
    if len(parts) == 1:
        yield "".join(parts[0])
        yield _merged(parts[0])
        return
    yield from _corrected(parts)


def _merged(groups: list[str]) -> str:
    """ "900 26" written for nine hundred and twenty-six: the groups added where they fit into each other."""
    out: list[str] = []
    for group in groups:
        last = out[-1] if out else ""
        hundreds = len(last) == 3 and last.endswith("00") and last != "000"
        tens = len(last) >= 2 and last.endswith("0") and last[-2] != "0"
        if (hundreds and len(group) <= 2 and not group.startswith("0")) or (tens and len(group) == 1 and group != "0"):
            out[-1] = str(int(last) + int(group))
        else:
            out.append(group)
    return "".join(out)


def _corrected(parts: list[list[str]]) -> Iterator[str]:
    """ "8 926, no, 925 123 45 67": the correction replaces the group before it, or everything before it."""
    readings = [parts[0]]
    for part in parts[1:]:
        following = []
        for before in readings:
            following += [[*before[:-back], *part] for back in _replaced(before, part)]
            following.append(part)
        readings = following[:8]
    for groups in readings:
        yield "".join(groups)


def _replaced(before: list[str], part: list[str]) -> list[int]:
    """How many groups a correction may replace: as many digits as its first group has, or as all of it has."""
    sizes = {len(part[0]), len("".join(part))}
    return [back for back in range(1, len(before) + 1) if len("".join(before[-back:])) in sizes]


def _problem(digits: str, plus: bool, region: str) -> str:
    try:
        number = phonenumbers.parse("+" + digits if plus else digits, region)
    except phonenumbers.NumberParseException:
        return "incomplete_phone" if len(digits) < 10 else "invalid_phone"
    reason = phonenumbers.is_possible_number_with_reason(number)
    too_short = (phonenumbers.ValidationResult.TOO_SHORT, phonenumbers.ValidationResult.IS_POSSIBLE_LOCAL_ONLY)
    return "incomplete_phone" if reason in too_short else "invalid_phone"


@lru_cache(maxsize=4096)
def valid(digits: str, region: str) -> str | None:
    """The E.164 form of digits dialled in the region, or None when there is no such number."""
    try:
        number = phonenumbers.parse(digits, region)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_valid_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


@lru_cache(maxsize=4096)
def unassigned(digits: str, region: str) -> str | None:
    """The E.164 form of a complete number in a range that nobody had been given when the metadata was made.

    Ranges are opened faster than metadata is updated, and Ofcom's numbers for drama belong to nobody. The number must
    begin as others do: with some other digits in place of the last it would be valid.
    """
    try:
        number = phonenumbers.parse(digits, region)
    except phonenumbers.NumberParseException:
        return None
    if phonenumbers.is_possible_number_with_reason(number) != phonenumbers.ValidationResult.IS_POSSIBLE:
        return None
    national = phonenumbers.national_significant_number(number)
    head, rest = national[:_PREFIX], len(national) - _PREFIX
    others = (phonenumbers.parse(f"+{number.country_code}{head}{(fill * rest)[:rest]}") for fill in _FILLS)
    if not any(phonenumbers.is_valid_number(other) for other in others):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
