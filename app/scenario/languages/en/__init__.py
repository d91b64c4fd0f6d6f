"""English."""

from __future__ import annotations

import re
from functools import lru_cache

import Stemmer

from app.scenario.extraction.choices import ChoiceWords
from app.scenario.extraction.wording import words
from app.scenario.languages.en import calendar, clock
from app.scenario.languages.en.answers import ANSWERS, CORRECTIONS, NUMBERS
from app.scenario.languages.en.contact import EMAIL, PHONE
from app.scenario.languages.en.detection import DETECTION
from app.scenario.languages.en.listening import LISTENING
from app.scenario.languages.en.names import names
from app.scenario.languages.en.numerals import NUMERALS
from app.scenario.languages.en.speaking import SPEAKING
from app.scenario.languages.en.unfinished import UNFINISHED
from app.scenario.languages.language import Language

__all__ = ["LANGUAGE"]

_STEMMER = Stemmer.Stemmer("english")


@lru_cache(maxsize=32768)
def _stem(word: str) -> str:
    return str(_STEMMER.stemWord(word))


def _nothing() -> None:
    """English needs nothing loaded."""


_CHOICES = ChoiceWords(
    stem=_stem,
    ignored=frozenset(words("a an the of for to in on at and with my service")),
    weak=frozenset(words("yes no any all other none not else some it that this")),
    prefixes=(),
    place=re.compile(
        r"(?:(?:well|um|uh|the|i'll|take|let's|go|with|for|i|want|would|like) )*(?:(?P<n>\d{1,2}°)"
        r"|(?P<last>last))(?: (?:1|option|choice|please))*"
    ),
)

LANGUAGE = Language(
    code="en",
    numerals=NUMERALS,
    dates=calendar.mentions,
    date_gap=re.compile(
        r" ?(?:(?:,|-|at|on|the|of|in|that is|around|about|this|morning|afternoon|evening|for|say|maybe|which "
        r"is|sometime|like|from) ?)*"
    ),
    closed_talk=re.compile(r"\b(?:open|closed|opening hours|working hours|business hours|see you|talk to you)\b"),
    other_day=re.compile(
        r"\b(?:call(?:ing)? (?:(?:you|me|us) )?(?:back|again)|ring (?:you|me|us)?(?: back)?|cancel\w*|think about"
        r"|called|ordered|was there"
        r"|phoned|came|visited)\b"
    ),
    later=re.compile(r"\b(?:i'll|i will|i'd rather|let me|i can|i'm going to|we'll) (?:call|ring|phone)\b"),
    wish=re.compile(
        r"\b(?:can i|could i|can we|could we|may i|i'd like|i would like|want to|let's|book|come|make it|schedule"
        r"|deliver)\b"
    ),
    times=clock.mentions,
    part_of_day=clock.part_of_day,
    either=re.compile(r" (?:or|-|,) (?:at )?"),
    at_hour=re.compile(r"at "),
    lead_in=re.compile(
        r"(?:(?:um+|uh+|er+|well|so|okay|ok|yes|yeah|sure)[ ,]+)*"
        r"(?:(?:my|our|the)(?: \w+)? (?:postcode|postal code|zip|zip code|address|comment|company|city|street"
        r"|code|reference|problem|issue|area|place)"
        r"(?: is|'s| would be)(?: uh| um)?[ ,:]+|(?:it's|it is|that's|that is|that would be|it would be|it'd be"
        r"|this is)[ ,:]+)(?!not\b)",
        re.IGNORECASE,
    ),
    beside_bare=frozenset(
        words(
            "um uh er well so yes no not at on the for about around maybe let's say make it please o'clock i i'd "
            "like would can you we do how or and a to be is good great in morning afternoon evening scratch that "
            "instead could i'd i'll we'll like um works work that ish sorry actually wait mean ok okay sure probably "
            "then wanted prefer"
        )
    ),
    phone=PHONE,
    email=EMAIL,
    names=names,
    numbers=NUMBERS,
    choices=_CHOICES,
    answers=ANSWERS,
    corrections=CORRECTIONS,
    speaking=SPEAKING,
    unfinished=UNFINISHED,
    listening=LISTENING,
    detection=DETECTION,
    warm_up=_nothing,
)
