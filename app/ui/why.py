"""Why the bot said what it said, as rows of label and text: the changes behind its words, and the wording."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from app.calls.models import CallEvent, Turn
from app.db.base import Json
from app.i18n import translate
from app.ui.wording import ScenarioWords


@dataclass(frozen=True)
class WhyRow:
    """One reason; `code` is a condition of the scenario, or a code of what was refused."""

    label: str
    text: str = ""
    code: str = ""


def why_rows(turn: Turn, events: Sequence[CallEvent], words: ScenarioWords) -> tuple[WhyRow, ...]:
    """The reasons behind one turn of the bot. `events`: those of the caller's turn it answers, and its own."""
    told = [(event, TOLD[event.type]) for event in events if event.type in TOLD]
    rows = [WhyRow(translate(words.lang, f"ui.why.{label}"), *tell(event.data, words)) for event, (label, tell) in told]
    return (*rows, *_of_turn(turn, words))


Told = tuple[str, str]
"""Text and code."""


def _intent(data: Json, words: ScenarioWords) -> Told:
    by = str(data.get("by") or "")
    how = translate(words.lang, f"ui.why.by.{by if by in ('keyword', 'example') else 'proposal'}")
    pattern = str(data.get("pattern") or data.get("quote") or "")
    words_said = " " + translate(words.lang, "ui.quote", text=pattern) if pattern else ""
    return f"{data.get('intent')}, {how}{words_said}", ""


def _stage(data: Json, words: ScenarioWords) -> Told:
    way = f"{words.stage(str(data.get('from', '')))} → {words.stage(str(data.get('to', '')))}"
    return way, str(data.get("when") or "")


def _refused(data: Json, words: ScenarioWords) -> Told:
    field, raw = words.field(str(data["field"])), data.get("raw") or ""
    return translate(words.lang, "ui.why.not_taken", field=field, raw=raw), str(data.get("problem") or "")


def _unclear(data: Json, words: ScenarioWords) -> Told:
    field, raw = words.field(str(data["field"])), data.get("raw") or ""
    return translate(words.lang, "ui.why.unclear", field=field, raw=raw), ""


def _answered(data: Json, words: ScenarioWords) -> Told:
    source = "knowledge" if data.get("source") == "knowledge" else "scenario"
    return translate(words.lang, f"ui.why.answer.{source}"), ""


def _unanswered(_: Json, words: ScenarioWords) -> Told:
    return translate(words.lang, "ui.why.answer.none"), ""


def _missed(data: Json, words: ScenarioWords) -> Told:
    return translate(words.lang, "ui.why.missed", n=data.get("misses") or 1), ""


def _silence(data: Json, words: ScenarioWords) -> Told:
    return translate(words.lang, "ui.why.silence", n=data.get("count") or 1), ""


def _proposal(data: Json, _: ScenarioWords) -> Told:
    return str(data.get("name") or ""), str(data.get("reason") or "")


TOLD: dict[str, tuple[str, Callable[[Json, ScenarioWords], Told]]] = {
    "intent_found": ("intent", _intent),
    "stage_changed": ("rule", _stage),
    "value_refused": ("problem", _refused),
    "field_unclear": ("problem", _unclear),
    "question_answered": ("answer", _answered),
    "question_unanswered": ("answer", _unanswered),
    "missed": ("attempt", _missed),
    "silence": ("attempt", _silence),
    "proposal_refused": ("refused_model", _proposal),
}
"""Changes worth telling: the label's key, and what to say. The others show as chips beside the caller's words."""


def _of_turn(turn: Turn, words: ScenarioWords) -> list[WhyRow]:
    """What the turn itself says: the field it asks for, and who worded it."""
    lang, why = words.lang, turn.why
    rows = []
    if why.get("field"):
        rows.append(WhyRow(translate(lang, "ui.why.asks"), words.field(str(why["field"]))))
    phrase = translate(lang, "ui.why.phrase")
    if why.get("said_by") == "model":
        rows.append(WhyRow(phrase, translate(lang, "ui.why.phrase.model", model=why.get("model"))))
    elif why.get("refused"):
        rows.append(WhyRow(phrase, translate(lang, "ui.why.phrase.fallback"), str(why["refused"])))
    elif why.get("said_by"):
        rows.append(WhyRow(phrase, translate(lang, "ui.why.phrase.script")))
    return rows
