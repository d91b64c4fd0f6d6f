"""How the API words its refusals."""

from __future__ import annotations

import re

import pytest

from app.api.problems import all_codes, preferred_language
from app.i18n import LANGUAGES, catalog

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("", "en"),
        ("ru", "ru"),
        ("ru-RU,ru;q=0.9,en-US;q=0.8", "ru"),
        ("en-GB,en;q=0.9,ru;q=0.1", "en"),
        ("de, ru;q=0.5, en;q=0.4", "ru"),
        ("fr-FR, fr;q=0.9", "en"),
        ("ru;q=0, en", "en"),
        ("ru;q=much, en", "en"),
        ("*", "en"),
        (",,;q=", "en"),
    ],
)
def test_the_language_is_the_one_of_ours_that_the_client_prefers(header: str, expected: str) -> None:
    assert preferred_language(header) == expected


def test_every_code_is_stable_text_with_a_status_and_a_title() -> None:
    codes = all_codes()
    assert len({code for code, _, _ in codes}) == len(codes)
    for code, status, title in codes:
        assert re.fullmatch(r"[a-z][a-z_]+", code)
        assert 400 <= status < 600
        assert title


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_framework_refusal_has_words(lang: str) -> None:
    for code in ("invalid_request", "malformed", "not_found", "method_not_allowed", "too_large", "refused", "internal"):
        assert catalog(lang).texts[f"api.{code}"]
