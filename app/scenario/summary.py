"""What was asked and agreed, in sentences, from stages, fields and events alone: the summary without a model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from app.scenario.compiled import CompiledScenario
from app.scenario.draft import Draft
from app.scenario.service_words import service_words
from app.scenario.speech import spoken_value
from app.scenario.state import CallState, EndReason, Event
from app.scenario.values import FieldType

_MAX_QUOTE = 120


def summarise(
    scenario: CompiledScenario, state: CallState, events: Sequence[Event], language: str | None = None
) -> str:
    """Two to six short sentences in `language`, the call's own by default. Raises KeyError for another language."""
    spoken = language if language in scenario.languages else state.language
    draft = Draft(scenario, replace(state, language=spoken), state.at)
    text = service_words(language or state.language).summary
    sentences = [_wanted(text, events), *_values(draft, text, state), *_questions(text, events)]
    refused = [name for name, field in state.fields.items() if field.status == "refused"]
    if refused:
        sentences.append(text["refused"].format(labels=", ".join(_label(scenario, name, spoken) for name in refused)))
    corrected = list(dict.fromkeys(str(event.data["field"]) for event in events if event.type == "field_corrected"))
    if corrected:
        sentences.append(
            text["corrected"].format(labels=", ".join(_label(scenario, name, spoken) for name in corrected))
        )
    told = [sentence for sentence in sentences if sentence]
    return " ".join([*(told or [text["nothing"]]), _ending(scenario, state, text)]).strip()


def _label(scenario: CompiledScenario, name: str, language: str) -> str:
    return scenario.fields[name].labels[language]


def _wanted(text: Mapping[str, Any], events: Sequence[Event]) -> str:
    """The words with which the caller said why they call: the first turn in which anything was understood."""
    first = next(
        (
            event
            for event in events
            if event.type == "stage_changed" and event.data.get("quote") and event.data.get("where") != "otherwise"
        ),
        None,
    )
    if first is None:
        first = next(
            (
                event
                for event in events
                if event.type in ("intent_found", "question_asked", "missed") and event.data.get("quote")
            ),
            None,
        )
    if first is None:
        return ""
    quote = " ".join(str(first.data["quote"]).split()).rstrip(".!? ")
    if len(quote) > _MAX_QUOTE:
        quote = quote[:_MAX_QUOTE].rsplit(" ", 1)[0] + "…"
    return str(text["words"]).format_map({"quote": quote})


def _values(d: Draft, text: Mapping[str, Any], state: CallState) -> list[str]:
    values = [
        f"{d.scenario.fields[name].labels[d.language]}: {_written(d, text, name, field.value)}"
        for name, field in state.fields.items()
        if field.status == "set" and field.value is not None
    ]
    if not values:
        return []
    agreed = state.ended is EndReason.END and any(field.confirmed for field in state.fields.values())
    agreed = agreed or (state.ended is EndReason.END and len(state.visited) > 2)
    return [text["agreed" if agreed else "got"].format(values=", ".join(values))]


def _written(d: Draft, text: Mapping[str, Any], name: str, value: str) -> str:
    """A value as it is written for a reader: 26 November, 18:00, the number in digits, a choice by its name."""
    kind = d.scenario.fields[name].type
    if kind is FieldType.DATE:
        day = date.fromisoformat(value)
        return f"{day.day} {text['months'][day.month - 1]}" + (f" {day.year}" if day.year != d.now.year else "")
    if kind in (FieldType.CHOICE, FieldType.YES_NO):
        return spoken_value(d, name, value)
    return value


def _questions(text: Mapping[str, Any], events: Sequence[Event]) -> list[str]:
    answered = [str(event.data["question"]) for event in events if event.type == "question_answered"]
    known = set(answered)
    open_ones = [str(event.data["question"]) for event in events if event.type == "question_asked"]
    unanswered = [question for question in open_ones if question not in known]
    sentences = []
    for key, questions in (("questions", answered), ("unanswered", unanswered)):
        if questions:
            short = [" ".join(question.split())[:_MAX_QUOTE].rstrip(".!? ") for question in dict.fromkeys(questions)]
            sentences.append(text[key].format(questions="; ".join(short[:5])))
    return sentences


def _ending(scenario: CompiledScenario, state: CallState, text: Mapping[str, Any]) -> str:
    if state.ended is None:
        return ""
    transfer = scenario.stages[state.stage].spec.transfer
    return str(text["ended"][state.ended.value]).format_map({"to": transfer.to if transfer else ""})
