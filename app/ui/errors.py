"""Errors as pages: what happened, what is safe, what to do, and a reference. htmx gets the same words for a toast."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import quote

from litestar import MediaType, Response
from litestar.exceptions import HTTPException

from app.errors import NotAuthenticated, NotFound, OtklikError
from app.i18n import translate
from app.security.csrf import csrf_token
from app.security.request_id import request_id
from app.ui.formats import Formats
from app.ui.frame import Frame
from app.ui.looks import AnyRequest, look_of
from app.ui.responses import from_htmx
from app.ui.templating import render as render_template
from app.ui.visits import DEFAULT_ZONE, path_of

_TITLED = frozenset({400, 403, 404, 409, 422, 429, 500, 503})
_TEXTED = frozenset({400, 404, 405, 500})


@dataclass(frozen=True)
class ErrorPage:
    """What happened and where to go from here."""

    title: str
    text: str
    reference: str
    href: str
    action: str


def render(request: AnyRequest, error: Exception) -> Response[str]:
    """The page of an error. A page that needs a person sends to sign-in and comes back; htmx asks in place."""
    if isinstance(error, NotAuthenticated):
        return _sign_in(request)
    status = _status(error)
    look = look_of(request)
    frame = Frame(
        lang=look.lang,
        theme=look.theme,
        shortcuts=look.shortcuts,
        csrf=_token(request),
        path=path_of(request) if request.method == "GET" else "/",
        formats=Formats(look.lang, DEFAULT_ZONE, datetime.now(UTC)),
    )
    content = ErrorPage(
        title=translate(look.lang, f"ui.error.title_{status if status in _TITLED else _family(status)}"),
        text=_text(error, status, look.lang),
        reference=request_id(request.scope) if status >= 500 else "",
        href="/" if request.method == "GET" else _referrer(request),
        action=translate(look.lang, "ui.error.home" if request.method == "GET" else "ui.error.back"),
    )
    blocks = ("problem",) if from_htmx(request) else ()
    headers = {"Vary": "HX-Request"}
    if isinstance(error, HTTPException) and error.headers:
        headers |= dict(error.headers)
    if status == 429 and isinstance(error, OtklikError):
        headers["Retry-After"] = str(error.facts.get("seconds", 60))
    return Response(
        render_template("error.html", frame, content, blocks),
        media_type=MediaType.HTML,
        status_code=status,
        headers=headers,
    )


def _sign_in(request: AnyRequest) -> Response[str]:
    if from_htmx(request):
        return Response("", media_type=MediaType.HTML, status_code=401)
    to = path_of(request) if request.method == "GET" else "/"
    address = "/sign-in" if to == "/" else f"/sign-in?next={quote(to)}"
    return Response("", media_type=MediaType.HTML, status_code=303, headers={"Location": address})


def _status(error: Exception) -> int:
    if isinstance(error, OtklikError):
        return error.status
    return error.status_code if isinstance(error, HTTPException) else 500


def _family(status: int) -> int:
    """The general case of a status without words of its own."""
    return 500 if status >= 500 else (404 if status in (405, 410) else 400)


def _text(error: Exception, status: int, lang: str) -> str:
    if isinstance(error, OtklikError) and not isinstance(error, NotFound):
        return error.text(lang)
    return translate(lang, f"ui.error.text_{status if status in _TEXTED else _family(status)}")


def _token(request: AnyRequest) -> str:
    """A token for the page's forms; none where the request did not reach a route, and such a page has no forms."""
    try:
        return csrf_token(request.scope)
    except KeyError:
        return ""


def _referrer(request: AnyRequest) -> str:
    """The page a form was sent from, if it is ours."""
    came_from = request.headers.get("referer", "")
    base = str(request.base_url)
    return "/" + came_from.removeprefix(base) if base and came_from.startswith(base) else "/"
