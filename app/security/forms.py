"""How much a page's form may be: parsing one takes the process's own time, before anybody knows who sent it."""

from __future__ import annotations

from typing import Any

from litestar import Request
from litestar.exceptions import ClientException
from litestar.status_codes import HTTP_413_REQUEST_ENTITY_TOO_LARGE
from litestar.types import HTTPReceiveMessage, Receive, WebSocketReceiveMessage

MAX_FORM = 64 * 1024
"""Bytes of a form's body. Pages send no scenarios and no files."""
MAX_FIELDS = 100
"""Fields of a form."""


class FormTooLarge(ClientException):
    """More bytes or more fields than any form of ours has."""

    status_code = HTTP_413_REQUEST_ENTITY_TOO_LARGE


async def read_form(request: Request[Any, Any, Any]) -> None:
    """Reads the body, which Litestar then keeps for whoever parses it; the request's `receive` is a `counted` one.

    Raises FormTooLarge before anything is parsed.
    """
    announced = request.content_length
    if announced is not None and announced > MAX_FORM:
        raise FormTooLarge
    if (await request.body()).count(b"&") >= MAX_FIELDS:
        raise FormTooLarge


def counted(receive: Receive) -> Receive:
    """`receive`, which raises FormTooLarge when more than a form came: a chunked body announces no length."""
    read = 0

    async def counting() -> HTTPReceiveMessage | WebSocketReceiveMessage:
        nonlocal read
        message = await receive()
        if message["type"] == "http.request":
            read += len(message["body"])
            if read > MAX_FORM:
                raise FormTooLarge
        return message

    return counting
