"""Russian numbers in the case and gender that their surroundings ask for: num2words declines, pymorphy3 reads the noun
beside them, and the preposition before them decides what both leave open.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from num2words import num2words

from app.scenario.languages.ru.morphology import NounForm, noun_forms

NOMINATIVE, GENITIVE, DATIVE, ACCUSATIVE, INSTRUMENTAL, PREPOSITIONAL = "ngdaip"
_CASES = {"nomn": "n", "gent": "g", "datv": "d", "accs": "a", "ablt": "i", "loct": "p", "gen2": "g", "loc2": "p"}
_GENDERS = {"masc": "m", "femn": "f", "neut": "n"}
LARGEST = 10**12

PREPOSITIONS = {
    **dict.fromkeys(
        (
            "от",
            "до",
            "из",
            "без",
            "для",
            "около",
            "после",
            "более",
            "менее",
            "свыше",
            "порядка",
            "кроме",
            "против",
            "у",
            "не",
            "больше",
            "меньше",
            "раньше",
            "позже",
            "дольше",
            "старше",
            "младше",
            "дороже",
            "дешевле",
            "течение",
            "начиная",
        ),
        "g",
    ),
    **dict.fromkeys(("к", "ко", "согласно"), "d"),
    **dict.fromkeys(("в", "во", "на", "за", "через", "про", "по"), "a"),
    **dict.fromkeys(("между", "над", "под", "перед"), "i"),
    **dict.fromkeys(("о", "об", "при"), "p"),
    "с": "g",
    "со": "g",
}
"""Word before a number -> the case it asks for, when the noun after it does not say otherwise."""
_BOTH = {"в": "p", "во": "p", "на": "p", "с": "i", "со": "i", "за": "i", "под": "a", "по": "d"}
"""The other case of a preposition that has two; the noun's ending decides."""


@dataclass(frozen=True)
class Count:
    """A number beside a noun: its case, and the noun's gender."""

    case: str
    gender: str = "m"
    ordinal: bool = False


def cardinal(number: int, case: str = NOMINATIVE, gender: str = "m") -> str:
    """342, genitive: "трёхсот сорока двух". Larger numbers than 10^12 are read digit by digit."""
    if abs(number) >= LARGEST:
        return digits(str(number))
    said = str(num2words(number, lang="ru", case=case, gender=gender, animate=False))
    return said.removeprefix("один ") if said.startswith("один тысяч") else re.sub(r"^одн[аоу]й? (тысяч)", r"\1", said)


def ordinal(number: int, case: str = NOMINATIVE, gender: str = "m") -> str:
    """26, genitive, neuter: "двадцать шестого"."""
    return str(num2words(number, lang="ru", to="ordinal", case=case, gender=gender, animate=False))


def digits(text: str) -> str:
    """Each digit by its name."""
    return " ".join(cardinal(int(digit)) for digit in text if digit.isdigit())


def decimal(whole: str, part: str, case: str = NOMINATIVE, noun: str = "") -> str:
    """2 and 5 with "килограмма": "два с половиной"."""
    gender = gender_of(noun)
    if part == "5" and case in "na":
        if whole == "1":
            return "полторы" if gender == "f" else "полтора"
        if whole != "0":
            return f"{cardinal(int(whole), 'a' if case == 'a' else 'n', gender)} с половиной"
    tenths = {1: "десят", 2: "сот", 3: "тысячн"}.get(len(part))
    if tenths is None:
        return f"{cardinal(int(whole))} и {digits(part)}"
    count, rest = int(whole), int(part)
    one = cardinal(count, case, "f")
    return f"{one} {_fraction('цел', count, case)} {cardinal(rest, case, 'f')} {_fraction(tenths, rest, case)}"


def _fraction(stem: str, count: int, case: str) -> str:
    single = count % 10 == 1 and count % 100 != 11
    ends = (
        {"n": "ая", "g": "ой", "d": "ой", "a": "ую", "i": "ой", "p": "ой"}
        if single
        else {
            "n": "ых",
            "g": "ых",
            "d": "ым",
            "a": "ых",
            "i": "ыми",
            "p": "ых",
        }
    )
    return stem + ends[case]


def form(count: int, one: str, few: str, many: str) -> str:
    """ "Рубль, рубля, рублей" as the count asks for in the nominative."""
    if count % 100 in range(11, 15) or count % 10 == 0 or count % 10 >= 5:
        return many
    return one if count % 10 == 1 else few


def gender_of(noun: str) -> str:
    """Gender of a noun in any form; masculine when nobody knows."""
    found = [known.gender for known in noun_forms(noun.lower()) if known.gender]
    return _GENDERS.get(found[0], "m") if found else "m"


@lru_cache(maxsize=4096)
def agreed(number: int, before: str, noun: str) -> Count:
    """The case of a number between `before` and `noun` (each may be empty), and whether it is an ordinal:
    "на 2 этаже" is "на втором этаже", while "2 этажа" is "два этажа"."""
    asked = PREPOSITIONS.get(before)
    forms = noun_forms(noun.lower()) if noun else ()
    if not forms:
        return Count(asked or NOMINATIVE)
    gender = _GENDERS.get(forms[0].gender, "m")
    ones = number % 10 == 1 and number % 100 != 11
    few = number % 10 in (2, 3, 4) and number % 100 not in range(12, 15)
    wanted = [case for case in (asked, _BOTH.get(before)) if case] or [NOMINATIVE]
    for case in wanted:
        if _counts(forms, case, ones=ones, few=few):
            return Count(case, gender)
    singular = [known for known in forms if not known.plural and _CASES.get(known.case) in wanted]
    if singular and not ones:
        return Count(_CASES[singular[0].case], _GENDERS.get(singular[0].gender, "m"), ordinal=True)
    oblique = [known for known in forms if known.plural and _CASES.get(known.case) in ("d", "i")]
    if oblique and not asked:
        return Count(_CASES[oblique[0].case], gender)
    return Count(asked or NOMINATIVE, gender)


def _counts(forms: tuple[NounForm, ...], case: str, *, ones: bool, few: bool) -> bool:
    """Whether the noun can stand after a cardinal in `case`: "двух часов", "к пяти часам", "пять часов"."""
    if case in (NOMINATIVE, ACCUSATIVE) and not ones:
        return any(known.case in ("gent", "gen2") and known.plural is not few for known in forms)
    return any(_CASES.get(known.case) == case and known.plural is not ones for known in forms)
