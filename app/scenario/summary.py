"""What was asked and agreed, in sentences, from stages, fields and events alone: the summary without a model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import phonenumbers

from app.scenario.compiled import CompiledScenario
from app.scenario.draft import Draft
from app.scenario.intents import words
from app.scenario.service_words import service_words
from app.scenario.speech import spoken_value
from app.scenario.state import CallState, EndReason, Event
from app.scenario.values import FieldType

_MAX_QUOTE = 120
_MAX_QUESTIONS = 4
_PLAIN = frozenset({FieldType.DATE, FieldType.TIME, FieldType.CHOICE})
"""Values that say by themselves what they are."""


@dataclass(frozen=True)
class _Teller:
    """A call being told in one language; `text` are the sentences to tell it with."""

    draft: Draft
    events: Sequence[Event]
    text: Mapping[str, Any]

    @property
    def scenario(self) -> CompiledScenario:
        return self.draft.scenario

    @property
    def state(self) -> CallState:
        return self.draft.base

    def label(self, name: str) -> str:
        return self.scenario.fields[name].labels[self.draft.language]

    def tell(self, key: str, **parts: str) -> str:
        return str(self.text[key]).format_map(parts)


def summarise(
    scenario: CompiledScenario, state: CallState, events: Sequence[Event], language: str | None = None
) -> str:
    """Two or three short sentences in `language`, the call's own by default. Raises KeyError for another language."""
    spoken = language if language in scenario.languages else state.language
    draft = Draft(scenario, replace(state, language=spoken), state.at)
    call = _Teller(draft, events, service_words(language or state.language).summary)
    wish, values, questions = _wish(call), _values(call), _questions(call)
    told = [*([wish] if wish else []), *questions, *values]
    told = told or _last_words(call) or [call.tell("nothing")]
    if not values and questions and state.ended in (EndReason.END, EndReason.CALLER):
        told.append(call.tell("no_deal"))
    return " ".join([*told, *_missing(call), *_ending(call)])


def _order(call: _Teller) -> list[str]:
    """Fields as the scenario asks for them; those that no visited stage collects come last."""
    stages = call.scenario.stages
    wanted = [name for stage in call.state.visited for name in stages[stage].spec.collect]
    return list(dict.fromkeys([*wanted, *(name for name in call.scenario.fields if name in call.state.fields)]))


def _name(call: _Teller) -> str | None:
    return next((name for name in _order(call) if call.scenario.fields[name].type is FieldType.PERSON_NAME), None)


def _wish(call: _Teller) -> str:
    """What the caller came for: the goal of the last stage of their choice where something is done for them."""
    name = _name(call)
    who = (call.draft.value(name) if name else None) or str(call.text["caller"])
    moves = [event for event in call.events if event.type == "stage_changed" and event.data["where"] != "otherwise"]
    for stage_id in (*(str(event.data["to"]) for event in reversed(moves)), call.scenario.first):
        stage = call.scenario.stages[stage_id]
        goal = stage.spec.goal.pick(call.draft.language, call.scenario.language).strip(" .!") if stage.spec.goal else ""
        first = words(goal)[:1]
        if not first or not stage.spec.collect or first[0].plain in call.text["own_goals"]:
            continue
        kind = "wish" if first[0].plain.endswith(tuple(call.text["verb_endings"])) else "matter"
        return call.tell(kind, who=who, goal=goal[:1].lower() + goal[1:])
    return ""


def _values(call: _Teller) -> list[str]:
    subject = _name(call) if _wish(call) else None
    known = [(name, call.draft.value(name)) for name in _order(call) if name != subject]
    parts = [_written(call, name, value) for name, value in known if value is not None]
    if not parts:
        return []
    moves = [event for event in call.events if event.type == "stage_changed"]
    said_yes = bool(moves) and moves[-1].data.get("answer") == "yes" and call.state.ended is EndReason.END
    return [call.tell("agreed" if said_yes else "got", values=", ".join(parts))]


def _written(call: _Teller, name: str, value: str) -> str:
    """A value as a reader expects it: 26 November, 18:00, +7 916 123-45-67, a choice by its name."""
    kind = call.scenario.fields[name].type
    text = value
    if kind is FieldType.DATE:
        day = date.fromisoformat(value)
        text = f"{day.day} {call.text['months'][day.month - 1]}"
        text += f" {day.year}" if day.year != call.draft.now.year else ""
    elif kind in (FieldType.CHOICE, FieldType.YES_NO):
        text = spoken_value(call.draft, name, value)
    elif kind is FieldType.PHONE:
        text = _written_phone(value)
    if kind in _PLAIN:
        return text
    return f"{call.label(name)} {text}" if kind in (FieldType.PHONE, FieldType.EMAIL) else f"{call.label(name)}: {text}"


def _written_phone(value: str) -> str:
    try:
        number = phonenumbers.parse(value)
    except phonenumbers.NumberParseException:
        return value
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.INTERNATIONAL))


def _questions(call: _Teller) -> list[str]:
    """Questions by the scenario's own example of them; others in the caller's words."""
    answered = [event for event in call.events if event.type == "question_answered"]
    known = {str(event.data["question"]) for event in answered}
    asked = [event for event in call.events if event.type == "question_asked"]
    open_ones = [event for event in asked if str(event.data["question"]) not in known]
    told = []
    for key, events in (("asked", answered), ("unanswered", open_ones)):
        texts = list(dict.fromkeys(_question(call, event) for event in events))[:_MAX_QUESTIONS]
        if texts:
            told.append(call.tell(key, questions="; ".join(texts)))
    return told


def _question(call: _Teller, event: Event) -> str:
    intent = call.scenario.scenario.intents.get(str(event.data.get("intent")))
    if intent and intent.examples:
        return intent.examples.pick(call.draft.language, call.scenario.language)
    return _short(str(event.data.get("quote") if intent else event.data["question"]))


def _short(text: str) -> str:
    plain = " ".join(text.split()).rstrip(".!? ")
    return plain if len(plain) <= _MAX_QUOTE else plain[:_MAX_QUOTE].rsplit(" ", 1)[0] + "…"


def _last_words(call: _Teller) -> list[str]:
    """The first words that came to anything, when there is nothing else to tell."""
    quotes = [str(event.data["quote"]) for event in call.events if event.data.get("quote")]
    return [call.tell("words", quote=_short(quotes[0]))] if quotes else []


def _missing(call: _Teller) -> list[str]:
    """What the caller would not say, and what was still to be asked when the call broke off."""
    fields, spec = call.state.fields, call.scenario.fields
    required = [name for name in _order(call) if spec[name].spec.required and call.draft.value(name) is None]
    refused = [name for name in required if name in fields and fields[name].status == "refused"]
    broken_off = call.state.ended not in (EndReason.END, EndReason.TRANSFER, None)
    wanted = call.scenario.stages[call.state.stage].spec.collect if broken_off else []
    still = [name for name in wanted if name in required and name not in refused]
    pairs = (("refused", refused), ("open", still))
    return [call.tell(key, labels=", ".join(map(call.label, names))) for key, names in pairs if names]


def _ending(call: _Teller) -> list[str]:
    if call.state.ended is None:
        return []
    transfer = call.scenario.stages[call.state.stage].spec.transfer
    to = _written_phone(transfer.to) if transfer else ""
    text = str(call.text["ended"][call.state.ended.value]).format_map({"to": to})
    return [text] if text else []
