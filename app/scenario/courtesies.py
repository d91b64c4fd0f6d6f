"""What callers say besides business: greetings, thanks, "one moment", "are you there" answered, "may I ask"."""

from __future__ import annotations

from dataclasses import replace

from app.scenario.draft import Draft
from app.scenario.service_words import service_words
from app.scenario.state import Ask
from app.scenario.values import FieldType

_COURTESIES = (
    # what is heard, words that may stand beside it, what is owed in return
    ("greeting", 1, "greeting"),
    ("may_ask", 2, "listening"),
    ("wait", 2, "waiting"),
    ("hurry", 3, "ack"),
    ("here", 1, "ack"),
    ("thanks", 0, "thanks"),
)


def asks_to_repeat(d: Draft) -> bool:
    """ "Say that again", or nothing but "what?"."""
    if d.intents:
        return False
    return d.service.mostly("repeat", d.words) or (d.answer != "yes" and d.service.mostly("repeat_alone", d.words, 0))


def still_there(d: Draft) -> bool:
    """Whether a bare yes, or "yes, I'm here", answers "are you there?": it settles nothing that was asked before."""
    if not d.base.silences or d.pending.kind is Ask.NOTHING or d.answer != "yes":
        return False
    return len({word.plain for word in d.words}) == 1 or d.service.mostly("here", d.words, 0)


def drop_thanks(d: Draft) -> None:
    """In the middle of a matter a thank-you is politeness, even where the scenario takes one for a goodbye."""
    if d.pending.kind is Ask.NOTHING or (d.pending.kind is Ask.OPEN and not d.pending.must):
        return
    hit = d.service.find("thanks", d.words)
    if hit is None:
        return
    polite = {word.plain for word in d.words[hit[0] : hit[1]]}
    d.intents = [
        match
        for match in d.intents
        if match.by == "keyword" or not {part.casefold() for part in match.quote.split()} <= polite
    ]


def asks_to_wait(d: Draft) -> bool:
    """ "Wait", "one moment", in any of the bot's languages; "yes, wait" too."""
    return any(service_words(one).mostly("wait", d.words, 2) for one in d.scenario.languages)


def find_courtesy(d: Draft) -> None:
    """Politeness is no answer, and nothing that was not understood either."""
    if d.understood or d.intents or d.answer or d.changes:
        return
    asked = d.scenario.fields[d.pending.field].type if d.pending.field else None
    if asked in (FieldType.DATE, FieldType.TIME) and not d.violations and d.service.mostly("vague", d.words, 2):
        d.courtesy = "incomplete_date"  # "in the evening" is heard; the hour is still to come
        d.understood = True
        return
    spoken = [d.service, *(service_words(one) for one in d.scenario.languages if one != d.language)]
    for heard, beside, owed in _COURTESIES:
        if any(words.mostly(heard, d.words, beside) for words in spoken):
            d.courtesy = owed
            d.understood = True
            if owed == "waiting" and d.pending.must:
                d.pending = replace(d.pending, heard=False)  # a yes after it may be to anything: first it is read again
                d.unheard = 0
            return


def asks_why(d: Draft, name: str) -> bool:
    """Whether the caller asks what a value is needed for: no refusal yet, and nothing to look up."""
    if not d.scenario.fields[name].spec.required or d.intents or not d.service.begins("why", d.words):
        return False
    owners = {owner for owner, *_ in d.scenario.field_words.find(d.words)}
    kinds = {owner for owner, *_ in d.service.field_words.find(d.words)}
    named = name in owners or d.scenario.fields[name].type.value in kinds
    return named or len(d.service.content(d.words)) <= 3


def asks_for_options(d: Draft) -> bool:
    """ "Which ones are there?", asked back at a choice: its own question says them."""
    name = d.pending.field
    return (
        name is not None
        and d.scenario.fields[name].type is FieldType.CHOICE
        and not d.intents
        and d.service.mostly("options", d.words, 2)
    )
