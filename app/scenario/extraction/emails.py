"""E-mail addresses, written or dictated."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from app.scenario.extraction.findings import Finding
from app.scenario.extraction.utterance import Item, Kind, Utterance
from app.scenario.extraction.wording import words

__all__ = ["EmailWords", "findings"]

_WRITTEN = re.compile(r"[\w.+%-]{1,64}@(?:[\w-]{1,63}\.){1,4}\w{2,24}")
_VALID = re.compile(r"[a-z0-9][a-z0-9._+%-]{0,63}@(?:[a-z0-9-]{1,63}\.){1,4}(?:[a-z]{2,24}|рф)")
_LONGEST_LOCAL = 24
_SIGNS = frozenset("._-+")
_ENDINGS = frozenset(
    words(
        "com org net ru su io me info biz edu gov co uk de fr it es pl by kz ua am ge uz kg us ca au nz ie in eu "
        "app dev ai tech pro online site shop store cloud mail email tv рф"
    )
)

_KNOWN = frozenset(words("mail gmail yandex ya bk inbox list rambler hotmail outlook yahoo icloud protonmail proton"))


@dataclass(frozen=True)
class EmailWords:
    """How a language dictates an address."""

    at: frozenset[str]
    sure_at: bool
    """Whether the word for @ is rarely anything else ("собака"), so that a missing ending is worth asking about."""
    signs: Mapping[str, str]
    """Words for . - _ and the like."""
    domains: Mapping[str, str]
    """Spoken forms of well-known domains and endings."""
    letters: Mapping[str, str]
    """Names of single letters."""
    stops: frozenset[str]
    """Words before the address that do not belong to it."""
    joined: frozenset[str]
    """ "All one word": said between or after the words of the part before the @."""
    silent: frozenset[str]
    """Words inside an address that add nothing: "нижнее" before "подчёркивание", "letter"."""
    latin: Callable[[str], str]
    """A word in Latin letters."""


def findings(utterance: Utterance, words: EmailWords) -> list[Finding]:
    """Every address that was said."""
    if "@" in utterance.canon:
        written = [_written(utterance, match) for match in _WRITTEN.finditer(utterance.text)]
        if found := [finding for finding in written if finding is not None]:
            return found
    if utterance.words.isdisjoint(words.at) and "@" not in utterance.canon:
        return []
    found = []
    for index, item in enumerate(utterance.items):
        if item.text in words.at or item.text == "@":
            finding = _dictated(utterance, words, index)
            if finding is not None:
                found.append(finding)
    return found


def _written(utterance: Utterance, match: re.Match[str]) -> Finding | None:
    value = match.group().lower().strip(".")
    inside = [i for i, item in enumerate(utterance.items) if item.start < match.end() and item.end > match.start()]
    if not inside:
        return None
    start, last = utterance.starts[inside[0]], inside[-1]
    end = utterance.starts[last] + len(utterance.items[last].text)
    if _VALID.fullmatch(value) is None:
        return Finding(start, end, problem="invalid_email", confidence=0.5)
    return Finding(start, end, (value,), confidence=0.98)


def _dictated(utterance: Utterance, words: EmailWords, at: int) -> Finding | None:
    domain, stop, complete = _domain(utterance.items, words, at + 1)
    if not domain and not words.sure_at:
        return None
    local, first, loose = _local(utterance.items, words, at - 1)
    if not local:
        return None
    start = utterance.starts[first]
    end = utterance.starts[stop - 1] + len(utterance.items[stop - 1].text)
    if not complete:
        known = words.sure_at and (domain or "." in local)
        return Finding(start, end, problem="incomplete_email", confidence=0.5, plain=False) if known else None
    value = f"{local}@{domain}".lower()
    if _VALID.fullmatch(value) is None or ".." in value:
        return Finding(start, end, problem="invalid_email", confidence=0.5, plain=False)
    if loose:
        dotted = f"{'.'.join(loose)}@{domain}".lower()  # "john smith at": joined by nothing, or by a dot not said
        return Finding(start, end, (value, dotted), ambiguous=True)
    foreign = any(not item.text.isascii() and item.text not in words.signs for item in utterance.items[first:at])
    return Finding(start, end, (value,), confidence=0.75 if foreign else 0.9)


def _domain(items: list[Item], words: EmailWords, at: int) -> tuple[str, int, bool]:
    """The part after the @, the index after it, and whether it ends as a domain does."""
    pieces: list[str] = []
    index, complete, stop = at, False, at
    while index < len(items) and index - at < 12:
        item = items[index]
        sign = words.signs.get(item.text) or (item.text if item.text in ".-" else None)
        if sign in (".", "-"):
            if not pieces or pieces[-1] in (".", "-"):
                break
            pieces.append(sign)
        elif item.kind is Kind.PUNCTUATION:
            break
        else:
            piece = words.domains.get(item.text) or words.letters.get(item.text) or _plain(item, words)
            if piece is None or (complete and pieces[-1] != "."):
                break
            ending = len(pieces) > 1 and pieces[-1] == "."
            pieces.append(piece)
            complete, stop = (ending and piece in _ENDINGS) or "." in piece, index + 1
            if not ending and pieces[-1] in _ENDINGS and len(pieces) == 2 and pieces[0] in _KNOWN:  # "gmail com"
                pieces.insert(1, ".")
                complete = True
        index += 1
    while pieces and pieces[-1] in (".", "-"):
        pieces.pop()
    return "".join(pieces), stop, complete


def _local(items: list[Item], words: EmailWords, last: int) -> tuple[str, int, list[str]]:
    """The part before the @, the index of its first item, and its words when nothing joins them ("john smith at")."""
    pieces: list[str] = []
    index, first = last, last + 1
    signed, joined, loose = True, False, False
    while index >= 0 and last - index < _LONGEST_LOCAL:
        item = items[index]
        sign = words.signs.get(item.text) or (item.text if item.text in _SIGNS else None)
        if item.text in words.joined or (joined and not pieces and item.text == "1"):
            joined = True
        elif item.text in words.silent:
            pass
        elif sign is not None:
            if signed and pieces and pieces[0] in _SIGNS:
                break
            pieces.insert(0, sign)
            signed = True
        else:
            piece = words.letters.get(item.text) or _plain(item, words)
            if piece is None or item.text in words.stops:
                break
            if not signed and not joined and _two_words(piece, pieces[0]):
                if any(part in _SIGNS for part in pieces):
                    break  # "so, ivan dot petrov at": what stands before a spelled-out address is not part of it
                loose = True
            pieces.insert(0, piece)
            first, signed = index, False
        index -= 1
    while pieces and pieces[0] in _SIGNS:
        pieces.pop(0)
    return "".join(pieces), first, pieces if loose else []


def _two_words(left: str, right: str) -> bool:
    """Whether two pieces without a sign between are words, not spelled letters or a number after a name."""
    return len(left) > 1 and len(right) > 1 and not left.isdigit() and not right.isdigit()


def _plain(item: Item, words: EmailWords) -> str | None:
    if item.kind is Kind.PUNCTUATION or item.kind is Kind.ORDINAL:
        return None
    text = item.text if item.text.isascii() else words.latin(item.text)
    text = re.sub(r"[^a-z0-9.-]", "", text)
    return text or None
