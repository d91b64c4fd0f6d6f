"""How English speakers give their names."""

from __future__ import annotations

import re
from itertools import takewhile

from app.scenario.extraction.findings import Finding
from app.scenario.extraction.utterance import Kind, Utterance
from app.scenario.extraction.wording import words
from app.scenario.languages.en.given_names import EVERYDAY, GIVEN

__all__ = ["names"]

_LONGEST = 4
_GIVEN_AND_FAMILY = 2
_SHORT_GAP = 30
_LISTED = 4
"""Parts between commas from which on an utterance is a list of answers."""
_FAMILY = re.compile(r"\b(?:last name|surname|family name)\b")
_FEWEST_LETTERS = 3
_INTRODUCED = re.compile(
    r"(?<!'s )(?<!your )(?<!his )(?<!her )(?<!their )"
    r"\b(?:(?:my|the|full|1°|last) (?:(?:full|1°|last) )?name(?: is|'s| would be)|my name|name's|name is"
    r"|surname(?: is|'s)?|(?:1°|last|full) name|i'm called|i am called|"
    r"(?:you can |please |just )?call me|under (?:the name(?: of)?)|people call me|i go by)\b(?: :)?(?: (?:uh"
    r"|um|just|is|it's|spelled|spelt|1° name|last name))*"
)
_POINTED = re.compile(
    r"\b(?:this is|i'm|i am|it's|it is|for|under|here is|speaking with|name|yes|put it under)(?: ,)? "
)
_UNASKED = frozenset({"this is", "i'm", "i am"})
_SPEAKING = re.compile(r"\b(?:speaking|calling|here)\b")
_TITLES = frozenset({"mr", "mrs", "ms", "miss", "dr", "doctor", "sir", "madam", "mister"})

_FILLERS = frozenset(
    words(
        "um uh er well so yes yeah sure ok okay hi hello hey please it's this is i'm i am it the my name for just "
        "call me thanks thank you and speaking here under that's that oh"
    )
)
_STOP = frozenset(
    words(
        "a an the and or but so if not no nope yes yeah yep ok okay sure well hi hello hey please thanks thank you "
        "i me my mine we us our he she it they them his her its their this that these those here there what who "
        "whom which when where why how is am are was were be been being do does did last first full have has had "
        "can could would should will shall might must to of in on at by for from with about as into over after "
        "before between out up down off again then than too very just only also now today tomorrow tonight "
        "yesterday monday tuesday wednesday thursday friday saturday sunday january february march april may june "
        "july august september october november december morning afternoon evening night week month year time day "
        "am pm noon midnight looking calling trying going wondering hoping interested fine good great busy ready "
        "late sorry afraid happy glad sick phone number email mail address call back cell mobile name speaking "
        "speak talk book booking appointment order parcel delivery package price cost need want like help question "
        "problem correct right wrong true false maybe perhaps because another one two three four five six seven "
        "eight nine ten some any all none nothing something anything everything everyone someone nobody really "
        "actually already still never always sometimes more less much many few lot don't can't won't i'm it's "
        "that's i'd i'll i've let's isn't didn't doesn't wasn't not."
    )
)


def names(utterance: Utterance, *, asked: bool) -> list[Finding]:
    """Every name that the caller gives as somebody's; a bare one only when a name was asked for."""
    found = [
        finding
        for match in _INTRODUCED.finditer(utterance.canon)
        if (finding := _run(utterance, match.end() + 1, known=False))
    ]
    if found:
        return _combined(utterance, found)
    for match in _POINTED.finditer(utterance.canon):
        if not asked and match.group().rstrip(" ,") not in _UNASKED:
            continue
        finding = _run(utterance, match.end(), known=True)
        if finding is not None:
            return [finding]
    for match in _SPEAKING.finditer(utterance.canon):
        first = utterance.item_at(match.start())
        begin = max(first - 2, 0)
        finding = next(
            (f for i in range(begin, first) if (f := _run(utterance, utterance.starts[i], known=True)) is not None),
            None,
        )
        if finding is not None and finding.end == match.start() - 1:
            return [finding]
    return _bare(utterance) if asked else _in_list(utterance)


def _combined(utterance: Utterance, found: list[Finding]) -> list[Finding]:
    """ "First name John, last name Smith" and "last name Smith, first name John" are one name."""
    if len(found) != _GIVEN_AND_FAMILY:
        return found
    first, second = found
    before, between = utterance.canon[: first.start], utterance.canon[first.end : second.start]
    if len(between) > _SHORT_GAP:
        return found
    if _FAMILY.search(between):
        whole = f"{first.value} {second.value}"
    elif _FAMILY.search(before) and "1° name" in between:
        whole = f"{second.value} {first.value}"
    else:
        return found
    return [Finding(first.start, second.end, (whole,), confidence=0.85)]


def _in_list(utterance: Utterance) -> list[Finding]:
    """ "Cleaning, tomorrow, at ten, Roman": between commas a known first name, alone or with a surname."""
    items = utterance.items
    commas = [index for index, item in enumerate(items) if item.text == ","]
    if len(commas) < _LISTED - 1:
        return []
    found = []
    for before, after in zip(commas[1:], [*commas[2:], len(items)], strict=True):
        known = after - before > 1 and items[before + 1].text in GIVEN
        accepted = known and all(_accepted(utterance, i, leading=i == before + 1) for i in range(before + 1, after))
        if accepted and after - before <= _LONGEST:
            found.append(_named(utterance, before + 1, after, 0.8))
    return found if len(found) == 1 else []


def _run(utterance: Utterance, position: int, *, known: bool) -> Finding | None:
    """The name that begins at a position of canon. known: only one that begins with a given name."""
    if position >= len(utterance.canon):
        return None
    items = utterance.items
    first = utterance.item_at(position)
    while first < len(items) and items[first].text in _TITLES:
        first += 1
        if first < len(items) and items[first].text == ".":
            first += 1
        known = False
    if first >= len(items):
        return None
    spelled = _spelled(utterance, first)
    if spelled is not None:
        return spelled
    start = items[first].text
    if known and not (start in GIVEN or (start in EVERYDAY and _capital(utterance, first) and first > 0)):
        return None
    last = first
    while last < len(items) and last - first < _LONGEST and _accepted(utterance, last, leading=last == first):
        last += 1
    if last == first:
        return None
    return _named(utterance, first, last, 0.85 if known else 0.95 if start in GIVEN else 0.8)


def _spelled(utterance: Utterance, first: int) -> Finding | None:
    """ "J o h n" is John."""
    letters = list(takewhile(lambda item: len(item.text) == 1 and item.text.isalpha(), utterance.items[first:]))
    if len(letters) < _FEWEST_LETTERS:
        return None
    end = utterance.starts[first + len(letters) - 1] + 1
    return Finding(
        utterance.starts[first], end, ("".join(item.text for item in letters).capitalize(),), confidence=0.75
    )


def _accepted(utterance: Utterance, index: int, *, leading: bool) -> bool:
    item = utterance.items[index]
    if item.kind is not Kind.WORD or not item.text.replace("'", "").isalpha():
        return False
    if item.text in GIVEN or (item.text in EVERYDAY and (leading or _capital(utterance, index))):
        return True
    if item.text in _STOP or item.text in _TITLES or (item.text.endswith("ing") and not _capital(utterance, index)):
        return False
    if leading:
        return len(item.text) > 1
    return _capital(utterance, index) or not _capital(utterance, index - 1)


def _capital(utterance: Utterance, index: int) -> bool:
    return utterance.text[utterance.items[index].start].isupper()


def _bare(utterance: Utterance) -> list[Finding]:
    items = utterance.items
    content = [
        i
        for i, item in enumerate(items)
        if item.kind is Kind.WORD and item.text not in _FILLERS and item.text not in _TITLES
    ]
    together = bool(content) and content[-1] - content[0] == len(content) - 1
    if together and len(content) <= 3 and not utterance.has_number:
        plausible = all(_plausible(utterance, index) for index in content)
        if plausible and (len(content) > 1 or len(items) <= 4 or items[content[0]].text in GIVEN):
            known = items[content[0]].text in GIVEN
            return [_named(utterance, content[0], content[-1] + 1, 0.9 if known else 0.7)]
    found, index = [], 0
    while index < len(items):
        finding = _run(utterance, utterance.starts[index], known=True) if items[index].text in GIVEN else None
        if finding is not None:
            found.append(finding)
            index = utterance.item_at(finding.end - 1)
        index += 1
    return found


def _plausible(utterance: Utterance, index: int) -> bool:
    """Whether a word that is the whole answer can be a name."""
    item = utterance.items[index]
    if item.text in GIVEN or item.text in EVERYDAY:
        return True
    return (
        item.text not in _STOP
        and len(item.text) > 1
        and not item.text.endswith("ing")
        and (_capital(utterance, index) or _beside_given(utterance, index))
    )


def _beside_given(utterance: Utterance, index: int) -> bool:
    before = [item.text for item in utterance.items[max(index - 2, 0) : index]]
    return any(word in GIVEN or word in EVERYDAY for word in before)


def _named(utterance: Utterance, first: int, last: int, confidence: float) -> Finding:
    items = utterance.items[first:last]
    value = ""
    for item in items:
        word = utterance.text[item.start : item.end]
        value += ("" if not value else "-" if item.hyphen else " ") + _capitalised(word)
    return Finding(
        utterance.starts[first], utterance.starts[last - 1] + len(items[-1].text), (value,), confidence=confidence
    )


def _capitalised(word: str) -> str:
    if any(letter.isupper() for letter in word[1:]) and not word.isupper():
        return word
    parts = word.lower().split("'")
    return "'".join(part[:1].upper() + part[1:] for part in parts)
