"""A conversation drawn as a script."""

from __future__ import annotations

from dataclasses import replace

import pytest

from app.calls.models import CallEvent
from app.ui.transcript import Group, Piece, Span, StageLine, TurnLine, evidence, field_views, groups, script
from tests.unit.ui.samples import SAID, source, talk

pytestmark = pytest.mark.unit


def text_of(line: TurnLine) -> str:
    return "".join(piece.text for group in line.groups for piece in group.pieces)


def turns() -> list[TurnLine]:
    return [line for line in script(source("ru")) if isinstance(line, TurnLine)]


def stages() -> list[StageLine]:
    return [line for line in script(source("ru")) if isinstance(line, StageLine)]


def test_every_word_that_was_said_is_in_the_script() -> None:
    assert [text_of(line) for line in turns()] == [turn.text for turn in talk().turns]


def test_a_stage_has_a_heading_with_the_condition_that_led_there() -> None:
    first, booking, confirm, done = stages()
    assert (first.title, first.condition) == ("Понять, зачем звонит человек", "")
    assert booking.title == "Записать на приём"
    assert booking.condition == 'intent == "book"'
    assert confirm.condition == "collected"
    assert (done.title, done.condition) == ("Конец разговора", 'answer == "yes"')
    assert [first.span, done.span] == ["0:00 – 0:09", "0:51"]


def test_a_value_stands_as_a_chip_beside_the_words_it_came_from() -> None:
    asked = turns()[1]
    assert [(chip.label, chip.value, chip.was) for chip in asked.chips] == [("Услуга", "чистка", "")]
    heard = [piece.text for group in asked.groups for piece in group.pieces if piece.src]
    assert heard == ["чистку"]


def test_a_corrected_value_keeps_the_old_one_struck() -> None:
    corrected = next(line for line in turns() if text_of(line) == SAID[2])
    assert [(chip.value, chip.was) for chip in corrected.chips] == [("18:00", "17:00")]


def test_a_confirmed_value_says_so() -> None:
    confirmed = next(line for line in turns() if text_of(line) == SAID[5])
    assert [chip.value for chip in confirmed.chips] == ["подтверждено"]


def test_one_yes_to_all_that_was_read_back_is_one_chip() -> None:
    last = next(line for line in reversed(turns()) if line.role == "caller")
    assert [(chip.label, chip.value) for chip in last.chips] == [("", "всё подтверждено")]


@pytest.mark.parametrize(
    ("happened", "told"),
    [("ended", "разговор закончился"), ("silence", "молчание"), ("transfer_failed", "перевод не удался")],
)
def test_an_event_without_words_is_told_and_leads_to_its_turn(happened: str, told: str) -> None:
    drawn = source("ru", SAID[:1])
    event = CallEvent(seq=1000, turn_seq=2, type=happened, at=drawn.started_at, data={})
    words = {"quote": None, "start": None, "end": None, "kind": "event"}
    proofs = [{"turn": turn, "event": event.seq, **words} for turn in (2, 99)]
    drawn = replace(drawn, events=[*drawn.events, event], evidence=proofs)
    assert [(proof.turn, proof.quote, proof.what) for proof in evidence(drawn)] == [(2, "", told), (None, "", told)]
    assert not any(group.number for line in script(drawn) if isinstance(line, TurnLine) for group in line.groups)


def test_evidence_is_numbered_as_it_is_marked() -> None:
    proofs = evidence(source("ru"))
    marked = {
        (line.seq, group.number): "".join(piece.text for piece in group.pieces)
        for line in turns()
        for group in line.groups
        if group.number
    }
    assert proofs
    for proof in proofs:
        if proof.turn and (proof.turn, proof.number) in marked:
            assert marked[proof.turn, proof.number] == proof.quote
    assert {number for _, number in marked} <= {proof.number for proof in proofs}
    assert "дошли до этапа «Конец разговора»" in [proof.what for proof in proofs]


def test_the_bot_says_why() -> None:
    reply = turns()[2]
    assert [row.label for row in reply.why] == ["Намерение", "Правило", "Спрашивает", "Фраза"]
    assert reply.why[0].text == "book, по слову «записаться»"
    assert reply.why[1].code == 'intent == "book"'
    assert reply.why[2].text == "День приёма"


def test_fields_show_the_words_the_old_value_and_the_turn() -> None:
    views = {view.label: view for view in field_views(source("ru"))}
    assert views["Время приёма"].value == "18:00"
    assert "было 17:00" in views["Время приёма"].note
    assert views["Телефон"].value == "+7 926 123-45-67"
    assert "подтверждено" in views["Телефон"].note
    assert (views["Жалоба"].value, views["Жалоба"].absent) == ("", "не узнали")
    assert views["Услуга"].turn == 2


def test_the_reader_s_language_names_what_the_scenario_names_in_it() -> None:
    views = {view.label: view.value for view in field_views(source("en"))}
    assert views["Service"] == "cleaning"
    assert views["Day of the visit"] == "Thu, 26 Nov 2026"


def test_marks_and_sources_may_overlap() -> None:
    found = groups("запишите на чистку", [Span(9, 18, 1)], [Span(12, 18)])
    assert found == (
        Group((Piece("запишите "),)),
        Group((Piece("на "), Piece("чистку", src=True)), 1),
    )


def test_words_that_were_not_heard_are_struck() -> None:
    found = groups("Добрый день. Как вас зовут?", [], [], heard="Добрый день.")
    assert [(piece.text, piece.cut) for group in found for piece in group.pieces] == [
        ("Добрый день.", False),
        (" Как вас зовут?", True),
    ]


def test_spans_beyond_the_text_do_no_harm() -> None:
    found = groups("да", [Span(-4, 99, 1)], [Span(1, 50)])
    assert "".join(piece.text for group in found for piece in group.pieces) == "да"
    assert groups("", [Span(0, 3, 1)], []) == ()
