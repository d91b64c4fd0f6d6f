"""What a language must provide; a folder beside this file provides it as `LANGUAGE`."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from app.scenario.extraction.answers import AnswerWords
from app.scenario.extraction.choices import ChoiceWords
from app.scenario.extraction.corrections import CorrectionWords
from app.scenario.extraction.dates import DateMention
from app.scenario.extraction.emails import EmailWords
from app.scenario.extraction.findings import Finding
from app.scenario.extraction.listening import ListeningWords
from app.scenario.extraction.numbers import NumberWords
from app.scenario.extraction.numerals import Numerals
from app.scenario.extraction.phones import PhoneWords
from app.scenario.extraction.speech import Speaking
from app.scenario.extraction.times import Part, TimeMention
from app.scenario.extraction.unfinished import UnfinishedWords
from app.scenario.extraction.utterance import Utterance

__all__ = ["DetectionWords", "Language", "NameFinder"]


class NameFinder(Protocol):
    """Finds the names that a caller gives."""

    def __call__(self, utterance: Utterance, *, asked: bool) -> list[Finding]:
        """A bare name counts only when a name was asked for."""


@dataclass(frozen=True)
class DetectionWords:
    """By what the language is told from others."""

    letters: re.Pattern[str]
    """A word in the language's letters."""
    function: frozenset[str]
    """Frequent words that other languages of the same letters do not share."""
    vocabulary: frozenset[str]
    """Further words that show the language, less strongly."""
    neutral: frozenset[str]
    """Words in these letters that speakers of other languages say too ("ok")."""
    foreign: re.Pattern[str]
    """Letters of other languages that use the same script."""
    wanted: re.Pattern[str]
    """A request, in any language, to go on in this one."""


@dataclass(frozen=True, eq=False)
class Language:
    """The grammars and word lists of one language."""

    code: str
    numerals: Numerals
    dates: Callable[[Utterance], Sequence[DateMention]]
    date_gap: re.Pattern[str]
    """What may stand between two parts of one date, or between a date and its time."""
    closed_talk: re.Pattern[str]
    """Talk about when the company is open, in which a day is no wish."""
    other_day: re.Pattern[str]
    """Talk about a day of something else: a call, what is cancelled, what has been."""
    later: re.Pattern[str]
    """The caller will call again; when, is no answer to anything."""
    wish: re.Pattern[str]
    """Before a day: the caller asks for it."""
    times: Callable[[Utterance], Sequence[TimeMention]]
    part_of_day: Callable[[Utterance], Part | None]
    either: re.Pattern[str]
    """Between two times of which the first shares what is said of the second: "five or six pm"."""
    at_hour: re.Pattern[str]
    """The beginning of a time whose preposition goes with no other number."""
    lead_in: re.Pattern[str]
    """Words before a text that belong to the answer, not to the value: "my postcode is", "это"."""
    beside_bare: frozenset[str]
    """The only words beside which a lone number answers the question for a time or a day."""
    phone: PhoneWords
    email: EmailWords
    names: NameFinder
    numbers: NumberWords
    choices: ChoiceWords
    answers: AnswerWords
    corrections: CorrectionWords
    speaking: Speaking
    unfinished: UnfinishedWords
    listening: ListeningWords
    detection: DetectionWords
    warm_up: Callable[[], None]
    """Loads what is loaded at the first use otherwise."""

    def read(self, text: str) -> Utterance:
        """The text in its canonical form."""
        return Utterance(text, self.numerals)
