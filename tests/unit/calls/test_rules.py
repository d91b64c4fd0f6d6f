"""The call's status as a machine, and what is kept of an utterance."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.calls.models import CallStatus, EndedBy
from app.calls.rules import MAX_UTTERANCE, clean_utterance, ended_by, may_become, status_after
from app.scenario.state import EndReason

pytestmark = pytest.mark.unit


def test_a_running_call_ends_once_and_an_ended_one_never_changes() -> None:
    for wanted in CallStatus:
        assert may_become(CallStatus.RUNNING, wanted) is (wanted is not CallStatus.RUNNING)
        for ended in set(CallStatus) - {CallStatus.RUNNING}:
            assert not may_become(ended, wanted)


def test_every_reason_is_a_status_and_a_side() -> None:
    read = {reason: (status_after(reason), ended_by(reason)) for reason in EndReason}
    assert read == {
        EndReason.END: (CallStatus.ENDED, EndedBy.BOT),
        EndReason.TRANSFER: (CallStatus.ENDED, EndedBy.BOT),
        EndReason.SILENCE: (CallStatus.ENDED, EndedBy.BOT),
        EndReason.LIMIT: (CallStatus.ENDED, EndedBy.BOT),
        EndReason.GAVE_UP: (CallStatus.ENDED, EndedBy.BOT),
        EndReason.CALLER: (CallStatus.ENDED, EndedBy.CALLER),
        EndReason.FAILED: (CallStatus.FAILED, EndedBy.SYSTEM),
        EndReason.INTERRUPTED: (CallStatus.INTERRUPTED, EndedBy.SYSTEM),
    }


@given(st.text(st.characters(), max_size=50).map(lambda text: text * 300))
def test_any_utterance_can_be_stored_and_cleaning_it_again_changes_nothing(text: str) -> None:
    kept = clean_utterance(text)
    assert len(kept) <= MAX_UTTERANCE
    assert "\x00" not in kept
    kept.encode("utf-8")
    assert clean_utterance(kept) == kept


def test_words_of_any_script_stay_as_they_are() -> None:
    assert clean_utterance("  Ёлка, naïve, 你好 👋\n") == "Ёлка, naïve, 你好 👋"
