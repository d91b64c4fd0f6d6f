"""A message for the next page: its catalog key in a short cookie, never text from outside."""

from __future__ import annotations

from litestar.datastructures import Cookie

from app.i18n import catalog, translate
from app.ui.looks import AnyRequest

FLASH_COOKIE = "__Host-otklik_flash"
_TONES = frozenset({"good", "warn"})


def flash_cookie(tone: str, key: str) -> Cookie:
    """Shown once, by the next page within a minute."""
    return _cookie(f"{tone}.{key}", 60)


def read_flash(request: AnyRequest, lang: str) -> tuple[str, str] | None:
    """Tone and text of the message that waits, if it is one of ours."""
    tone, _, key = request.cookies.get(FLASH_COOKIE, "").partition(".")
    if tone not in _TONES or not key.startswith("ui.") or "{" in catalog(lang).texts.get(key, "{"):
        return None
    return tone, translate(lang, key)


def spent() -> Cookie:
    """Takes the message away once it was shown."""
    return _cookie("", 0)


def _cookie(value: str, max_age: int) -> Cookie:
    return Cookie(key=FLASH_COOKIE, value=value, path="/", max_age=max_age, secure=True, httponly=True, samesite="lax")
