"""How Russian speakers give their names."""

from __future__ import annotations

import re
from collections.abc import Sequence

from app.scenario.extraction.findings import Finding
from app.scenario.extraction.utterance import Item, Kind, Utterance
from app.scenario.extraction.wording import words
from app.scenario.languages.ru.morphology import NameForm, Role, read

__all__ = ["names"]

_NOMINATIVE = ("nomn", "ablt")
_OBLIQUE = ("accs", "gent", "datv", "nomn")
_LONGEST = 3
_GIVEN_AND_FAMILY = 2
_SHORT_GAP = 24
_LISTED = 4
"""Parts between commas from which on an utterance is a list of answers."""

# What stands before a name, and the cases that follow.
_INTRODUCED = re.compile(
    r"\b(?:(?P<called>меня (?:все )?(?:зовут|звать)|(?:зовут|звать) меня|зовите меня|называйте меня)"
    r"|(?P<named>мое имя|(?:моя )?фамилия(?: моя)?|имя(?: мое)?|имя фамилия|фио|(?<=, )зовут|(?<= а )зовут|с "
    r"вами говорит|вас беспокоит|отчество)"
    r"|(?P<for>на (?:имя|фамилию)|обращайтесь ко мне|обращаться ко мне))\b(?: :)?(?: -)?(?: ,)?"
    r"(?: (?:ну|просто|э+|так|вот|будет|это|как|имя|фамилия|можно|его|ее))*"
)
_AFTER = re.compile(r"\b(?:меня зовут|зовут меня|мое имя|зовут|моя фамилия)\b")
_POINTED = re.compile(r"\b(?:это|я|говорит|беспокоит|можно просто|просто|зовите)(?: -)?(?: ,)? ")
_RECORDED = re.compile(r"\b(?:на|для|запишите|запиши|записывайте)(?: пожалуйста)? ")

_FILLERS = frozenset(
    words(
        "ну э ээ эээ эм так вот да ага угу хорошо пожалуйста это я меня зовут имя мое моя фамилия можно просто алло "
        "здравствуйте добрый день вечер утро привет а и на запишите для как окей ладно конечно значит зовите тогда "
        "короче меня по имени отчество типа скажем пусть будет"
    )
)
_NEVER = frozenset(
    words(
        "да нет не ну а и но или ага угу алло вы мне вас вам нас на по за из от для как что кто где когда почему "
        "зачем сколько завтра сегодня послезавтра утра вечера дня ночи пожалуйста спасибо здравствуйте привет мая "
        "августа пока рад ли ан же бы до вот так ладно хорошо девушка мама папа ваш ваша наш наша клиника"
    )
)
_RARELY_NAMES = frozenset(words("марта света рада роза мая вера любовь надежда слава лев роман"))


def names(utterance: Utterance, *, asked: bool) -> list[Finding]:
    """Every name that the caller gives as somebody's; a bare one only when a name was asked for."""
    introduced = _introduced(utterance)
    if introduced:
        return introduced
    pointed = _pointed(utterance, asked=asked)
    if pointed:
        return pointed
    return _bare(utterance) if asked else _in_list(utterance)


def _in_list(utterance: Utterance) -> list[Finding]:
    """ "Чистка, завтра, в десять, Роман": a part between commas that is a known first name, alone or with a surname."""
    items = utterance.items
    commas = [index for index, item in enumerate(items) if item.text == ","]
    if len(commas) < _LISTED - 1:
        return []
    found = []
    for before, after in zip(commas[1:], [*commas[2:], len(items)], strict=True):
        part = range(before + 1, after)
        if not 1 <= len(part) <= _LONGEST or not all(_accepted(utterance, i, lenient=False) for i in part):
            continue
        if any(form.role is Role.GIVEN for i in part for form in read(items[i].text).forms):
            found.append(_named(utterance, part, _NOMINATIVE, 0.8))
    return found if len(found) == 1 else []


def _introduced(utterance: Utterance) -> list[Finding]:
    found = []
    for match in _INTRODUCED.finditer(utterance.canon):
        if match["named"] == "зовут" and "фамилия" not in utterance.words:
            continue  # of whom, is not said
        cases = _OBLIQUE if match["for"] else _NOMINATIVE
        finding = _run(utterance, match.end() + 1, cases, lenient=True)
        if finding is not None:
            found.append(finding)
    if found:
        return _combined(utterance, found)
    for match in _AFTER.finditer(utterance.canon):  # "Анна меня зовут"
        first = utterance.item_at(match.start())
        begin = first
        while begin > 0 and first - begin < _LONGEST and _accepted(utterance, begin - 1, lenient=False):
            begin -= 1
        if begin < first:
            return [_named(utterance, range(begin, first), _NOMINATIVE, 0.9)]
    return []


def _combined(utterance: Utterance, found: list[Finding]) -> list[Finding]:
    """ "Имя Анна, фамилия Петрова" and "фамилия Петрова, имя Анна" are one name."""
    if len(found) != _GIVEN_AND_FAMILY or "фамилия" not in utterance.words:
        return found
    first, second = found
    before, between = utterance.canon[: first.start], utterance.canon[first.end : second.start]
    if len(between) > _SHORT_GAP or not (first.value and second.value):
        return found
    if "фамилия" in between:
        whole = f"{first.value} {second.value}"
    elif "фамилия" in before and ("имя" in between or "зовут" in between):
        whole = f"{second.value} {first.value}"
    else:
        return found
    return [Finding(first.start, second.end, (whole,), confidence=0.85)]


def _pointed(utterance: Utterance, *, asked: bool) -> list[Finding]:
    """ "Это Анна", and where a name was asked for "на Анну Петрову": only words that are names and little else."""
    patterns = [(_POINTED, _NOMINATIVE)] + ([(_RECORDED, _OBLIQUE)] if asked else [])
    for pattern, cases in patterns:
        for match in pattern.finditer(utterance.canon):
            finding = _run(utterance, match.end(), cases, lenient=False)
            if finding is not None and (asked or match.group().startswith(("это", "говорит", "беспокоит"))):
                return [finding]
    return []


def _run(utterance: Utterance, position: int, cases: tuple[str, ...], *, lenient: bool) -> Finding | None:
    """The name that begins at a position of canon."""
    if position >= len(utterance.canon):
        return None
    first = utterance.item_at(position)
    last = first
    while last < len(utterance.items) and last - first < _LONGEST + _hyphens(utterance.items[first:last]):
        if not _accepted(utterance, last, lenient=lenient and (last == first or utterance.items[last].hyphen)):
            break
        last += 1
    if last == first:
        return None
    return _named(utterance, range(first, last), cases, 0.95 if lenient else 0.85)


def _hyphens(items: Sequence[Item]) -> int:
    return sum(item.hyphen for item in items)


def _accepted(utterance: Utterance, index: int, *, lenient: bool) -> bool:
    """Whether the word can be part of a name. lenient: after "меня зовут", where an unknown word may be one."""
    item = utterance.items[index]
    if item.kind is not Kind.WORD or len(item.text) < 2 or item.text in _NEVER:
        return False
    capital = utterance.text[item.start].isupper()
    if item.text.isascii():
        return capital and index > 0 if not lenient else len(item.text) > 1
    reading = read(item.text)
    if lenient:
        return bool(reading.forms) or not reading.known
    if item.text in _RARELY_NAMES:
        return capital
    if any(form.role is Role.GIVEN for form in reading.forms):
        return reading.share >= 0.3 or (capital and index > 0)
    beside = index > 0 and _name_before(utterance, index)
    return (bool(reading.forms) and beside) or (reading.known and reading.share >= (0.2 if capital else 0.9))


def _name_before(utterance: Utterance, index: int) -> bool:
    before = utterance.items[index - 1]
    return before.kind is Kind.WORD and before.text not in _NEVER and bool(read(before.text).forms)


def _bare(utterance: Utterance) -> list[Finding]:
    items = utterance.items
    content = [i for i, item in enumerate(items) if item.kind is Kind.WORD and item.text not in _FILLERS]
    together = bool(content) and content[-1] - content[0] == len(content) - 1
    alone = together and len(content) <= _LONGEST + _hyphens(items) and not utterance.has_number
    if alone and all(_plausible(utterance, index) for index in content):
        return [_named(utterance, range(content[0], content[-1] + 1), _bare_cases(items, content[0]), 0.85)]
    found, index = [], 0
    while index < len(items):
        last = index
        while last < len(items) and last - index < _LONGEST and _accepted(utterance, last, lenient=False):
            last += 1
        if last > index:
            found.append(_named(utterance, range(index, last), _bare_cases(items, index), 0.75))
        index = last + 1 if last == index else last
    return found


def _bare_cases(items: Sequence[Item], first: int) -> tuple[str, ...]:
    return _OBLIQUE if first and items[first - 1].text in ("на", "для", "запишите") else _NOMINATIVE


def _plausible(utterance: Utterance, index: int) -> bool:
    """Whether a word that is the whole answer can be a name."""
    item = utterance.items[index]
    if item.text in _NEVER or len(item.text) < 2:
        return False
    if item.text.isascii():
        return item.text.isalpha() and utterance.text[item.start].isupper()
    if item.text in _RARELY_NAMES:
        return True
    reading = read(item.text)
    return (bool(reading.forms) and reading.share >= 0.05) or (
        not reading.known and utterance.text[item.start].isupper()
    )


def _named(utterance: Utterance, indexes: range, cases: tuple[str, ...], confidence: float) -> Finding:
    items = [utterance.items[i] for i in indexes]
    said = [utterance.text[item.start : item.end] for item in items]
    words = _nominative([item.text for item in items], said, cases)
    value = ""
    for item, word in zip(items, words, strict=True):
        value += ("" if not value else "-" if item.hyphen else " ") + _capital(word)
    start = utterance.starts[indexes[0]]
    end = utterance.starts[indexes[-1]] + len(items[-1].text)
    unknown = any(not item.text.isascii() and not read(item.text).known for item in items)
    return Finding(start, end, (value,), confidence=confidence - 0.15 if unknown else confidence)


def _nominative(words: list[str], said: list[str], cases: tuple[str, ...]) -> list[str]:
    """The words in the nominative where one case and gender fits them all; otherwise as they were said."""
    readings = [read(word).forms if not word.isascii() else () for word in words]
    if not all(readings):
        return said
    for case in cases:
        for gender in ("masc", "femn"):
            forms = [
                next((f for f in options if f.case == case and f.gender in (gender, "")), None) for options in readings
            ]
            if all(form is not None for form in forms):
                if case == "nomn":
                    return said
                if cases[0] != case and not _certain(readings, case):
                    return said
                return [form.nominative for form in forms if form is not None]
    common = {form.nominative for form in readings[0]}
    return [next(iter(common))] if len(words) == 1 and len(common) == 1 else said


def _certain(readings: Sequence[Sequence[NameForm]], case: str) -> bool:
    """Whether the case gives one nominative only."""
    return all(len({form.nominative for form in options if form.case == case}) == 1 for options in readings)


def _capital(word: str) -> str:
    if any(letter.isupper() for letter in word[1:]) and not word.isupper():
        return word[:1].upper() + word[1:]
    return word[:1].upper() + word[1:].lower()
