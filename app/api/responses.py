"""What operations may answer besides success, for the OpenAPI description."""

from __future__ import annotations

from litestar.openapi.datastructures import ResponseSpec

from app.api.problems import MEDIA_TYPE, PROBLEM_EXAMPLE, Problem


def _problem(description: str) -> ResponseSpec:
    return ResponseSpec(
        data_container=Problem,
        description=description,
        media_type=MEDIA_TYPE,
        generate_examples=False,
        examples=[PROBLEM_EXAMPLE],
    )


_ALWAYS = {
    400: _problem("The request cannot be read."),
    401: _problem("No key, or one that is unknown, expired or revoked."),
    403: _problem("The key has not the scope."),
    429: _problem("A rate limit is used up; see Retry-After."),
    503: _problem("A server of the installation is away; nothing was changed."),
}
_NOT_FOUND = {404: _problem("There is no such thing in this company.")}
_INVALID = {422: _problem("The request is wrong; `errors` lists what.")}

READS: dict[int, ResponseSpec] = {**_ALWAYS, **_INVALID}
READS_ONE: dict[int, ResponseSpec] = {**READS, **_NOT_FOUND}
WRITES: dict[int, ResponseSpec] = {**READS_ONE, 409: _problem("It is not in a state for that, or a name is taken.")}
