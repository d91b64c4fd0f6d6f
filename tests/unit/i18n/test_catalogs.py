"""Everything a person reads exists in Russian and English, with the same placeholders."""

from __future__ import annotations

import inspect
import re
import string
from pathlib import Path

import pytest

from app import errors
from app.i18n import LANGUAGES, catalog, cli_language, plural, translate

pytestmark = pytest.mark.unit


def test_both_languages_have_the_same_keys() -> None:
    ru, en = catalog("ru"), catalog("en")
    assert ru.texts.keys() ^ en.texts.keys() == set()
    assert ru.plurals.keys() ^ en.plurals.keys() == set()


def test_a_text_names_the_same_facts_in_both_languages() -> None:
    ru, en = catalog("ru").texts, catalog("en").texts
    assert {key for key in ru if _names(ru[key]) != _names(en[key])} == set()


def test_russian_texts_are_russian() -> None:
    texts = catalog("ru").texts
    latin_only = {key for key in texts if len(texts[key]) > 24 and not re.search("[а-яё]", texts[key].lower())}
    assert latin_only == set()


def test_every_error_has_code_status_title_and_words() -> None:
    for _, kind in inspect.getmembers(errors, inspect.isclass):
        if not issubclass(kind, errors.OtklikError) or kind is errors.OtklikError:
            continue
        assert re.fullmatch("[a-z_]+", kind.code), kind.__name__
        assert 400 <= kind.status < 600, kind.__name__
        assert kind.title, kind.__name__
        if "text" not in vars(kind):  # those that override it choose a key by their facts
            for lang in LANGUAGES:
                assert f"error.{kind.code}" in catalog(lang).texts, f"{lang}: {kind.code}"


def test_a_missing_key_is_an_error_not_an_english_sentence() -> None:
    with pytest.raises(KeyError):
        translate("ru", "error.no_such_key")


@pytest.mark.parametrize(("n", "form"), [(1, 0), (21, 0), (2, 1), (24, 1), (5, 2), (11, 2), (0, 2), (112, 2)])
def test_russian_plurals_follow_the_number(n: int, form: int) -> None:
    key = next(key for key, forms in catalog("ru").plurals.items() if _names(forms[0]) <= {"n"})
    assert plural("ru", key, n) == catalog("ru").plurals[key][form].format(n=n)


@pytest.mark.parametrize(
    ("wanted", "system", "got"),
    [("ru", "en_US", "ru"), ("", "ru_RU.UTF-8", "ru"), ("", "de_DE", "en"), ("en", "ru", "en")],
)
def test_the_command_line_speaks_the_language_that_was_asked_for(
    monkeypatch: pytest.MonkeyPatch, wanted: str, system: str, got: str
) -> None:
    monkeypatch.setenv("OTKLIK_LANGUAGE", wanted)
    monkeypatch.setenv("LC_ALL", system)
    assert cli_language() == got


def test_the_command_line_reads_its_language_from_the_file_too(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("OTKLIK_LANGUAGE", raising=False)
    monkeypatch.setenv("LC_ALL", "en_US.UTF-8")
    (tmp_path / ".env").write_text("what is this\nOTKLIK_LANGUAGE=ru\n", encoding="utf-8")
    assert cli_language() == "ru", "also when another line is wrong"
    (tmp_path / ".env").write_text("OTKLIK_LANGUAGE=martian\n", encoding="utf-8")
    assert cli_language() == "en"
    (tmp_path / ".env").write_bytes(b"\xff")
    assert cli_language() == "en"


def _names(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}
