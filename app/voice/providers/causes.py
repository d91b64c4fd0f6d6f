"""Why a provider failed, in the words that records, pages and the doctor share."""

from __future__ import annotations

from livekit.agents import APIConnectionError, APIStatusError, APITimeoutError

FINAL = frozenset({"unauthorised", "refused"})
"""Causes that trying again at once does not cure."""


class Silent(Exception):
    """A recogniser gave no sign while somebody spoke, or a voice stopped in the middle."""


def cause_of(error: BaseException) -> str:
    """One of the causes of `ModelFailed`, or `silent`."""
    if isinstance(error, Silent):
        return "silent"
    if isinstance(error, APITimeoutError | TimeoutError):
        return "timeout"
    if isinstance(error, APIStatusError):
        return _of_status(error.status_code)
    if isinstance(error, APIConnectionError):
        return _of_connection(error)
    return "broken"


def _of_status(code: int) -> str:
    if code == 429:
        return "rate_limited"
    if code in (401, 403):
        return "unauthorised"
    if 400 <= code < 500:
        return "refused"
    return "server_error" if 500 <= code < 600 else "broken"  # a socket's close code, or none at all


def _of_connection(error: APIConnectionError) -> str:
    below: BaseException | None = error.__cause__
    while below is not None:  # some plugins hide the answer's status below a connection error of their own
        if isinstance(below, APIStatusError | APITimeoutError | TimeoutError):
            return cause_of(below)
        if isinstance(below, ValueError | LookupError | TypeError):
            return "broken"  # what came is not the protocol
        below = below.__cause__
    return "broken" if "unexpectedly" in error.message else "unreachable"
