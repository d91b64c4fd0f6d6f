"""One utterance in one language, searched at most once for each kind of value."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from functools import cached_property
from itertools import pairwise
from typing import Protocol, TypeVar

from app.scenario.extraction import answers, choices, dates, dictation, emails, numbers, phones, times
from app.scenario.extraction.dates import DateMention
from app.scenario.extraction.findings import Finding
from app.scenario.extraction.times import TimeMention
from app.scenario.extraction.utterance import Kind, Utterance
from app.scenario.languages.language import Language
from app.scenario.values import FieldRules, FieldType

__all__ = ["Reading"]

_WIDEST_GAP = 40
_MOST_MENTIONS = 40
_MOST_BARE = 2
"""Lone numbers that may be days: one, or one and its correction; more are digits of something else."""


class _Placed(Protocol):
    @property
    def start(self) -> int: ...
    @property
    def end(self) -> int: ...


_P = TypeVar("_P", bound=_Placed)


class Reading:
    """What an utterance holds, by kind of value. Findings of another kind in the same words are left out."""

    def __init__(self, text: str, language: Language) -> None:
        self.language = language
        self.utterance = Utterance(text, language.numerals)
        self._names: dict[bool, list[Finding]] = {}
        self._phones: dict[tuple[str, bool], list[Finding]] = {}

    def findings(self, rules: FieldRules, *, now: datetime, region: str, asked: bool) -> list[Finding]:
        """Every value of the field's type, before corrections; not only the unmistakable ones."""
        finders: dict[FieldType, Callable[[], list[Finding]]] = {
            FieldType.EMAIL: lambda: self.emails,
            FieldType.PHONE: lambda: _outside(self.phones(region, asked=asked), self.emails),
            FieldType.DATE: lambda: self._dates(rules, now, region, asked=asked),
            FieldType.TIME: lambda: self._times(rules, now, region, asked=asked),
            FieldType.NUMBER: lambda: self._numbers(rules, region, asked=asked),
            FieldType.PERSON_NAME: lambda: _outside(self.names(asked=asked), self.emails),
            FieldType.CHOICE: lambda: self._options(rules, asked=asked),
            FieldType.YES_NO: lambda: self._answers(asked=asked),
        }
        return finders[rules.type]() if rules.type in finders else []  # a text is all that was said

    def _options(self, rules: FieldRules, *, asked: bool) -> list[Finding]:
        language = self.language
        found = choices.findings(self.utterance, language.choices, rules.options, language.read, asked=asked)
        return _outside(found, self.emails)

    def _answers(self, *, asked: bool) -> list[Finding]:
        heard = self.answer
        if asked and not heard.says:
            heard = answers.possesses(self.utterance, self.language.answers)
        return [Finding(heard.start, heard.end, (heard.says,))] if heard.says else []

    @cached_property
    def answer(self) -> answers.Heard:
        """Whether it says yes or no."""
        return answers.answer(self.utterance, self.language.answers)

    @cached_property
    def emails(self) -> list[Finding]:
        """E-mail addresses."""
        return emails.findings(self.utterance, self.language.email)

    def phones(self, region: str, *, asked: bool) -> list[Finding]:
        """Phone numbers as dialled in the region."""
        key = (region, asked)
        if key not in self._phones:
            self._phones[key] = phones.findings(self.utterance, self.language.phone, region, asked=asked)
        return self._phones[key]

    def names(self, *, asked: bool) -> list[Finding]:
        """People's names."""
        if asked not in self._names:
            self._names[asked] = self.language.names(self.utterance, asked=asked)
        return self._names[asked]

    @cached_property
    def dates(self) -> list[DateMention]:
        """Days, the parts of one date joined."""
        clock = [time for time in self.times if not time.bare]
        found = [
            day
            for day in _longest(self.language.dates(self.utterance))
            if not any(_overlap(day, time) and _longer(time, day) for time in clock)  # "половина шестого"
        ]
        gaps = [self._joined(a.end, b.start) for a, b in pairwise(found)]
        return dates.join(found, gaps)

    @cached_property
    def times(self) -> list[TimeMention]:
        """Times of day."""
        found = _longest(self.language.times(self.utterance))
        for index in range(len(found) - 2, -1, -1):
            one, other = found[index], found[index + 1]
            between = self.utterance.canon[one.end : other.start]
            if other.bare and not one.bare and self.language.corrections.marker.fullmatch(between.strip(" ,")):
                found[index + 1] = replace(other, bare=False, plain=one.plain)  # "at seven, no, six"
                continue
            if not self.language.either.fullmatch(between) or (one.bare and other.bare):
                continue
            if one.part is None and not one.exact and not other.bare:
                found[index] = replace(one, part=other.part, bare=False, vague=other.vague)
            elif other.bare:
                found[index + 1] = replace(other, bare=False, plain=one.plain)
        return found

    def wished(self, finding: Finding) -> bool:
        """Whether a day is what the caller asks for: "could I come today"."""
        return not finding.ambiguous and self.language.wish.search(self.utterance.canon[: finding.start]) is not None

    def beside_time(self, finding: Finding) -> bool:
        """Whether a day stands next to a time, which makes both plain."""
        return any(self._near(finding, mention) for mention in self.times if not mention.bare)

    def beside_date(self, finding: Finding) -> bool:
        """Whether a time stands next to a day."""
        return any(self._near(finding, mention) for mention in self.dates if not mention.partial)

    def _near(self, one: _Placed, other: _Placed) -> bool:
        return self._joined(one.end, other.start) if one.end <= other.start else self._joined(other.end, one.start)

    def _joined(self, end: int, start: int) -> bool:
        if not 0 <= start - end <= _WIDEST_GAP:
            return False
        return self.language.date_gap.fullmatch(self.utterance.canon[end:start]) is not None

    def _dates(self, rules: FieldRules, now: datetime, region: str, *, asked: bool) -> list[Finding]:
        if self._calls_later:
            return []
        mentions = _outside(self.dates, [*self.emails, *self._sure_phones(region)])
        if not mentions and asked:
            mentions = self._bare_day()
        return dates.findings(mentions, rules, today=now.date(), region=region)

    def _bare_day(self) -> list[DateMention]:
        """ "Twenty-five" as the whole answer to the question for a day."""
        said = sum(item.kind is Kind.NUMBER for item in self.utterance.items)
        if any(not mention.bare for mention in self.times) or not self._only_numbers or said > _MOST_BARE:
            return []
        return [
            DateMention(start, start + len(item.text), day=int(item.text), plain=False)
            for item, start in zip(self.utterance.items, self.utterance.starts, strict=True)
            if item.kind is Kind.NUMBER and item.text.isdecimal() and 1 <= int(item.text[:9]) <= 31
        ]

    @cached_property
    def _only_numbers(self) -> bool:
        """Whether nothing but numbers and the words around an answer was said."""
        allowed = self.language.beside_bare
        return all(item.kind is not Kind.WORD or item.text in allowed for item in self.utterance.items)

    @cached_property
    def elsewhere(self) -> bool:
        """Whether days and times in it are not when the caller wants to come: opening hours, "I'll call tomorrow"."""
        canon = self.utterance.canon
        return any(pattern.search(canon) for pattern in (self.language.closed_talk, self.language.other_day))

    def named_when(self, kind: FieldType) -> bool:
        """Whether a day or a time was named as one, not by a number alone."""
        return bool(self.dates) if kind is FieldType.DATE else any(not mention.bare for mention in self.times)

    def is_one_number(self, start: int, end: int) -> bool:
        """Whether utterance[start:end] holds one number, not digits one after the other."""
        return sum(item.kind is Kind.NUMBER and start <= item.start < end for item in self.utterance.items) <= 1

    @cached_property
    def _calls_later(self) -> bool:
        return self.language.later.search(self.utterance.canon) is not None

    def only_values(self, found: Sequence[Finding]) -> bool:
        """Whether nothing but the findings, days, times and the words around an answer was said."""
        placed: list[_Placed] = [*found, *self.dates, *self.times]
        spans = [(one.start, one.end) for one in placed]
        allowed = self.language.beside_bare
        return all(
            item.kind is Kind.PUNCTUATION or item.text in allowed or any(a <= start < b for a, b in spans)
            for item, start in zip(self.utterance.items, self.utterance.starts, strict=True)
        )

    def _times(self, rules: FieldRules, now: datetime, region: str, *, asked: bool) -> list[Finding]:
        if self._calls_later:
            return []
        days = [m for m in self.dates if m.plain or m.end - m.start > 5]
        mentions = _outside(self.times, [*self.emails, *self._sure_phones(region)])
        mentions = [m for m in mentions if not any(_overlap(m, day) and _longer(day, m) for day in days)]
        if any(not mention.bare for mention in mentions) or not (asked or self._only_numbers) or not self._answers_bare:
            mentions = [mention for mention in mentions if not mention.bare]
        if self.language.closed_talk.search(self.utterance.canon):  # "are you open until eight"
            mentions = [mention for mention in mentions if not mention.vague]
        part = self.language.part_of_day(self.utterance)
        return times.findings(mentions, rules, now=now, part=part)

    @cached_property
    def _answers_bare(self) -> bool:
        """Whether a lone number may be a time: only beside days and the words around an answer."""
        spans = [(day.start, day.end) for day in self.dates]
        allowed = self.language.beside_bare
        return all(
            item.kind is not Kind.WORD or item.text in allowed or any(a <= start < b for a, b in spans)
            for item, start in zip(self.utterance.items, self.utterance.starts, strict=True)
        )

    def _numbers(self, rules: FieldRules, region: str, *, asked: bool) -> list[Finding]:
        words = self.language.numbers
        if not asked:
            return _outside(
                numbers.dictated(self.utterance, words, rules, self._said), [*self.emails, *self._sure_phones(region)]
            )
        found = numbers.findings(self.utterance, words, rules, self._said)
        if len(found) == 1 and found[0].problem is None and dictation.is_identifier(rules):
            return _outside(found, self.emails)  # a long number that is asked for can look like a phone
        taken: list[_Placed] = [*self.emails, *self._sure_phones(region)]
        taken += [day for day in self.dates if day.plain or day.weekday is not None]
        taken += [time for time in self.times if time.plain or self._is_clock(time)]
        return _outside(found, taken)

    @cached_property
    def _said(self) -> numbers.Said:
        return numbers.said(self.utterance, self.language.numbers) if self.utterance.words else []

    @cached_property
    def company(self) -> bool:
        """Whether it says how many people there are."""
        return self.language.numbers.party(self.utterance.canon) is not None

    def people(self, rules: FieldRules) -> list[Finding]:
        """How many people it says there are, where the field can take that."""
        said = self.language.numbers.party(self.utterance.canon)
        if said is None or not dictation.inside(Decimal(said[2]), rules):
            return []
        return [Finding(said[0], said[1], (str(said[2]),))]

    def budget(self, rules: FieldRules) -> list[Finding]:
        """What the caller says to want to spend, where the field can take that."""
        return numbers.budgeted(self.utterance, self.language.numbers, rules, self._said)

    def _is_clock(self, time: TimeMention) -> bool:
        """Whether a number can only be an hour: "at 11", or beside a day."""
        if time.bare:
            return False
        at = self.language.at_hour.match(self.utterance.canon, time.start, time.end) is not None
        return at or any(self._near(time, day) for day in self.dates if not day.partial)

    def _sure_phones(self, region: str) -> list[Finding]:
        return [finding for finding in self.phones(region, asked=False) if finding.plain and finding.values]


def _longest(mentions: Iterable[_P]) -> list[_P]:
    """Of mentions that overlap the longest, in order; of very many the first, which bounds the work."""
    kept: list[_P] = []
    first = sorted(mentions, key=lambda m: m.start)[:_MOST_MENTIONS]
    for mention in sorted(first, key=lambda m: (m.start - m.end, m.start)):
        if not any(_overlap(mention, other) for other in kept):
            kept.append(mention)
    return sorted(kept, key=lambda m: m.start)


def _overlap(one: _Placed, other: _Placed) -> bool:
    return one.start < other.end and other.start < one.end


def _longer(one: _Placed, other: _Placed) -> bool:
    return one.end - one.start > other.end - other.start


def _outside(found: Sequence[_P], taken: Sequence[_Placed]) -> list[_P]:
    if not taken:
        return list(found)
    return [finding for finding in found if not any(_overlap(finding, other) for other in taken)]
