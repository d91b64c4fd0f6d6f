"""One of the options that a field offers, in whatever form, order or spelling it was said."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache

from app.scenario.extraction.findings import Finding
from app.scenario.extraction.utterance import Item, Kind, Utterance

__all__ = ["ChoiceWords", "Options", "findings"]

_SHORTEST_TYPO = 5
_LONG = 9
_MOST_SLIPS = 2
_SHORTEST_ROOT = 4
_SHARED, _SHARED_LONG = 0.65, 0.55
"""How much of two stems must be the same for one root, and when that is longer than the shortest."""
_MOST = 60
"""Places looked at in one utterance."""
_LONGEST_STEM = 30
"""Letters of a stem beyond which neither slips nor roots are looked for."""
_TRIES, _SLIPS, _ROOTS = 5_000, 1_000, 20_000
"""Comparisons of one utterance with a field's wordings: a few milliseconds each. What people say takes tens."""


@dataclass(frozen=True)
class ChoiceWords:
    """How a language bends words."""

    stem: Callable[[str], str]
    ignored: frozenset[str]
    """Words of an option that need not be said: prepositions, "услуга"."""
    weak: frozenset[str]
    """Words that alone name no option in passing: yes, no, any."""
    prefixes: tuple[str, ...]
    """Prefixes of verbs that change a root little."""
    place: re.Pattern[str]
    """ "The second one", with the ordinal as group "n" or the last as group "last", as the whole answer."""


@dataclass(frozen=True)
class _Wording:
    """One way to name an option: stems that must all be said near each other."""

    option: str
    stems: tuple[str, ...]
    prefix: tuple[bool, ...]
    weak: bool


@dataclass(frozen=True)
class Options:
    """A field's options, prepared for one language."""

    names: tuple[str, ...]
    by_stem: Mapping[str, tuple[_Wording, ...]]
    """Wordings by their first stem."""
    prefixes: Mapping[str, tuple[tuple[int, _Wording], ...]]
    """Wordings whose first word was written with * at its end, by that word, with their place in the field."""
    lengths: tuple[int, ...]
    """Of the keys of `prefixes`."""
    slips: Mapping[tuple[str, int], tuple[str, ...]]
    """Stems by their first letter and length."""
    roots: Mapping[str, tuple[tuple[str, str], ...]]
    """Stems that name an option alone, and the option, by their first letters."""


@lru_cache(maxsize=1024)
def _options(
    names: tuple[tuple[str, tuple[str, ...]], ...], read: Callable[[str], Utterance], words: ChoiceWords
) -> Options:
    by_stem: dict[str, list[_Wording]] = {}
    prefixes: dict[str, list[tuple[int, _Wording]]] = {}
    place = 0
    for option, others in names:
        for wording in (option, *others):
            place += 1
            said = _wording(option, wording, read, words)
            if said is None:
                continue
            if said.prefix[0]:
                prefixes.setdefault(said.stems[0], []).append((place, said))
            else:
                by_stem.setdefault(said.stems[0], []).append(said)
    slips: dict[tuple[str, int], list[str]] = {}
    roots: dict[str, list[tuple[str, str]]] = {}
    for stem, wordings in by_stem.items():
        if _SHORTEST_TYPO <= len(stem) <= _LONGEST_STEM:
            slips.setdefault((stem[0], len(stem)), []).append(stem)
        if _SHORTEST_ROOT <= len(stem) <= _LONGEST_STEM:
            alone = dict.fromkeys(w.option for w in wordings if len(w.stems) == 1)
            roots.setdefault(stem[:_SHORTEST_ROOT], []).extend((stem, option) for option in alone)
    return Options(
        names=tuple(n for n, _ in names),
        by_stem={k: tuple(v) for k, v in by_stem.items()},
        prefixes={k: tuple(v) for k, v in prefixes.items()},
        lengths=tuple(sorted({len(k) for k in prefixes})),
        slips={k: tuple(v) for k, v in slips.items()},
        roots={k: tuple(v) for k, v in roots.items()},
    )


def _wording(option: str, text: str, read: Callable[[str], Utterance], words: ChoiceWords) -> _Wording | None:
    utterance = read(text.replace("_", " "))
    items = [item for item in utterance.items if item.kind is not Kind.PUNCTUATION]
    kept = [item for item in items if item.text not in words.ignored] or items
    if not kept:
        return None
    star = [utterance.text[item.end : item.end + 1] == "*" for item in kept]
    stems = tuple(item.text if s else _stem(item, words) for item, s in zip(kept, star, strict=True))
    weak = all(item.text in words.weak or len(item.text) < 3 or item.kind is not Kind.WORD for item in kept)
    return _Wording(option, stems, tuple(star), weak)


def _stem(item: Item, words: ChoiceWords) -> str:
    return words.stem(item.text) if item.kind is Kind.WORD else item.text


def findings(
    utterance: Utterance,
    words: ChoiceWords,
    options: Mapping[str, tuple[str, ...]],
    read: Callable[[str], Utterance],
    *,
    asked: bool,
) -> list[Finding]:
    """Every option that was named; misspelled or counted ("the second one") only when this field was asked for."""
    table = _options(tuple((name, tuple(others)) for name, others in options.items()), read, words)
    stems = [_stem(item, words) for item in utterance.items]
    found = _exact(utterance, stems, table)
    if not found and asked:
        found = (
            _misspelled(utterance, stems, table)
            or _counted(utterance, table, words)
            or _related(utterance, stems, table, words)
        )
    return found


def _exact(utterance: Utterance, stems: list[str], table: Options) -> list[Finding]:
    found: list[tuple[int, int, _Wording]] = []
    tries = 0
    for index, stem in enumerate(stems):
        if tries > _TRIES or len(found) >= _MOST:
            break
        for wording in (*table.by_stem.get(stem, ()), *_beginning(utterance.items[index].text, table)):
            tries += len(wording.stems) ** 2
            if tries > _TRIES:
                break
            span = _span(utterance, stems, index, wording)
            if span is not None:
                found.append((*span, wording))
    del found[_MOST:]
    found.sort(key=lambda entry: (entry[0] - entry[1], entry[0]))
    kept: list[tuple[int, int, _Wording]] = []
    for first, last, wording in found:  # the longest wording wins where two overlap
        if all(
            last < other_first or first > other_last or wording.option == other.option
            for other_first, other_last, other in kept
        ):
            kept.append((first, last, wording))
    return [
        _found(utterance, first, last, wording.option, 0.95, plain=not wording.weak)
        for first, last, wording in _once(kept)
    ]


def _beginning(word: str, table: Options) -> list[_Wording]:
    """The wordings with the word's beginning, in the order of the field."""
    found = [one for length in table.lengths for one in table.prefixes.get(word[:length], ()) if length <= len(word)]
    return [wording for _, wording in sorted(found, key=lambda one: one[0])]


def _once(kept: list[tuple[int, int, _Wording]]) -> list[tuple[int, int, _Wording]]:
    """One entry for places where several wordings of one option overlap."""
    out: list[tuple[int, int, _Wording]] = []
    for entry in sorted(kept, key=lambda e: (e[0], -e[1])):
        if out and out[-1][2].option == entry[2].option and entry[0] <= out[-1][1]:
            continue
        out.append(entry)
    return out


def _span(utterance: Utterance, stems: list[str], index: int, wording: _Wording) -> tuple[int, int] | None:
    """The items from the first to the last word of the wording, in any order within a short stretch."""
    if len(wording.stems) == 1:
        return index, index
    reach = len(wording.stems) + 2
    low, high = max(index - reach, 0), min(index + reach + 1, len(stems))
    used = [index]
    for stem, star in zip(wording.stems[1:], wording.prefix[1:], strict=True):
        near = sorted((i for i in range(low, high) if i not in used), key=lambda i: abs(i - index))
        at = next((i for i in near if stems[i] == stem or (star and utterance.items[i].text.startswith(stem))), None)
        if at is None:
            return None
        used.append(at)
    return min(used), max(used)


def _misspelled(utterance: Utterance, stems: list[str], table: Options) -> list[Finding]:
    found = []
    tries = 0
    for index, stem in enumerate(stems):
        if len(stem) < _SHORTEST_TYPO - 1 or utterance.items[index].kind is not Kind.WORD:
            continue
        lengths = range(len(stem) - _MOST_SLIPS, len(stem) + _MOST_SLIPS + 1)
        near = [known for length in lengths for known in table.slips.get((stem[0], length), ())]
        tries += len(near)
        if tries > _SLIPS:
            break
        close = {
            w.option: w for known in near if _close(stem, known) for w in table.by_stem[known] if len(w.stems) == 1
        }
        if len(close) == 1:
            found.append(_found(utterance, index, index, next(iter(close)), 0.7, plain=False))
    return found


def _related(utterance: Utterance, stems: list[str], table: Options, words: ChoiceWords) -> list[Finding]:
    """Words of the same root as one option: "почистить" for "чистка"."""
    found = []
    tries = 0
    for index, stem in enumerate(stems):
        if utterance.items[index].kind is not Kind.WORD or utterance.items[index].text in words.weak:
            continue
        near = set[str]()
        for root in {stem, *(stem.removeprefix(prefix) for prefix in words.prefixes)}:
            alike = table.roots.get(root[:_SHORTEST_ROOT], ())
            tries += len(alike)
            if tries > _ROOTS:
                return []
            near.update(option for known, option in alike if _same_root(root, known))
        if len(near) == 1:
            found.append(_found(utterance, index, index, near.pop(), 0.7, plain=False))
    return found if len({finding.values for finding in found}) == 1 else []


def _same_root(a: str, b: str) -> bool:
    common = next((i for i, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), min(len(a), len(b)))
    return common >= _SHORTEST_ROOT and common >= (_SHARED_LONG if common > _SHORTEST_ROOT else _SHARED) * max(
        len(a), len(b)
    )


def _counted(utterance: Utterance, table: Options, words: ChoiceWords) -> list[Finding]:
    match = words.place.fullmatch(utterance.canon)
    if match is None:
        return []
    number = len(table.names) if match["last"] else int(re.sub(r"\D", "", match["n"]))
    if not 1 <= number <= len(table.names):
        return []
    return [Finding(0, len(utterance.canon), (table.names[number - 1],), confidence=0.7, plain=False)]


def _found(utterance: Utterance, first: int, last: int, option: str, confidence: float, *, plain: bool) -> Finding:
    end = utterance.starts[last] + len(utterance.items[last].text)
    return replace(Finding(utterance.starts[first], end, (option,), confidence=confidence), plain=plain)


def _close(a: str, b: str) -> bool:
    """Whether one slip (two in long words) turns one stem into the other; the first letter must be right."""
    allowed = _MOST_SLIPS if min(len(a), len(b)) >= _LONG else 1
    if a[0] != b[0] or abs(len(a) - len(b)) > allowed:
        return False
    return _distance(a, b, allowed) <= allowed


def _distance(a: str, b: str, limit: int) -> int:
    """Letters inserted, left out, changed or swapped with the next, counted up to a limit."""
    before: list[int] = []
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        earlier, before, row = before, row, [i] + [0] * len(b)
        for j, y in enumerate(b, 1):
            row[j] = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (x != y))
            if i > 1 and j > 1 and x == b[j - 2] and a[i - 2] == y:
                row[j] = min(row[j], earlier[j - 2] + 1)
        if min(row) > limit:
            return limit + 1
    return row[-1]
