"""How English dictates phone numbers and e-mail addresses."""

from __future__ import annotations

import re

from app.scenario.extraction.emails import EmailWords
from app.scenario.extraction.phones import PhoneWords
from app.scenario.extraction.wording import words

__all__ = ["EMAIL", "PHONE"]

PHONE = PhoneWords(
    between=r"let me see|one sec|hold on|then|uh|um|er|then|and|dash|hyphen|space|area code|code|so|okay|ok|open"
    r"|close|parenthesis|bracket|extension",
    plus=r"plus",
    zero=r"oh|o|zero",
    correction=r"no|wait|sorry|scratch that|i mean|actually|oops|rather|correction|not|make that",
    preposition=r"at|for|on|in|of|by|after|before|are|is",
    hundred=r"hundred",
    telephone=re.compile(r"\b(?:phone|cell|mobile|telephone)\b"),
    named=re.compile(r"\b(?:phone|number|cell|mobile|telephone|reach me|call me|call back|contact)\b"),
)


def _not_latin(word: str) -> str:
    """Words of other letters are no part of an English address."""
    return "" if not word.isascii() else word


EMAIL = EmailWords(
    at=frozenset({"at"}),
    sure_at=False,
    signs={"dot": ".", "period": ".", "point": ".", "dash": "-", "hyphen": "-", "minus": "-", "underscore": "_",
           "plus": "+"},
    domains={"g-mail": "gmail", "gee-mail": "gmail", "hot-mail": "hotmail", "dotcom": ".com"},
    letters={"oh": "o", "bee": "b", "cee": "c", "dee": "d", "ef": "f", "gee": "g", "aitch": "h", "jay": "j", "kay": "k",
             "ell": "l", "em": "m", "en": "n", "pee": "p", "cue": "q", "ess": "s", "tee": "t", "vee": "v", "ex": "x",
             "zee": "z", "zed": "z"},
    stops=frozenset(
        words(
            "email e-mail mail address is it's its my me the to at a an on and so that's that okay ok yes yeah sure "
            "well um uh reach contact send write use would be you can spelled it with from no sorry actually i'm "
            "for please this name here"
        )
    ),
    joined=frozenset({"word", "together", "all", "as"}),
    silent=frozenset({"letter", "letters", "number", "digit", "sign", "symbol"}),
    latin=_not_latin,
)  # fmt: skip
