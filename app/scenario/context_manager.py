"""Puts a reply together: answers, what was understood, and then exactly one question; or the last words."""

from __future__ import annotations

from app.scenario.draft import Draft
from app.scenario.opening import opening
from app.scenario.phrasing import phrase_for
from app.scenario.questions import next_question
from app.scenario.speech import say, service_say
from app.scenario.state import EndReason, Pending, Plan
from app.scenario.state_machine import give_up
from app.scenario.understanding import look_up

_MAX_SAID = 1500
_PROGRESS = frozenset(
    {
        "field_set",
        "field_corrected",
        "field_confirmed",
        "field_refused",
        "field_rejected",
        "refusal_heard",
        "stage_changed",
        "question_answered",
    }
)


def reply(d: Draft) -> Plan:
    """The plan after the input was understood and the transitions were followed; ends what has to end."""
    name, d.give_up = d.give_up, None
    if name in d.stage.spec.collect and not (d.ended or d.moved or out_of_limits(d)):
        give_up(d, name)
    if not d.ended and not d.transferring and out_of_limits(d):
        d.answers, d.parts = [], [limit_words(d)]
        d.end(EndReason.LIMIT)
    if d.ended or d.transferring:
        return _last_words(d)
    _count_miss(d)
    if d.courtesy in ("waiting", "listening") and not d.moved:
        return aside(d, service_say(d, d.courtesy))
    question = next_question(d)
    if question is None:
        return _last_words(d)
    before = opening(d)
    text = " ".join(part for part in (*d.answers, *before, *d.parts, question) if part)
    result = plan(d, text, question)
    if d.repeat or d.lookup or d.missed:
        d.said = question  # asked to repeat, only what matters is repeated
    return result


def plan(d: Draft, text: str, question: str = "") -> Plan:
    """The plan with the reply's own turn; what is said is remembered, shortened."""
    d.turn += 1
    d.said = text[:_MAX_SAID]
    return Plan(
        say=text,
        language=d.language,
        stage=d.stage_id,
        ask=d.pending.field,
        asks=d.pending.kind,
        phrase=phrase_for(d, text, question),
        lookup=d.lookup,
        turn=d.turn,
    )


def aside(d: Draft, text: str) -> Plan:
    """Words beside the question, which stays open: asked to repeat, the bot repeats the question."""
    question = d.said
    result = plan(d, text)
    d.said = question
    return result


def _last_words(d: Draft) -> Plan:
    text = " ".join(part for part in (*d.answers, *d.parts) if part)
    transfer = d.stage.spec.transfer if d.transferring else None
    if not text:
        text = service_say(d, "transfer" if transfer else "goodbye")
    d.pending = Pending()
    d.turn += 1
    d.said = text[:_MAX_SAID]
    return Plan(
        say=text,
        language=d.language,
        stage=d.stage_id,
        action="transfer" if transfer else "hang_up",
        transfer_to=transfer.to if transfer else None,
        phrase=None if transfer else phrase_for(d, text, ""),
        turn=d.turn,
    )


def out_of_limits(d: Draft) -> bool:
    limits = d.scenario.scenario.limits
    return d.caller_turns >= limits.turns or d.at - d.base.started_at >= limits.duration


def limit_words(d: Draft) -> str:
    own = d.scenario.limit_end
    text = say(d, own.pick(d.language))[0] if own else ""
    return text or service_say(d, "limit_end")


def _count_miss(d: Draft) -> None:
    """Settles whether this input was a miss, now that it is known what came of it."""
    if not d.caller_spoke:
        return
    if d.understood and d.heard == d.base.heard and not _progress(d):
        d.misses = d.base.misses + 1  # the same words again bring the same answer: not for ever
    elif d.lookup is not None and d.unanswered > 2 and not d.moved:
        d.misses = d.base.misses + 1  # one question after another that has no answer
    elif d.moved or d.understood or (d.intent is not None and look_up(d)):
        d.misses = 0
    elif d.intent is not None and d.base.misses == 0:
        d.misses = 1  # a wish that is being granted ("I'd like to book", while booking) needs no apology
        d.courtesy = "ack"
    else:
        d.misses = d.base.misses + 1
        d.missed = True
        d.emit("missed", misses=d.misses, ask=d.pending.field, quote=d.quote()[:100])


def _progress(d: Draft) -> bool:
    """Whether anything came of this input."""
    return any(event.type in _PROGRESS for event in d.events)
