"""Plain numbers: amounts, counts, sizes."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cached_property
from itertools import islice

from app.scenario.extraction.dictation import inside, is_identifier, runs
from app.scenario.extraction.findings import Finding
from app.scenario.extraction.utterance import Utterance
from app.scenario.values import FieldRules

_MOST = 40
"""Numbers looked at in one utterance."""
_FEWEST_DICTATED = 6
"""Digits from which on a number is unmistakably the one that a field of such numbers asks for."""

__all__ = ["NumberWords", "agreed", "budgeted", "decimal_text", "dictated", "findings", "said"]


@dataclass(frozen=True)
class NumberWords:
    """The words of fractions and scales; alternations for a regular expression."""

    minus: str
    point: str
    """ "Point" between whole and decimals that are said digit by digit."""
    whole: str
    """ "Целых" in "две целых пять десятых"; never matches where a language has no such form."""
    tenths: str
    hundredths: str
    and_half: str
    one_and_half: str
    half: str
    """ "Half" where it is a number of its own."""
    scales: dict[str, int]
    comma_groups: bool
    """Whether "1,500" is fifteen hundred."""
    not_after: str
    """What follows a number word that is no number: "one moment"."""
    not_before: str
    about: dict[str, int]
    """Scales said before the number, which makes it a rough one: "тысяч двадцать"."""
    several: dict[str, int]
    """Nouns that are numbers: "a dozen"."""
    zero: str
    """Words that are 0 among dictated digits ("oh")."""
    range_gap: str
    """Between two numbers of which the first shares the scale of the second: "five or six thousand"."""
    budget: re.Pattern[str]
    """Before an amount: the caller means to spend it."""
    party: Callable[[str], tuple[int, int, int] | None]
    """How many people "just me" or "me and my wife" are, and where in canon that stands."""

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """A number with its fraction and scale."""
        scale = "|".join(sorted((re.escape(word) for word in self.scales), key=len, reverse=True))
        several = "|".join(self.several)
        about = "|".join(self.about) or "(?!)"
        return re.compile(
            rf"(?<![\d°^.,:/\-])(?:\b(?P<about>{about}) )?(?:(?P<minus>(?<!\d )-|(?:{self.minus})) ?)?"
            rf"(?:(?P<oneandhalf>{self.one_and_half})\b|(?P<half>{self.half})\b|(?P<several>{several})\b"
            rf"|(?P<whole>\d{{1,15}}(?P<groups>(?:,\d{{3}})+(?![\d,]))?)(?P<dec>[.,]\d{{1,9}})?(?![\d°^:/]|[.,\-]\d)"
            rf"(?: (?:{self.whole})(?: и)? (?P<parts>\d{{1,3}}) (?:(?P<tenths>{self.tenths})"
            rf"|(?P<hundredths>{self.hundredths}))"
            rf"| (?:{self.point}) (?P<digits>\d{{1,9}}(?: \d(?!\d)){{0,8}})"
            rf"| (?P<andhalf>{self.and_half})\b)?)"
            rf"(?: (?P<scale>{scale}|1000000000|1000000|1000)\b)?"
        )

    @cached_property
    def dictated(self) -> re.Pattern[str]:
        """Numbers one after the other, which may be the digits of one."""
        group = rf"(?:\d+(?![\d.,:/°^%])|(?:{self.zero})\b)"
        return re.compile(rf"(?<![\d°^.,:/\-])\b{group}(?:(?:-(?=\d)|(?: [,\-])? ){group}(?! (?:{self._scale})\b))+")

    @cached_property
    def _scale(self) -> str:
        return "|".join([*(re.escape(word) for word in self.scales), "1000000000", "1000000", "1000"])

    @cached_property
    def zero_word(self) -> re.Pattern[str]:
        """A word that is 0 among digits."""
        return re.compile(rf"\b(?:{self.zero})\b")

    @cached_property
    def same_scale(self) -> re.Pattern[str]:
        """Whether two numbers share the scale of the second."""
        return re.compile(rf" (?:{self.range_gap}) ")

    @cached_property
    def refused_after(self) -> re.Pattern[str]:
        """Whether the words after a one make it no number."""
        return re.compile(rf" (?:{self.not_after})(?![a-zа-я])")

    @cached_property
    def refused_before(self) -> re.Pattern[str]:
        """Whether the words before a one make it no number."""
        return re.compile(rf"\b(?:{self.not_before}) $")


Said = list[tuple[Finding, Decimal]]
"""Numbers and where they stand, before a field's rules are looked at."""


def said(utterance: Utterance, words: NumberWords) -> Said:
    """Every number, those of thousands written with spaces joined."""
    found = []
    for match in islice(words.pattern.finditer(utterance.canon), _MOST):
        value = _value(match, words)
        if value is None or _refused(utterance, match, words):
            continue
        found.append((Finding(match.start(), match.end()), value))
    return _scaled(utterance.canon, _spaced(utterance, found), words)


def findings(utterance: Utterance, words: NumberWords, rules: FieldRules, every: Said) -> list[Finding]:
    """Of every number that was said those that the field can mean; digits told one by one are joined."""
    canon = utterance.canon
    company = words.party(canon)
    if company is not None and inside(Decimal(company[2]), rules):
        return [_finding(Finding(*company[:2]), Decimal(company[2]), rules)]
    found = every
    if company is not None and len(found) > 1:  # "eighty thousand, there are two of us"
        found = [entry for entry in found if entry[0].end <= company[0] or entry[0].start >= company[1]] or found
    return [_finding(where, value, rules) for where, value in _dictated(canon, found, words, rules)]


def dictated(utterance: Utterance, words: NumberWords, rules: FieldRules, every: Said) -> list[Finding]:
    """Numbers told digit by digit, or written as one, that fit a field which asks for such a number."""
    if not utterance.has_number or not is_identifier(rules):
        return []
    found = findings(utterance, words, rules, every)
    return [
        finding
        for finding in found
        if finding.problem is None
        and not finding.values[0].endswith("000")
        and len(finding.values[0]) >= _FEWEST_DICTATED
        and re.fullmatch(r"[\d ,\-a-z]+", utterance.canon[finding.start : finding.end])
        and sum(letter.isdecimal() for letter in utterance.canon[finding.start : finding.end]) >= _FEWEST_DICTATED
    ]


def budgeted(utterance: Utterance, words: NumberWords, rules: FieldRules, every: Said) -> list[Finding]:
    """Amounts that are said to be what the caller wants to spend and that the field can take."""
    canon = utterance.canon
    if not utterance.has_number or not isinstance(rules.minimum, Decimal):
        return []
    return [
        finding
        for finding in findings(utterance, words, rules, every)
        if finding.problem is None and words.budget.search(canon[max(finding.start - 40, 0) : finding.start])
    ]


def _finding(where: Finding, value: Decimal, rules: FieldRules) -> Finding:
    return replace(where, values=(decimal_text(value),), problem=_problem(value, rules), confidence=0.9)


def _scaled(canon: str, found: Sequence[tuple[Finding, Decimal]], words: NumberWords) -> list[tuple[Finding, Decimal]]:
    """ "Five or six thousand" are five thousand and six thousand."""
    out = list(found)
    for index in range(len(out) - 2, -1, -1):
        (one, low), (other, high) = out[index], out[index + 1]
        scale = _scale_of(canon[other.start : other.end], words)
        if scale > 1 and 0 < low < high / scale and words.same_scale.fullmatch(canon[one.end : other.start]):
            out[index] = (one, low * scale)
    return out


def _scale_of(text: str, words: NumberWords) -> int:
    """The scale that was said after a number, also where the numerals have put both together ("130000")."""
    last = text.rpartition(" ")[2]
    if last in words.scales:
        return words.scales[last]
    return next((scale for scale in (10**6, 1000) if last.isdecimal() and int(last) % scale == 0 and int(last)), 1)


def _dictated(
    canon: str, found: list[tuple[Finding, Decimal]], words: NumberWords, rules: FieldRules
) -> list[tuple[Finding, Decimal]]:
    """The runs of digits that are one number put together, those that are no value of the field left out."""
    for run in runs(canon, words.dictated, words.zero_word):
        one = run.is_one(rules)
        kept = [entry for entry in found if entry[0].end <= run.start or entry[0].start >= run.end]
        if one is False:
            if len(kept) < len(found):
                continue
            kept += [(Finding(start, end), Decimal(digits)) for digits, start, end in run.groups]
        elif one:
            kept.append((Finding(run.start, run.end), Decimal(run.digits)))
        found = sorted(kept, key=lambda entry: entry[0].start)
    return found


def decimal_text(value: Decimal) -> str:
    """The value without exponent and trailing zeros."""
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _value(match: re.Match[str], words: NumberWords) -> Decimal | None:
    if match["oneandhalf"]:
        value = Decimal("1.5")
    elif match["half"]:
        if match["scale"] is None:
            return None
        value = Decimal("0.5")
    elif match["several"]:
        value = Decimal(words.several[match["several"]])
    else:
        value = _written(match, words)
    if match["scale"]:
        value *= words.scales.get(match["scale"]) or int(match["scale"])
    if match["about"]:
        value *= words.about[match["about"]]
    return -value if match["minus"] else value


def _written(match: re.Match[str], words: NumberWords) -> Decimal:
    whole, dec = match["whole"], match["dec"] or ""
    if match["groups"]:
        if words.comma_groups:
            whole = whole.replace(",", "")
        else:  # "1,500" where the comma is a decimal one
            whole, _, decimals = whole.partition(",")
            dec = "." + decimals.replace(",", "")
    value = Decimal(whole + dec.replace(",", "."))
    if match["parts"]:
        return value + Decimal(match["parts"]) / (10 if match["tenths"] else 100)
    if match["digits"]:
        return value + Decimal("0." + match["digits"].replace(" ", ""))
    return value + Decimal("0.5") if match["andhalf"] else value


def _refused(utterance: Utterance, match: re.Match[str], words: NumberWords) -> bool:
    if match.group() != "1":
        return False
    literal = utterance.items[utterance.item_at(match.start())].literal
    canon = utterance.canon
    before = words.refused_before.search(canon[max(match.start() - 16, 0) : match.start()])
    return not literal and (before is not None or words.refused_after.match(canon, match.end()) is not None)


def _spaced(utterance: Utterance, found: Sequence[tuple[Finding, Decimal]]) -> list[tuple[Finding, Decimal]]:
    """ "1 500 000" in digits is one number."""
    joined: list[tuple[Finding, Decimal]] = []
    for where, value in found:
        if joined:
            last, before = joined[-1]
            text = utterance.canon[where.start : where.end]
            literal = all(utterance.items[utterance.item_at(f.start)].literal for f in (last, where))
            fits = last.end + 1 == where.start and len(text) == 3 and text.isdecimal() and 0 < before == int(before)
            if fits and literal and (before < 1000 or last.end - last.start > 4):
                joined[-1] = (replace(last, end=where.end), before * 1000 + value)
                continue
        joined.append((where, value))
    return joined


def agreed(found: Sequence[Finding]) -> list[Finding]:
    """Of several numbers those that can be meant: the allowed ones, or the whole of which the others are parts."""
    if len(found) < 2:
        return list(found)
    allowed = [finding for finding in found if finding.problem is None]
    values = [Decimal(finding.values[0]) for finding in allowed]
    if len(values) > 2:
        if values[0] == sum(values[1:]):
            return allowed[:1]
        if values[-1] == sum(values[:-1]):
            return allowed[-1:]
    return allowed


def _problem(value: Decimal, rules: FieldRules) -> str | None:
    if isinstance(rules.minimum, Decimal) and value < rules.minimum:
        return "below_min"
    if isinstance(rules.maximum, Decimal) and value > rules.maximum:
        return "above_max"
    return None
