"""What a caller wants: keywords first, then how much of an example's words were said. "None" is an answer."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import Stemmer

_WORD = re.compile(r"[^\W_]+(?:[-'’][^\W_]+)*\*?")
_RUSSIAN = Stemmer.Stemmer("russian")
_ENGLISH = Stemmer.Stemmer("english")
_COMMON = frozenset(
    [
        "а",
        "и",
        "в",
        "во",
        "на",
        "не",
        "ни",
        "но",
        "по",
        "за",
        "с",
        "со",
        "у",
        "к",
        "ко",
        "о",
        "об",
        "от",
        "до",
        "из",
        "для",
        "же",
        "ли",
        "бы",
        "то",
        "это",
        "я",
        "мне",
        "меня",
        "мой",
        "моя",
        "ты",
        "вы",
        "вам",
        "вас",
        "мы",
        "нам",
        "нас",
        "он",
        "она",
        "они",
        "как",
        "что",
        "так",
        "да",
        "нет",
        "ну",
        "вот",
        "уже",
        "еще",
        "быть",
        "есть",
        "был",
        "можно",
        "нужно",
        "надо",
        "хочу",
        "хотел",
        "хотела",
        "пожалуйста",
        "здравствуйте",
        "добрый",
        "день",
        "a",
        "an",
        "the",
        "i",
        "me",
        "my",
        "we",
        "us",
        "you",
        "your",
        "he",
        "she",
        "it",
        "is",
        "are",
        "am",
        "be",
        "to",
        "of",
        "in",
        "on",
        "at",
        "for",
        "and",
        "or",
        "not",
        "do",
        "does",
        "did",
        "can",
        "could",
        "would",
        "will",
        "please",
        "hello",
        "hi",
        "want",
        "like",
        "i'd",
        "i'm",
        "it's",
    ]
)
_THRESHOLD = 0.6
MAX_WORDS = 400
"""Words of an utterance that are looked at: more than two minutes of speech."""
MAX_STEPS = 20_000
"""Looks at the phrases of a scenario in one utterance: some 10 ms. What people say takes hundreds."""
_OTHER_WORDS = frozenset({"сто", "три"})
"""Stems that are words of their own, and common ones: "стоит" is not "сто"."""


@dataclass(frozen=True, slots=True)
class Word:
    """A word of an utterance: its stem and where it stands."""

    text: str
    plain: str
    stem: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Match:
    """An intent that fits: `score` 0..1, the words that said so, and how it was found (keyword or example)."""

    name: str
    score: float
    quote: str
    by: str
    pattern: str


@lru_cache(maxsize=20_000)
def _forms(word: str) -> tuple[str, str]:
    """A word as it is compared, and its stem."""
    plain = word.casefold().replace("ё", "е").replace("’", "'")
    return plain, stem(plain)


def stem(plain: str) -> str:
    """The stem of one word in small letters; Russian for Cyrillic, English otherwise."""
    cut = str((_RUSSIAN if re.search("[а-я]", plain) else _ENGLISH).stemWord(plain))
    return plain if cut in _OTHER_WORDS else cut


def words(text: str) -> tuple[Word, ...]:
    """The words of a text in order."""
    return tuple(Word(m.group(), *_forms(m.group().rstrip("*")), m.start(), m.end()) for m in _WORD.finditer(text))


class _Node:
    """A place in the phrases: which words lead on from here, and which phrases end here."""

    __slots__ = ("ends", "lengths", "prefixes", "stems")

    def __init__(self) -> None:
        self.stems: dict[str, _Node] = {}
        self.prefixes: dict[str, _Node] = {}
        self.lengths: tuple[int, ...] = ()
        """Of the prefixes, shortest first."""
        self.ends: dict[str, str] = {}
        """Owner -> the phrase as it was written."""


class Phrases:
    """Phrases of stems in a row, `запис*` being a beginning of a word. Finds those that occur in an utterance."""

    def __init__(self, phrases: Mapping[str, Sequence[str]]) -> None:
        self._root = _Node()
        for owner, texts in phrases.items():
            for text in texts:
                self._add(owner, text)

    def _add(self, owner: str, text: str) -> None:
        node = self._root
        for match in _WORD.finditer(text):
            word = match.group()
            if not word.endswith("*"):
                node = node.stems.setdefault(_forms(word)[1], _Node())
                continue
            beginning = word.rstrip("*").casefold().replace("ё", "е")
            if beginning not in node.prefixes:
                node.prefixes[beginning] = _Node()
                node.lengths = tuple(sorted({len(one) for one in node.prefixes}))
            node = node.prefixes[beginning]
        if node is not self._root:
            node.ends.setdefault(owner, text)

    def find(self, said: Sequence[Word]) -> list[tuple[str, str, int, int]]:
        """(owner, phrase, index of its first word, index after its last), for every phrase that occurs.

        At most MAX_WORDS words are looked at, in at most MAX_STEPS steps: a scenario made of phrases that all fit
        everywhere finds fewer of them, and no turn waits for it.
        """
        found: list[tuple[str, str, int, int]] = []
        said = said[:MAX_WORDS]
        steps = 0
        for first in range(len(said)):
            at, nodes = first, [self._root]
            while nodes and at < len(said):
                following: list[_Node] = []
                for node in nodes:
                    steps += 1 + len(node.lengths)
                    following += _after(node, said[at])
                at += 1
                for node in following:
                    steps += len(node.ends)
                    found += [(owner, text, first, at) for owner, text in node.ends.items()]
                nodes = following
                if steps > MAX_STEPS:
                    return found
        return found


def _after(node: _Node, word: Word) -> list[_Node]:
    """Where one more word leads."""
    exact = node.stems.get(word.stem)
    found = [] if exact is None else [exact]
    for length in node.lengths:
        if length > len(word.plain):
            break
        if (begun := node.prefixes.get(word.plain[:length])) is not None:
            found.append(begun)
    return found


class IntentMatcher:
    """Matches utterances against the intents of one scenario, in all of its languages at once."""

    def __init__(self, keywords: Mapping[str, Sequence[str]], examples: Mapping[str, Sequence[str]]) -> None:
        self._keywords = Phrases(keywords)
        self._examples: list[tuple[str, str, frozenset[str]]] = []
        self._by_stem: dict[str, list[int]] = {}
        for name, texts in examples.items():
            for text in texts:
                stems = frozenset(w.stem for w in words(text) if w.plain not in _COMMON)
                if stems:
                    for one in stems:
                        self._by_stem.setdefault(one, []).append(len(self._examples))
                    self._examples.append((name, text, stems))
        total = max(1, len(self._examples))
        self._weight = {one: math.log(1 + total / len(ids)) for one, ids in self._by_stem.items()}
        self._whole = [sum(self._weight[one] for one in stems) for _, _, stems in self._examples]

    def match(self, text: str, said: Sequence[Word] | None = None) -> Match | None:
        """The intent that fits best; None when nothing does."""
        found = self.match_all(text, said)
        return found[0] if found else None

    def match_all(self, text: str, said: Sequence[Word] | None = None) -> list[Match]:
        """Every intent with a keyword in the text, best first; else the one whose example is nearest."""
        said = (words(text) if said is None else said)[:MAX_WORDS]
        return self._by_keyword(text, said) or self._by_example(text, said)

    def _by_keyword(self, text: str, said: Sequence[Word]) -> list[Match]:
        """Longer phrases first, then intents with more words, then what was said last: that is the request."""
        found = self._keywords.find(said)
        hits: dict[str, set[int]] = {}
        for owner, _, first, after in found:
            hits.setdefault(owner, set()).update(range(first, after))
        best: dict[str, tuple[tuple[int, int, int], Match]] = {}
        for owner, phrase, first, after in found:
            rank = (after - first, len(hits[owner]), first)
            if owner not in best or rank > best[owner][0]:
                score = min(0.99, 0.85 + 0.05 * (after - first - 1) + 0.02 * (len(hits[owner]) - 1))
                quote = text[said[first].start : said[after - 1].end]
                best[owner] = (rank, Match(owner, round(score, 3), quote, "keyword", phrase))
        return [match for _, match in sorted(best.values(), key=lambda one: one[0], reverse=True)]

    def _by_example(self, text: str, said: Sequence[Word]) -> list[Match]:
        stems = {word.stem for word in said}
        content = sum(1 for word in said if word.plain not in _COMMON)
        shared: Counter[int] = Counter()
        for one in stems:
            for n in self._by_stem.get(one, ()):
                shared[n] += 1
        best: Match | None = None
        for n, count in shared.items():
            name, example, wanted = self._examples[n]
            if count < 2 and content > 2:
                continue
            score = round(0.9 * sum(self._weight[one] for one in wanted & stems) / self._whole[n], 3)
            if score >= _THRESHOLD and (best is None or score > best.score):
                hit = [word for word in said if word.stem in wanted]
                best = Match(name, score, text[hit[0].start : hit[-1].end], "example", example)
        return [best] if best else []
