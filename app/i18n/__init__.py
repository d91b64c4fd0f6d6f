"""Words that people read, in Russian and English: one catalog per language, made of every domain's `.po` file.

Keys are dotted names (`error.not_found`); a missing key is a KeyError, never a silent English sentence. `{name}`
in a text is replaced by the argument of that name. Plural texts carry gettext plural forms.
"""

from __future__ import annotations

import locale
import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType

from babel.messages.pofile import read_po
from babel.plural import PluralRule

from app import env_file

LANGUAGES: tuple[str, ...] = ("ru", "en")
LOCALES = Path(__file__).parent / "locales"

# CLDR categories in the order of the plural forms written in our .po files.
_FORMS = {"ru": ("one", "few", "many"), "en": ("one", "other")}
_RULES = {
    "ru": PluralRule(
        {
            "one": "n mod 10 is 1 and n mod 100 is not 11",
            "few": "n mod 10 in 2..4 and n mod 100 not in 12..14",
            "many": "n mod 10 is 0 or n mod 10 in 5..9 or n mod 100 in 11..14",
        }
    ),
    "en": PluralRule({"one": "n is 1"}),
}


@dataclass(frozen=True)
class Catalog:
    """One language's words. `plurals` holds the forms in the order of the language's CLDR categories."""

    texts: Mapping[str, str]
    plurals: Mapping[str, tuple[str, ...]]


@cache
def catalog(lang: str) -> Catalog:
    """Every domain of `lang` merged. Raises KeyError for an unknown language, ValueError for a key given twice."""
    if lang not in LANGUAGES:
        raise KeyError(lang)
    texts: dict[str, str] = {}
    plurals: dict[str, tuple[str, ...]] = {}
    for path in sorted((LOCALES / lang).glob("*.po")):
        with path.open("rb") as file:
            for message in read_po(file, locale=lang, abort_invalid=True):
                _add(message.id, message.string, path.name, texts, plurals)
    return Catalog(MappingProxyType(texts), MappingProxyType(plurals))


def _add(
    key: str | list[str] | tuple[str, ...],
    words: str | list[str] | tuple[str, ...] | None,
    origin: str,
    texts: dict[str, str],
    plurals: dict[str, tuple[str, ...]],
) -> None:
    name = key if isinstance(key, str) else key[0]
    if not name:
        return
    if name in texts or name in plurals:
        raise ValueError(f"{origin}: {name} is given twice")
    if not words or not all(words):
        raise ValueError(f"{origin}: {name} has no text")
    if isinstance(words, str):
        texts[name] = words
    else:
        plurals[name] = tuple(words)


def translate(lang: str, key: str, /, **params: object) -> str:
    """The text of `key` in `lang` with `{name}` filled from `params`. Raises KeyError when either is missing."""
    text = catalog(lang).texts[key]
    return text.format_map(params) if params or "{" in text else text


def plural(lang: str, key: str, n: int, /, **params: object) -> str:
    """The form of `key` that fits `n`; `{n}` is the number. Raises KeyError when the key is missing."""
    form = _FORMS[lang].index(_RULES[lang](n))
    return catalog(lang).plurals[key][form].format_map({"n": n, **params})


def cli_language() -> str:
    """Language of the command line: OTKLIK_LANGUAGE (environment, then `.env`), else the locale's, else English."""
    # The only environment read outside settings: errors in the settings themselves must be told in some language.
    for wanted in (os.environ.get("OTKLIK_LANGUAGE") or env_file.last_value("OTKLIK_LANGUAGE"), _system_language()):
        if wanted[:2].lower() in LANGUAGES:
            return wanted[:2].lower()
    return "en"


def _system_language() -> str:
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        value = os.environ.get(name)
        if value:
            return value
    return locale.getlocale()[0] or "en"
