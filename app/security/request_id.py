"""The reference of a request: in its answer's `X-Request-Id`, on every error page, and in the log beside the cause."""

from __future__ import annotations

import secrets

from litestar.types import Scope

HEADER = "x-request-id"
_STATE = "otklik_request_id"


def request_id(scope: Scope) -> str:
    """This request's id, 16 hexadecimal digits, made when first asked for. A client cannot choose it."""
    state = scope["state"]
    if _STATE not in state:
        state[_STATE] = secrets.token_hex(8)
    return str(state[_STATE])
