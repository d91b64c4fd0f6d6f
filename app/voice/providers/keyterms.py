"""Words a recogniser should expect: what the scenario calls things. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from app.scenario.compiled import CompiledScenario

TOKENS = 450
"""Deepgram takes 500 and, past them, stops hearing without a word; what a token is it does not say."""
LONGEST = 40
"""Letters of a term; longer ones are sentences."""

_QUOTED = re.compile(r"«([^«»]{2,40})»|\"([^\"]{2,40})\"|“([^”]{2,40})”")


def keyterms_of(scenario: CompiledScenario) -> list[str]:
    """Names first, then options as they are said, then their other names: as many as a recogniser takes."""
    return within(_terms(scenario), TOKENS)


def within(terms: Iterable[str], tokens: int) -> list[str]:
    """The first of the terms that fit, each once."""
    kept: dict[str, str] = {}
    for term in terms:
        text = " ".join(term.split())
        cost = tokens_of(text)
        if not text or len(text) > LONGEST or text.casefold() in kept:
            continue
        if cost > tokens:
            break
        tokens -= cost
        kept[text.casefold()] = text
    return list(kept.values())


def tokens_of(text: str) -> int:
    """No fewer tokens than the text can have: three bytes make one, and each word begins one."""
    return sum(len(word.encode()) // 3 + 1 for word in text.split())


def _terms(scenario: CompiledScenario) -> Iterator[str]:
    for language in scenario.languages:
        yield scenario.agent_name(language)
        for wording in scenario.greeting.texts[language]:
            texts = " ".join(part for sentence in wording.sentences for part in sentence if isinstance(part, str))
            yield from ("".join(found) for found in _QUOTED.findall(texts))
    for field in scenario.fields.values():
        for language in scenario.languages:
            yield from field.options.get(language, {}).values()
    for field in scenario.fields.values():
        for option in (field.spec.options or {}).values():
            for language in scenario.languages:
                if option.also is not None:
                    yield from option.also.of(language, scenario.language)
