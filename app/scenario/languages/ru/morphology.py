"""Russian words taken apart: which can be part of a person's name, and what their dictionary form is."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from functools import cache, lru_cache

import pymorphy3
from pymorphy3.analyzer import Parse

__all__ = [
    "NameForm",
    "NounForm",
    "Role",
    "WordReading",
    "inflected",
    "names_something",
    "noun_forms",
    "read",
    "warm_up",
]


class Role(Enum):
    """The part of a full name that a word can be."""

    GIVEN = "Name"
    PATRONYMIC = "Patr"
    SURNAME = "Surn"


@dataclass(frozen=True, slots=True)
class NameForm:
    """One way to read a word as part of a name."""

    role: Role
    case: str
    """nomn, gent, datv, accs, ablt or loct, as OpenCorpora calls them."""
    gender: str
    """masc, femn, or "" when the word serves both ("Саша")."""
    nominative: str


@dataclass(frozen=True, slots=True)
class WordReading:
    """What the dictionary knows of a word."""

    forms: tuple[NameForm, ...]
    share: float
    """How much of the word's use is as a name, 0 to 1."""
    known: bool


@cache
def _analyzer() -> pymorphy3.MorphAnalyzer:
    return pymorphy3.MorphAnalyzer(lang="ru")


def warm_up() -> None:
    """Loads the dictionary (about a quarter of a second) unless that is done."""
    read("анна")


@lru_cache(maxsize=32768)
def read(word: str) -> WordReading:
    """The word (lower case) as a part of a name and otherwise."""
    forms: list[NameForm] = []
    share = 0.0
    parses = _analyzer().parse(word)
    for parse in parses:
        role = next((role for role in Role if role.value in parse.tag), None)
        if role is None or parse.tag.number == "plur":
            continue
        share += parse.score
        form = _form(parse, role)
        if form is not None and form not in forms:
            forms.append(form)
    return WordReading(tuple(forms), min(share, 1.0), any(parse.is_known for parse in parses))


@dataclass(frozen=True, slots=True)
class NounForm:
    """One way to read a word as a noun; `case` and `gender` as OpenCorpora calls them, "" for no gender."""

    case: str
    plural: bool
    gender: str


@lru_cache(maxsize=8192)
def noun_forms(word: str) -> tuple[NounForm, ...]:
    """The word (lower case) as a noun, likeliest reading first; empty when it is none."""
    parses = [parse for parse in _analyzer().parse(word) if str(parse.tag.POS) == "NOUN" and parse.tag.case]
    return tuple(
        NounForm(str(p.tag.case), str(p.tag.number) == "plur", str(p.tag.gender or "")) for p in parses if p.is_known
    )


@lru_cache(maxsize=2048)
def inflected(noun: str, case: str, *, plural: bool) -> str:
    """A noun (lower case, nominative singular) in another case, as OpenCorpora calls it; as it came when unknown."""
    parse = next((one for one in _analyzer().parse(noun) if {"NOUN", "nomn"} <= set(one.tag.grammemes)), None)
    form = parse.inflect({case, "plur" if plural else "sing"}) if parse is not None else None
    return form.word if form is not None else noun


@lru_cache(maxsize=8192)
def names_something(word: str) -> bool:
    """Whether the word is a noun or an adverb in its likeliest reading; a verb or an adjective leads on to one."""
    return str(_analyzer().parse(word)[0].tag.POS) in ("NOUN", "ADVB", "None")


def _form(parse: Parse, role: Role) -> NameForm | None:
    if parse.tag.case is None:
        return None
    case = _CASES.get(str(parse.tag.case), str(parse.tag.case))
    said = str(parse.tag.gender)
    gender = said if said in ("masc", "femn") and "ms-f" not in parse.tag else ""
    if case == "nomn":
        return NameForm(role, case, gender, parse.word)
    grammemes = {"nomn", "sing"} | ({gender} if gender and role is not Role.GIVEN else set())
    inflected = parse.inflect(grammemes)
    return None if inflected is None else NameForm(role, case, gender, inflected.word)


_CASES = {"gen2": "gent", "gen1": "gent", "acc2": "accs", "loc1": "loct", "loc2": "loct"}
