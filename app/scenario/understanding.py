"""Reads one utterance: its language, what the caller wants, values, answers, questions and courtesies."""

from __future__ import annotations

from app.scenario.answering import settle_pending
from app.scenario.courtesies import asks_for_options, asks_to_repeat, drop_thanks, find_courtesy, still_there
from app.scenario.draft import Draft
from app.scenario.field_extractor import answer
from app.scenario.hearing import find_values, is_question
from app.scenario.intents import words
from app.scenario.language_detector import detect
from app.scenario.speech import say
from app.scenario.state import MAX_KEPT

MAX_UNDERSTOOD = 2000
"""Characters of one utterance that are searched; more than two minutes of speech. All of it is kept as said."""


def understand(d: Draft, utterance: str) -> None:
    """Reads one utterance into the draft."""
    text = utterance[:MAX_UNDERSTOOD]
    d.utterance = text
    d.heard, d.heard_turn = text, d.turn
    d.words = words(text)
    if not d.words:
        d.misses += 1
        d.missed = True
        return
    _detect_language(d, text)
    _find_intent(d, text)
    d.answer = answer(text, d.language)
    if asks_to_repeat(d):
        d.answer = ""
        d.repeat = d.understood = True
        return
    if still_there(d):
        d.answer, d.courtesy = "", "ack"
        d.understood = True
        return
    find_values(d, text)
    settle_pending(d)
    find_courtesy(d)
    _find_question(d, text)
    if d.lookup is None:
        d.unanswered = 0
    if not d.understood and d.intent is None:
        d.misses += 1  # conditions on `attempts` see this one; a stage that is entered starts anew
        d.missed = True


def _detect_language(d: Draft, text: str) -> None:
    if len(d.scenario.languages) < 2:
        return
    current = d.language if d.caller_turns > 1 else None  # the greeting's language is no choice of the caller's
    language, confidence = detect(text, d.scenario.languages, current)
    if language != d.language and language in d.scenario.languages:
        d.emit(
            "language_changed", **{"from": d.language, "to": language}, confidence=round(confidence, 3), quote=d.quote()
        )
        d.language = language


def _find_intent(d: Draft, text: str) -> None:
    """All intents are noted; the one that steers is the best of those that a condition reads, if there is one."""
    d.intents = d.scenario.matcher.match_all(text, d.words)[:4]
    drop_thanks(d)
    if not d.intents:
        return
    steering = [match for match in d.intents if match.name in d.scenario.steering]
    d.intent = (steering or d.intents)[0]
    d.intent_name = d.intent.name
    for match in d.intents:
        d.emit(
            "intent_found", intent=match.name, score=match.score, by=match.by, pattern=match.pattern, quote=match.quote
        )


def _find_question(d: Draft, text: str) -> None:
    """A question with a fixed answer is answered; another one is looked up when the scenario has knowledge."""
    given = any(change.field == d.pending.field for change in d.changes) and not is_question(d)
    for match in sorted(d.intents, key=lambda one: text.find(one.quote)):
        if match.name in d.scenario.answers and not (given and match.by == "example"):
            d.answers.append(say(d, d.scenario.answers[match.name].pick(d.language))[0])
            d.answered_questions += 1
            d.understood = True
            data = {"question": d.quote(), "intent": match.name, "source": "scenario", "quote": match.quote}
            d.emit("question_answered", **data)
    if d.answers:
        return
    if d.understood or d.intent or not is_question(d):
        return
    if asks_for_options(d):
        d.listing = d.understood = True
        return
    look_up(d)


def look_up(d: Draft) -> bool:
    """Notes a question for the knowledge base; False when it is none, or the scenario has no use for it."""
    knowledge = d.scenario.scenario.knowledge
    if d.scenario.unknown is None or knowledge is None or knowledge.answer == "never" or not is_question(d):
        return False
    d.lookup = d.question = d.utterance.strip()[:MAX_KEPT]
    d.question_turn = d.turn
    d.unanswered += 1
    d.understood = True
    d.emit("question_asked", question=d.lookup)
    return True
