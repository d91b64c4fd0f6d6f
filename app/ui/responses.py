"""Answers of page controllers: a whole page, a block of it for htmx, or another address."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

from litestar import MediaType, Response
from litestar.datastructures import Cookie

from app.ui.flash import spent
from app.ui.frame import Frame
from app.ui.looks import AnyRequest
from app.ui.templating import environment, render

Html = Response[str]
_VARY = "HX-Request, HX-Target"


def from_htmx(request: AnyRequest) -> bool:
    return request.headers.get("hx-request") == "true"


def page(
    request: AnyRequest,
    template: str,
    frame: Frame,
    content: object,
    *,
    blocks: Sequence[str] = (),
    status: int = 200,
    headers: dict[str, str] | None = None,
    cookies: Sequence[Cookie] = (),
) -> Html:
    """The page; for htmx the block its target names (a block is called like the id of its element), or `blocks`."""
    wanted: Sequence[str] = ()
    if from_htmx(request):
        target = request.headers.get("hx-target", "")
        wanted = blocks or ((target,) if target in environment().get_template(template).blocks else ())
    sent = list(cookies)
    if frame.flash and not wanted:
        sent.append(spent())
    return Response(
        render(template, frame, content, wanted),
        media_type=MediaType.HTML,
        status_code=status,
        headers={"Vary": _VARY, **(headers or {})},
        cookies=sent,
    )


def redirect(request: AnyRequest, to: str, *, cookies: Sequence[Cookie] = ()) -> Response[Any]:
    """On to another address with GET; `to` is a path of ours. htmx is told to load it as a page."""
    if from_htmx(request):
        return Response(None, status_code=200, headers={"HX-Redirect": to}, cookies=list(cookies))
    return Response(None, status_code=303, headers={"Location": to}, cookies=list(cookies))


def many(value: str | list[str] | None) -> list[str]:
    """What was ticked: a form with one box ticked sends one text, not a list."""
    if value is None:
        return []
    return [value] if isinstance(value, str) else value


def own_path(address: str, otherwise: str = "/") -> str:
    """`address` when it is a path of this site, so that no form can send a person elsewhere.

    Letters beyond ASCII are percent-encoded, as a header wants them; a control character is never part of a path.
    """
    if not address.startswith("/") or address.startswith("//") or "\\" in address or not _writable(address):
        return otherwise
    return "".join(char if char.isascii() else quote(char) for char in address)


def _writable(address: str) -> bool:
    """Whether every character may stand in an address: none is invisible, half a character, or a control."""
    return all(char.isprintable() and char != " " for char in address)
