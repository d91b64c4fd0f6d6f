"""Errors of the API as RFC 9457 problem documents. Every answer that is not a success is one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from litestar import Request, Response
from litestar.exceptions import HTTPException, ValidationException
from litestar.openapi.spec import Example

from app.errors import NotAuthenticated, OtklikError, ScenarioRejected
from app.i18n import LANGUAGES, translate
from app.security.request_id import request_id

MEDIA_TYPE = "application/problem+json"
_FRAMEWORK_CODES = {
    400: "malformed",
    404: "not_found",
    405: "method_not_allowed",
    413: "too_large",
    415: "unsupported_media_type",
    429: "too_many_requests",
}
_FRAMEWORK_TITLES = {
    400: "Malformed request",
    404: "Not found",
    405: "Method not allowed",
    413: "Too large",
    415: "Unsupported media type",
    429: "Too many requests",
}


@dataclass(frozen=True)
class ProblemItem:
    """One thing that is wrong: a field of the request (`body.name`, `query.limit`), or a place in a scenario."""

    field: str
    message: str
    line: int | None = None
    column: int | None = None
    fix: str | None = None
    code: str | None = None


@dataclass(frozen=True)
class Problem:
    """What went wrong (RFC 9457). `code` is stable; `detail` is a sentence in the language of Accept-Language."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    request_id: str
    errors: list[ProblemItem] | None = None


PROBLEM_EXAMPLE = Example(
    summary="Another company's id and an unknown one look the same",
    value={
        "type": "/api/v1/docs#not_found",
        "title": "Not found",
        "status": 404,
        "detail": "Not found. Check the link or the id: it may have been deleted.",
        "code": "not_found",
        "request_id": "5f0c9ad1e3b24c77",
    },
)


def language(request: Request[Any, Any, Any]) -> str:
    """The language of ours that the client prefers (Accept-Language, RFC 9110, 12.5.4); English when it names none."""
    return preferred_language(request.headers.get("accept-language", ""))


def preferred_language(header: str) -> str:
    """The same from the header's text; a part that cannot be understood is passed over."""
    wanted: list[tuple[float, str]] = []
    for part in header.lower().split(","):
        code, _, weight = part.strip().partition(";q=")
        try:
            wanted.append((float(weight or 1), code.partition("-")[0]))
        except ValueError:
            continue
    wanted.sort(key=lambda item: -item[0])
    return next((code for weight, code in wanted if code in LANGUAGES and weight > 0), "en")


def of_domain(request: Request[Any, Any, Any], error: OtklikError) -> Response[Problem]:
    """The problem of a domain error."""
    lang = language(request)
    headers = dict(_headers(error))
    errors = scenario_items(error.problems, lang) if isinstance(error, ScenarioRejected) else None
    if "field" in error.facts:
        errors = [ProblemItem(field=str(error.facts["field"]), message=error.text(lang))]
    return _response(
        request, error.status, error.code, title=error.title, detail=error.text(lang), headers=headers, errors=errors
    )


def of_framework(request: Request[Any, Any, Any], error: HTTPException) -> Response[Problem]:
    """The problem of what the framework refused: no route, wrong method, a body or parameter of another shape."""
    lang = language(request)
    if isinstance(error, ValidationException):
        items = [_invalid(item) for item in error.extra if isinstance(item, Mapping)] if error.extra else []
        detail = translate(lang, "api.invalid_request")
        return _response(request, 422, "invalid_request", title="Invalid request", detail=detail, errors=items or None)
    status = error.status_code
    code = _FRAMEWORK_CODES.get(status, "refused")
    detail = translate(lang, f"api.{code}")
    title = _FRAMEWORK_TITLES.get(status, "Refused")
    return _response(request, status, code, title=title, detail=detail, headers=error.headers)


def of_unknown(request: Request[Any, Any, Any]) -> Response[Problem]:
    """A fault of ours: nothing but the reference under which the log has the rest."""
    detail = translate(language(request), "api.internal", reference=request_id(request.scope))
    return _response(request, 500, "internal", title="Internal error", detail=detail)


def all_codes() -> list[tuple[str, int, str]]:
    """Code, status and title of every error that the API may answer with, by code.

    Errors of other rooms are none of these: they are told on the command line, and loaded or not as it happens.
    """
    ours = [kind for kind in OtklikError.__subclasses__() if kind.__module__ == OtklikError.__module__]
    found = {kind.code: (kind.status, kind.title) for kind in ours}
    found |= {code: (status, _FRAMEWORK_TITLES[status]) for status, code in _FRAMEWORK_CODES.items()}
    found |= {"invalid_request": (422, "Invalid request"), "internal": (500, "Internal error")}
    return sorted((code, status, title) for code, (status, title) in found.items())


def scenario_items(problems: Sequence[Any], lang: str) -> list[ProblemItem]:  # Any: app.scenario.problems.Problem
    """The loader's findings as the API shows them, with the fix in words."""
    return [
        ProblemItem(
            field=problem.path,
            message=translate(lang, f"scenario.{problem.code}", **problem.params),
            line=problem.line,
            column=problem.column,
            fix=problem.suggestion or translate(lang, f"scenario.{problem.code}.fix", **problem.params),
            code=problem.code,
        )
        for problem in problems
    ]


def _headers(error: OtklikError) -> Mapping[str, str]:
    if isinstance(error, NotAuthenticated):
        return {"WWW-Authenticate": 'Bearer realm="otklik"'}
    given = error.facts.get("headers")
    if isinstance(given, dict):
        return given
    return {"Retry-After": "5"} if error.status == 503 else {}


def _invalid(item: Mapping[str, Any]) -> ProblemItem:
    source = str(getattr(item.get("source"), "value", item.get("source") or "body"))
    key = str(item.get("key") or "")
    return ProblemItem(field=f"{source}.{key}" if key else source, message=str(item.get("message", "")))


def _response(
    request: Request[Any, Any, Any],
    status: int,
    code: str,
    *,
    title: str,
    detail: str,
    headers: Mapping[str, str] | None = None,
    errors: list[ProblemItem] | None = None,
) -> Response[Problem]:
    problem = Problem(
        type=f"/api/v1/docs#{code}",
        title=title,
        status=status,
        detail=detail,
        code=code,
        request_id=request_id(request.scope),
        errors=errors,
    )
    return Response(problem, status_code=status, media_type=MEDIA_TYPE, headers=dict(headers or {}))
