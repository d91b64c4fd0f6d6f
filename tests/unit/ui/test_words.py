"""Every word a page needs is there in both languages, and nothing is kept that no page needs."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

from app.calls.models import CallStatus, Channel, Direction, EndedBy, TurnKind
from app.i18n import LANGUAGES, LOCALES, catalog
from app.scenario.values import FieldType
from app.tenants.actors import SCOPES
from app.tenants.models import Role
from app.ui.settings import EXPIRY
from app.ui.why import TOLD
from app.ui.wording import USUAL
from app.webhooks.models import DeliveryStatus

pytestmark = pytest.mark.unit

UI = Path(__file__).resolve().parents[3] / "app" / "ui"
KEY = re.compile(r"""["'](ui\.[a-z_]+(?:\.[A-Za-z0-9_]+)*)["']""")

# Keys put together at run time: every member must have its words.
MADE = {
    *(f"ui.calls.status.{status.value}" for status in CallStatus),
    *(f"ui.call.channel.{channel.value}" for channel in Channel),
    *(f"ui.call.ended_by.{side.value}" for side in EndedBy),
    *(f"ui.try.ended_by.{side.value}" for side in EndedBy),
    *(f"ui.calls.how.{way.value}" for way in Direction),
    *(f"ui.call.badge.{kind.value}" for kind in TurnKind if kind is not TurnKind.SPEECH),
    *(f"ui.call.partial.{status}" for status in ("interrupted", "failed")),
    *(f"ui.kind.{kind.value}" for kind in FieldType),
    *(f"ui.scope.{scope.replace(':', '_')}" for scope in SCOPES),
    *(f"ui.role.{role.value}" for role in Role),
    *(f"ui.keys_page.expires.{days}" for days in EXPIRY),
    *(f"ui.keys_page.{state}" for state in ("active", "revoked", "expired")),
    *(f"ui.why.{label}" for label, _ in TOLD.values()),
    *(f"ui.webhooks.delivery.{status.value}" for status in DeliveryStatus),
    *(f"ui.bots.status.{status}" for status in ("draft", "published", "archived")),
    *USUAL.values(),
}


def ui_keys(lang: str) -> set[str]:
    with (LOCALES / lang / "ui.po").open("rb") as file:
        found = (message.id for message in read_po(file, locale=lang))
        return {(key if isinstance(key, str) else key[0]) for key in found if key}


def written() -> set[str]:
    files = [*UI.rglob("*.py"), *(UI / "templates").rglob("*.html")]
    return {key for path in files for key in KEY.findall(path.read_text(encoding="utf-8"))}


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_key_that_a_page_names_has_words(lang: str) -> None:
    known = catalog(lang)
    assert {key for key in written() | MADE if key not in known.texts and key not in known.plurals} == set()


def test_both_languages_have_the_same_keys() -> None:
    assert ui_keys("ru") == ui_keys("en")


def test_no_words_are_kept_that_no_page_needs() -> None:
    sources = "".join(
        path.read_text(encoding="utf-8") for path in [*UI.rglob("*.py"), *(UI / "templates").rglob("*.html")]
    )
    prefixes = set(re.findall(r"""["'](ui\.[a-z_.]+[._])(?:["'{]|\{)""", sources))
    unused = {key for key in ui_keys("ru") - written() - MADE if not any(key.startswith(prefix) for prefix in prefixes)}
    assert unused == set()


@pytest.mark.parametrize("lang", LANGUAGES)
def test_nobody_is_begged_or_blamed(lang: str) -> None:
    words = " ".join(text for key, text in catalog(lang).texts.items() if key.startswith("ui.")).lower()
    assert not re.search(r"\bplease\b|пожалуйста|\boops\b|упс|\binvalid\b|к сожалению|\bsorry\b", words)
