"""A conversation as a script: stage headings, lines with the words that counted marked, chips in the margin. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import pairwise
from typing import Literal

from app.calls.models import CallEvent, CollectedField, Turn, TurnKind, TurnRole
from app.i18n import translate
from app.ui.formats import Formats
from app.ui.waits import SLOW, wait_of
from app.ui.why import WhyRow, why_rows
from app.ui.wording import ScenarioWords


@dataclass(frozen=True)
class Piece:
    """Words with one look. `src`: a field was heard here; `cut`: said but not heard."""

    text: str
    src: bool = False
    cut: bool = False


@dataclass(frozen=True)
class Group:
    """Pieces that belong to one evidence mark; number 0: to none."""

    pieces: tuple[Piece, ...]
    number: int = 0


@dataclass(frozen=True)
class Chip:
    """A note in the margin: a field's new value, with the one it replaced."""

    label: str
    value: str
    was: str = ""
    plain: bool = False


@dataclass(frozen=True)
class StageLine:
    """A heading: the stage, its span, and the condition that led there."""

    n: int
    title: str
    span: str = ""
    condition: str = ""
    kind: Literal["stage"] = "stage"


@dataclass(frozen=True)
class TurnLine:
    """One utterance."""

    seq: int
    role: str
    offset: str
    groups: tuple[Group, ...]
    badges: tuple[str, ...] = ()
    chips: tuple[Chip, ...] = ()
    why: tuple[WhyRow, ...] = ()
    seconds: float | None = None
    """How long the caller waited for it; None: not measured."""
    slow: bool = False
    kind: Literal["turn"] = "turn"


Line = StageLine | TurnLine


@dataclass(frozen=True)
class Evidence:
    """One proof of the outcome. `turn` None: it leans on no words."""

    number: int
    turn: int | None
    quote: str
    what: str
    offset: str


@dataclass(frozen=True)
class FieldView:
    """A row of the Fields card."""

    label: str
    value: str
    note: str = ""
    absent: str = ""
    turn: int | None = None
    offset: str = ""


@dataclass(frozen=True)
class Span:
    """Characters of an utterance, start to end."""

    start: int
    end: int
    number: int = 0


@dataclass(frozen=True)
class Source:
    """Everything a script is made of. `evidence` is the outcome's, as it is stored."""

    started_at: datetime
    turns: Sequence[Turn]
    events: Sequence[CallEvent]
    fields: Sequence[CollectedField]
    words: ScenarioWords
    formats: Formats
    evidence: Sequence[Mapping[str, object]] = field(default=())

    def offset(self, at: datetime) -> str:
        """Where a moment lies in the call: 0:05."""
        return self.formats.offset(at - self.started_at)

    def turn_offset(self, seq: int | None) -> str:
        at = next((turn.at for turn in self.turns if turn.seq == seq), None)
        return self.offset(at) if at else ""


_HAPPENED = frozenset({"call_started", "silence", "interrupted", "transfer_failed", "ended"})
"""Events without words of the caller's that an outcome may rest on."""


def script(source: Source) -> tuple[Line, ...]:
    """The lines in order; a heading stands before the first line of each stage."""
    lines: list[Line] = []
    conditions = _conditions(source.events)
    stage: str | None = None
    for at, turn in enumerate(source.turns):
        if turn.stage != stage:
            stage = turn.stage
            lines.append(
                StageLine(
                    n=sum(isinstance(line, StageLine) for line in lines) + 1,
                    title=source.words.stage(stage),
                    span=_span(source, at),
                    condition=conditions.get((stage, turn.seq)) or conditions.get((stage, turn.seq - 1), ""),
                )
            )
        lines.append(_line(source, turn, source.turns[at - 1] if at else None))
    return tuple(lines)


def _span(source: Source, first: int) -> str:
    stage = source.turns[first].stage
    last = first
    while last + 1 < len(source.turns) and source.turns[last + 1].stage == stage:
        last += 1
    end = source.turns[min(last + 1, len(source.turns) - 1)].at
    begin = source.offset(source.turns[first].at)
    return begin if source.offset(end) == begin else f"{begin} – {source.offset(end)}"


def _conditions(events: Iterable[CallEvent]) -> dict[tuple[str, int], str]:
    """(stage entered, turn) -> the condition that fired; of a chain of silent stages each has its own."""
    found: dict[tuple[str, int], str] = {}
    for event in events:
        if event.type == "stage_changed":
            found[str(event.data.get("to", "")), event.turn_seq] = str(event.data.get("when") or "")
    return found


def _line(source: Source, turn: Turn, before: Turn | None) -> TurnLine:
    wait = wait_of(before, turn) if before is not None else {}
    marks = [
        Span(int(str(item["start"])), int(str(item["end"])), number)
        for number, item in enumerate(source.evidence, 1)
        if item.get("turn") == turn.seq and item.get("quote") and item.get("end")
    ]
    sources = [] if turn.role is TurnRole.AGENT else _heard(source.events, source.fields, turn)
    return TurnLine(
        seq=turn.seq,
        role=turn.role.value,
        offset=source.offset(turn.at),
        groups=groups(turn.text, marks, sources, heard=turn.heard_text),
        badges=_badges(turn, source.words.lang),
        chips=_chips(source, turn.seq),
        why=why_rows(turn, _behind(source, turn), source.words) if turn.role is TurnRole.AGENT else (),
        seconds=wait.get("total"),
        slow=wait.get("total", 0.0) > SLOW,
    )


def _behind(source: Source, turn: Turn) -> list[CallEvent]:
    """The changes a turn of the bot follows from: its own and those of the caller's turn before it."""
    before = next((t for t in source.turns if t.seq == turn.seq - 1), None)
    answered = turn.seq - 1 if before and before.role is TurnRole.CALLER else turn.seq
    return [event for event in source.events if event.turn_seq in (answered, turn.seq)]


def _heard(events: Iterable[CallEvent], fields: Iterable[CollectedField], turn: Turn) -> list[Span]:
    """Where in the utterance values were heard, the ones that were corrected later included."""
    found = [
        (str(event.data.get("raw") or ""), int(str(event.data.get("start") or 0)))
        for event in events
        if event.turn_seq == turn.seq and event.type in ("field_set", "field_corrected")
    ]
    found += [(item.raw or "", 0) for item in fields if item.turn_seq == turn.seq]
    spans = []
    for raw, at in dict.fromkeys(found):
        start = at if turn.text.startswith(raw, at) else turn.text.find(raw)
        if raw and start >= 0:
            spans.append(Span(start, start + len(raw)))
    return spans


def _badges(turn: Turn, lang: str) -> tuple[str, ...]:
    found = []
    if turn.heard_text is not None:
        found.append("interrupted")
    if turn.kind is not TurnKind.SPEECH:
        found.append(turn.kind.value)
    return tuple(translate(lang, f"ui.call.badge.{name}") for name in found)


def _chips(source: Source, seq: int) -> tuple[Chip, ...]:
    """What this turn taught: values set, corrected (the old one struck), confirmed or refused."""
    chips: dict[str, Chip] = {}
    lang, words = source.words.lang, source.words
    for event in source.events:
        if event.turn_seq != seq:
            continue
        if event.type == "field_confirmed" and "fields" in event.data:
            chips[""] = _read_back(source, event.data["fields"])
        if "field" not in event.data:
            continue
        name = str(event.data["field"])
        label = words.field(name)
        match event.type:
            case "field_set" | "field_corrected":
                old = event.data.get("old")
                chips[name] = Chip(label, _value(source, name, event.data.get("value")), _value(source, name, old))
            case "field_confirmed":
                kept = chips.get(name)
                chips[name] = kept or Chip(label, translate(lang, "ui.call.field.confirmed"))
            case "field_refused":
                chips[name] = Chip(label, translate(lang, "ui.call.field.refused_chip"))
            case _:
                continue
    return tuple(chips.values())


def _read_back(source: Source, names: Sequence[object]) -> Chip:
    """One chip for a yes to all that was read back; a single value has its name."""
    lang = source.words.lang
    if len(names) == 1:
        return Chip(source.words.field(str(names[0])), translate(lang, "ui.call.field.confirmed"))
    return Chip("", translate(lang, "ui.call.field.all_confirmed"))


def _value(source: Source, name: str, value: object) -> str:
    if not value:
        return ""
    kind = source.words.scenario.fields[name].type.value if name in source.words.scenario.fields else "text"
    return source.formats.value(source.words.value(name, str(value)), kind, short=True)


def evidence(source: Source) -> tuple[Evidence, ...]:
    """The outcome's proofs, numbered as they are marked in the script."""
    by_seq = {event.seq: event for event in source.events}
    shown = {turn.seq for turn in source.turns}
    found = []
    for number, item in enumerate(source.evidence, 1):
        turn = item.get("turn")
        event = by_seq.get(int(str(item["event"]))) if item.get("event") else None
        seq = int(str(turn)) if turn in shown else None
        quote = str(item.get("quote") or "")
        found.append(Evidence(number, seq, quote, _what(source, event), source.turn_offset(seq)))
    return tuple(found)


def _what(source: Source, event: CallEvent | None) -> str:
    """What an event says, in a few words."""
    if event is None:
        return ""
    lang, words = source.words.lang, source.words
    if event.type == "stage_changed":
        return translate(lang, "ui.evidence.stage", stage=words.stage(str(event.data.get("to", ""))))
    if "field" in event.data and event.data.get("value"):
        name = str(event.data["field"])
        return translate(
            lang, "ui.evidence.field", field=words.field(name), value=_value(source, name, event.data["value"])
        )
    return translate(lang, f"ui.evidence.{event.type}") if event.type in _HAPPENED else ""


def field_views(source: Source) -> tuple[FieldView, ...]:
    """The Fields card: every field of the scenario, with the words it came from."""
    lang = source.words.lang
    views = []
    for item in source.fields:
        value = source.formats.value(source.words.value(item.name, item.value), item.type) if item.value else ""
        views.append(
            FieldView(
                label=source.words.field(item.name),
                value=value,
                note=_note(source, item) if value else "",
                absent=translate(lang, f"ui.call.field.{'refused' if item.status == 'refused' else 'missing'}"),
                turn=item.turn_seq,
                offset=source.turn_offset(item.turn_seq),
            )
        )
    return tuple(views)


def _note(source: Source, item: CollectedField) -> str:
    """Where a value comes from: the words, the value before it, whether it was confirmed."""
    lang = source.words.lang
    parts = []
    if item.source == "offer":
        parts.append(translate(lang, "ui.call.field.offered"))
    elif item.raw:
        parts.append(translate(lang, "ui.quote", text=item.raw))
    if item.history:
        was = _value(source, item.name, item.history[-1].get("value"))
        parts.append(translate(lang, "ui.call.field.was", was=was))
    if item.confirmed:
        parts.append(translate(lang, "ui.call.field.confirmed"))
    return ", ".join(parts)


def groups(text: str, marks: Sequence[Span], sources: Sequence[Span], *, heard: str | None = None) -> tuple[Group, ...]:
    """The utterance cut where its look changes. Spans may overlap; of overlapping marks the first one counts.

    heard: the part of an interrupted utterance that was played; the rest is struck.
    """
    if not text:
        return ()
    cut = len(heard) if heard is not None and text.startswith(heard) else (0 if heard is not None else len(text))
    edges = {0, len(text), cut}
    for span in (*marks, *sources):
        edges |= {min(max(span.start, 0), len(text)), min(max(span.end, 0), len(text))}
    found: list[Group] = []
    points = sorted(edges)
    for start, end in pairwise(points):
        number = next((m.number for m in marks if m.start <= start and end <= m.end), 0)
        src = any(s.start <= start and end <= s.end for s in sources)
        piece = Piece(text[start:end], src=src, cut=start >= cut)
        if found and found[-1].number == number and number:
            found[-1] = Group((*found[-1].pieces, piece), number)
        else:
            found.append(Group((piece,), number))
    return tuple(found)
