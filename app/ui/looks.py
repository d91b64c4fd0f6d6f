"""Language, theme and shortcuts of a reader: the person's choice, else a cookie, else the browser's wish."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from babel import negotiate_locale
from litestar import Request
from litestar.datastructures import Cookie

from app.i18n import LANGUAGES
from app.ui.frame import THEMES

LANGUAGE_COOKIE = "__Host-otklik_language"
THEME_COOKIE = "__Host-otklik_theme"
SHORTCUTS_COOKIE = "__Host-otklik_keys"
_YEAR = 365 * 24 * 3600

AnyRequest = Request[Any, Any, Any]  # Any: Litestar's user, auth and state, none of which we use


@dataclass(frozen=True)
class Look:
    """How a page is to look."""

    lang: str
    theme: str
    shortcuts: bool


def look_of(request: AnyRequest, *, language: str | None = None, theme: str | None = None) -> Look:
    """`language` and `theme` are the signed-in person's own; what is not one of ours is passed over."""
    cookies = request.cookies
    chosen = next((code for code in (language, cookies.get(LANGUAGE_COOKIE)) if code in LANGUAGES), None)
    shade = next((name for name in (theme, cookies.get(THEME_COOKIE)) if name in THEMES), THEMES[0])
    return Look(
        lang=chosen or _asked(request.headers.get("accept-language", "")),
        theme=shade,
        shortcuts=cookies.get(SHORTCUTS_COOKIE) != "off",
    )


def look_cookies(
    *, language: str | None = None, theme: str | None = None, shortcuts: str | None = None
) -> list[Cookie]:
    """Cookies that keep a choice, for the pages before sign-in and for error pages."""
    chosen = {LANGUAGE_COOKIE: language, THEME_COOKIE: theme, SHORTCUTS_COOKIE: shortcuts}
    return [
        Cookie(key=key, value=value, path="/", max_age=_YEAR, secure=True, httponly=True, samesite="lax")
        for key, value in chosen.items()
        if value is not None
    ]


def _asked(header: str) -> str:
    """The first of our languages that the browser asks for, in its order; Russian when it asks for none."""
    wanted = []
    for part in header.split(","):
        code, _, weight = part.strip().partition(";q=")
        try:
            wanted.append((-float(weight or 1), code.strip().replace("-", "_")))
        except ValueError:
            continue
    wanted.sort(key=lambda item: item[0])
    return negotiate_locale([code for _, code in wanted], LANGUAGES) or LANGUAGES[0]
