"""What a language model may do with the scripted words, and the check of what it made of them."""

from __future__ import annotations

import re

from app.scenario.draft import Draft
from app.scenario.intents import words
from app.scenario.speech import spoken_value
from app.scenario.state import Phrase, Plan

_DIGITS = re.compile(r"\d+")
_MONEY = re.compile(r"[₽$€%]|руб|скидк|бесплатн|гарант|\bfree\b|discount|guarantee|rouble|dollar|euro", re.IGNORECASE)
_CYRILLIC = re.compile(r"[а-яё]", re.IGNORECASE)
_LATIN = re.compile(r"[a-z]", re.IGNORECASE)
_MARKUP = re.compile(r"[*_#`<>{}\[\]]|https?:")


def phrase_for(d: Draft, text: str, question: str) -> Phrase:
    """Instructions in the call's language, the facts known so far, and what must and must not be in the result."""
    phrasing = d.service.phrasing
    agent = d.scenario.scenario.agent
    goal = d.stage.spec.goal
    known = {
        "agent": d.scenario.agent_name(d.language),
        "persona": agent.persona.pick(d.language, d.scenario.language) if agent.persona else "",
        "say": text,
        "goal": goal.pick(d.language, d.scenario.language) if goal else "",
    }
    rules = [str(rule).format_map(known).strip() for rule in phrasing["rules"] if "{goal}" not in rule or goal]
    last = question if question and "?" in question else text if "?" in text and d.ended is None else ""
    asked = _last_question(last)
    rules.append(str(phrasing["ask"]).format_map({"question": asked}) if asked else str(phrasing["no_question"]))
    facts = {name: spoken_value(d, name, value) for name in d.fields if (value := d.value(name)) is not None}
    must = dict.fromkeys((*d.pending.must, *d.must)) if d.stage_spoke else dict.fromkeys(d.pending.must)
    return Phrase(
        instructions=tuple(rules),
        facts=facts,
        must_say=tuple(value for value in must if value in text),
        may_not_say=_other_labels(d, text),
        question=asked or None,
    )


def _last_question(text: str) -> str:
    sentences = re.split(r"(?<=[.!?…])\s+", text)
    return next((sentence for sentence in reversed(sentences) if sentence.endswith("?")), "")


def _other_labels(d: Draft, text: str) -> tuple[str, ...]:
    """Labels of fields that are not asked now and not in the script."""
    said = {word.stem for word in words(text)}
    labels = []
    for name, field in d.scenario.fields.items():
        if name != d.pending.field and not (field.label_stems[d.language] & said):
            labels.append(field.labels[d.language])
    return tuple(dict.fromkeys(labels))


def phrase_problem(plan: Plan, text: str) -> str | None:
    """Why the model's words cannot be spoken instead of the script; None when they can.

    empty, markup, too_long, other_language, value_missing, invented_number, promise, several_questions, no_question,
    asks_other.
    """
    said = text.strip()
    phrase = plan.phrase
    if phrase is None:
        return None if said == plan.say else "not_to_phrase"
    return _misshapen(plan, said) or _changed(plan, phrase, said) or _asks_wrongly(phrase, said)


def _misshapen(plan: Plan, said: str) -> str | None:
    checks = (
        ("empty", not said),
        ("markup", _MARKUP.search(said) is not None),
        ("too_long", len(said) > max(200, 2 * len(plan.say) + 60)),
        ("other_language", _other_language(plan, said)),
    )
    return next((code for code, wrong in checks if wrong), None)


def _plain(text: str) -> str:
    return " ".join(re.findall(r"\w+", text.casefold().replace("ё", "е")))


def _other_language(plan: Plan, said: str) -> bool:
    cyrillic, latin = len(_CYRILLIC.findall(said)), len(_LATIN.findall(said))
    if plan.language == "ru":
        return cyrillic < latin and bool(_CYRILLIC.search(plan.say))
    return latin < cyrillic


def _changed(plan: Plan, phrase: Phrase, said: str) -> str | None:
    plain = _plain(said)
    if any(_plain(value) not in plain for value in phrase.must_say):
        return "value_missing"
    allowed = " ".join((plan.say, *phrase.facts.values()))
    if not set(_DIGITS.findall(said)) <= set(_DIGITS.findall(allowed)):
        return "invented_number"
    known = plan.say.casefold()
    if any(found.casefold() not in known for found in _MONEY.findall(said)):
        return "promise"
    return None


def _asks_wrongly(phrase: Phrase, said: str) -> str | None:
    questions = [sentence for sentence in re.split(r"(?<=[.!?…])\s+", said) if sentence.endswith("?")]
    if phrase.question is None:
        return "asks_other" if questions else None
    if len(questions) > 1:
        return "several_questions"
    if not questions:
        return "no_question"
    stems = {word.stem for word in words(questions[0])}
    others = ({word.stem for word in words(label)} for label in phrase.may_not_say)
    return "asks_other" if any(other and other <= stems for other in others) else None
