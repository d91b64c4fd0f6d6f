"""Every code that the room writes down has its sentence in both languages."""

from __future__ import annotations

import pytest

from app.i18n import LANGUAGES, catalog, translate
from app.webhooks.events import EventType
from app.webhooks.rules import judge
from tests.unit.webhooks.test_rules import NOW

pytestmark = [pytest.mark.unit, pytest.mark.parametrize("lang", LANGUAGES)]


def test_every_event_type_is_explained(lang: str) -> None:
    for kind in EventType:
        assert translate(lang, kind.description_key)


def test_every_answer_has_words(lang: str) -> None:
    for status in (None, 302, 404, 410, 429, 500):
        verdict = judge(attempt=1, status=status, problem=None, wait=None, failing_since=None, at=NOW, jitter=0)
        assert translate(lang, f"webhooks.problem.{verdict.error}")
        if verdict.disable:
            assert translate(lang, f"webhooks.disabled.{verdict.disable}")


def test_every_refused_address_has_words(lang: str) -> None:
    prefix = "error.outbound."
    reasons = [key.removeprefix(prefix) for key in catalog(lang).texts if key.startswith(prefix)]
    assert reasons
    for reason in reasons:
        assert translate(lang, f"webhooks.problem.address_{reason}")


@pytest.mark.parametrize("code", ["broken_off", "lost", "closed", "timeout", "tls", "unreachable"])
def test_every_way_to_get_no_answer_has_words(lang: str, code: str) -> None:
    assert translate(lang, f"webhooks.problem.{code}")
