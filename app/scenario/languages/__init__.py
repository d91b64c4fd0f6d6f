"""What each language knows: one folder a language, found by its code. To add one, add a folder with a LANGUAGE."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from pathlib import Path

from app.scenario.languages.language import Language

__all__ = ["Language", "available", "get"]


@cache
def available() -> tuple[str, ...]:
    """Codes of the languages that have a folder."""
    return tuple(sorted(folder.name for folder in Path(__file__).parent.iterdir() if (folder / "clock.py").is_file()))


@cache
def get(code: str) -> Language:
    """The language with this code ("ru", also "ru-RU"); raises LookupError when there is none."""
    short = code.lower().replace("_", "-").partition("-")[0]
    if short not in available():
        raise LookupError(f"no grammar for language {code!r}; there are {', '.join(available())}")
    language = import_module(f"app.scenario.languages.{short}").LANGUAGE
    if not isinstance(language, Language):
        raise TypeError(f"app.scenario.languages.{short}.LANGUAGE is no Language")
    return language
