"""Yes, no, and the refusal to answer."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from app.scenario.extraction.utterance import Kind, Utterance

__all__ = ["Answer", "AnswerWords", "Heard", "answer", "possesses", "refuses"]

Answer = Literal["yes", "no", ""]


@dataclass(frozen=True)
class AnswerWords:
    """Patterns over canon without punctuation, tried in this order."""

    filler: re.Pattern[str]
    """Words at the beginning that say nothing ("well", "um")."""
    unclear: re.Pattern[str]
    """Neither yes nor no although such words are in it: "yes and no", "да нет наверное"."""
    no_first: re.Pattern[str]
    """At the beginning, longer than a plain no: "not quite", "не, не так"."""
    yes_first: re.Pattern[str]
    wish: re.Pattern[str]
    """Those of them that begin a request as well ("хочу", "please"): a yes only when nothing of substance follows."""
    tail: re.Pattern[str]
    """Words without substance after such a yes."""
    no_inside: re.Pattern[str]
    """Anywhere in a short utterance."""
    yes_inside: re.Pattern[str]
    reserve: re.Pattern[str]
    """After a yes: it is none without a condition ("all right but the phone")."""
    refusal: re.Pattern[str]
    possession: re.Pattern[str]
    """ "I have a cat": yes to the question of a yes-or-no field, and nothing elsewhere."""
    longest_inside: int = 7
    """Words up to which an utterance is short."""


@dataclass(frozen=True, slots=True)
class Heard:
    """An answer and the words of canon that give it."""

    says: Answer
    start: int = 0
    end: int = 0


def answer(utterance: Utterance, words: AnswerWords) -> Heard:
    """What the utterance says; "" when neither yes nor no, or both."""
    text, starts = _plain(utterance, words)
    if not text or words.unclear.search(text):
        return Heard("")
    says, match = _decide(text, words)
    if match is None:
        return Heard("")
    first, last = text.count(" ", 0, match.start()), text.count(" ", 0, match.end())
    end = starts[last] + len(utterance.items[utterance.item_at(starts[last])].text)
    return Heard(says, starts[first], end)


def _decide(text: str, words: AnswerWords) -> tuple[Answer, re.Match[str] | None]:
    no, yes = words.no_first.match(text), words.yes_first.match(text)
    if no and (yes is None or no.end() >= yes.end()):
        rest = text[no.end() :].strip()
        also_agrees = words.yes_first.match(rest) is not None and words.no_inside.search(rest) is None
        return ("", None) if also_agrees else ("no", no)
    if yes:
        rest = text[yes.end() :].strip()
        if words.no_first.match(rest) or words.reserve.search(rest):
            return "", None
        requests = words.wish.fullmatch(yes.group()) is not None and words.tail.fullmatch(rest) is None
        return ("", None) if requests else ("yes", yes)
    if text.count(" ") < words.longest_inside:
        if (denied := words.no_inside.search(text)) is not None:
            return "no", denied
        if (agreed := words.yes_inside.search(text)) is not None:
            return "yes", agreed
    return "", None


def possesses(utterance: Utterance, words: AnswerWords) -> Heard:
    """A yes that only a yes-or-no question makes one: "у меня кот"."""
    text, starts = _plain(utterance, words)
    if words.possession.match(text) is None:
        return Heard("")
    return Heard("yes", starts[0], len(utterance.canon))


def refuses(utterance: Utterance, words: AnswerWords) -> bool:
    """Whether the caller declines to say what was asked."""
    return words.refusal.search(_plain(utterance, words)[0]) is not None


def _plain(utterance: Utterance, words: AnswerWords) -> tuple[str, list[int]]:
    """The words without marks and opening fillers, and where in canon each begins."""
    kept = [
        (item.text, start)
        for item, start in zip(utterance.items, utterance.starts, strict=True)
        if item.kind is not Kind.PUNCTUATION
    ]
    text = " ".join(word for word, _ in kept)
    dropped = 0
    while (match := words.filler.match(text, dropped)) is not None:
        dropped = match.end() + 1
    return text[dropped:], [start for _, start in kept][text.count(" ", 0, dropped) :]
