"""Signing in and out, the person's profile, and the choice of language, theme and shortcuts."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Annotated, Any

from litestar import Controller, MediaType, Response, get, post
from litestar.params import FromQuery, QueryParameter, URLEncodedBody

from app.errors import OtklikError, SignInFailed, TooManyRequests
from app.i18n import LANGUAGES, translate
from app.runtime import Runtime
from app.security.cookies import expired_session_cookie, session_cookie, session_token
from app.security.csrf import Csrf
from app.security.rate_limit import RateLimiter
from app.security.sign_in_limit import SignInLimit
from app.settings import WebSettings, read
from app.tenants.signing_in import LONGEST, SignIn, end_session, set_preferences, sign_in, sign_out
from app.ui.frame import THEMES, CompanyFrame
from app.ui.looks import AnyRequest, look_cookies
from app.ui.responses import Html, from_htmx, own_path, page, redirect
from app.ui.visits import Guest, Now, Rt, Visit, address_of, provide_visit, visit_or_none


@dataclass(frozen=True)
class SignInPage:
    """The form, with what was typed but the password."""

    next: str = "/"
    email: str = ""
    problem: str = ""
    notice: str = ""


@dataclass(frozen=True)
class AgainProblem:
    """Why signing in again did not work."""

    problem: str


@dataclass(frozen=True)
class MePage:
    """The person's own settings; all of them are in the frame."""


@dataclass
class SignInForm:
    """What the person typed. `again`: asked inside a page whose session has ended."""

    email: str = ""
    password: str = ""
    next: str = "/"
    again: str = ""


@dataclass
class PreferencesForm:
    """What was pressed; None: not this one."""

    language: str | None = None
    theme: str | None = None
    shortcuts: str | None = None
    back: str = "/"


class SignInPages(Controller):
    """`/sign-in`, `/sign-out`, `/me`, `/preferences`."""

    @get("/sign-in")
    async def ask(
        self,
        *,
        request: AnyRequest,
        rt: Rt,
        now: Now,
        wanted: Annotated[str, QueryParameter(name="next")] = "/",
        out: FromQuery[int] = 0,
    ) -> Response[Any]:
        if await visit_or_none(request, rt, now) is not None:
            return redirect(request, own_path(wanted))
        guest = Guest(request, now)
        frame = guest.frame()
        notice = ""
        if out:
            notice = translate(frame.lang, "ui.sign_in.out")
        elif own_path(wanted) != "/":
            notice = translate(frame.lang, "ui.sign_in.first")
        return page(request, "sign_in.html", frame, SignInPage(next=own_path(wanted), notice=notice))

    @post("/sign-in", status_code=200)
    async def enter(self, request: AnyRequest, rt: Rt, now: Now, data: URLEncodedBody[SignInForm]) -> Response[Any]:
        """A new session, or the form again. Inside a page: only the new token, so that the page can go on."""
        try:
            made = await _sign_in(request, rt, now, data)
        except (SignInFailed, TooManyRequests) as error:
            return _refused(request, now, data, error)
        older = session_token(request)
        if older is not None:
            await end_session(rt.db, older, at=now)
        cookies = [session_cookie(request, made.token, lasts=min(read(WebSettings).session_ttl, LONGEST))]
        if from_htmx(request):
            token = Csrf(rt.csrf_key).token(made.token)
            news = {"HX-Trigger": json.dumps({"signed-in": {"csrf": token}}), "HX-Reswap": "none"}
            return Response("", media_type=MediaType.HTML, headers=news, cookies=cookies)
        return redirect(request, own_path(data.next), cookies=cookies)

    @post("/sign-out")
    async def leave(self, request: AnyRequest, rt: Rt, now: Now) -> Response[Any]:
        visit = await visit_or_none(request, rt, now)
        if visit is not None:
            await sign_out(rt.db, visit.session, at=now)
        return redirect(request, "/sign-in?out=1", cookies=[expired_session_cookie(request)])

    @get("/me")
    async def me(self, request: AnyRequest, rt: Rt, now: Now) -> Html:
        visit = await provide_visit(request, rt, now)
        return page(request, "me.html", replace(visit.frame(), company=_company(visit), section="me"), MePage())

    @post("/preferences")
    async def choose(
        self, request: AnyRequest, rt: Rt, now: Now, data: URLEncodedBody[PreferencesForm]
    ) -> Response[Any]:
        """Keeps the choice with the person, and in the browser for pages before sign-in."""
        language = data.language if data.language in LANGUAGES else None
        theme = data.theme if data.theme in THEMES else None
        shortcuts = data.shortcuts if data.shortcuts in ("on", "off") else None
        visit = await visit_or_none(request, rt, now)
        if visit is not None:
            await set_preferences(rt.db, visit.session.user_id, language=language, theme=theme)
        cookies = look_cookies(language=language, theme=theme, shortcuts=shortcuts)
        return redirect(request, own_path(data.back), cookies=cookies)


def _company(visit: Visit) -> CompanyFrame | None:
    """The company whose page led here, else the first: its sidebar stays around the profile."""
    came_from = visit.request.headers.get("referer", "")
    found = next((c for c in visit.companies if f"/c/{c.slug}/" in came_from), next(iter(visit.companies), None))
    return CompanyFrame(found.slug, found.name, found.role) if found else None


async def _sign_in(request: AnyRequest, rt: Runtime, now: datetime, data: SignInForm) -> SignIn:
    """Raises SignInFailed, TooManyRequests, LimitUnreadable."""
    settings = read(WebSettings)
    limiter: RateLimiter = request.app.state.limiter
    limit = SignInLimit(limiter, attempts=settings.sign_in_attempts, window=settings.sign_in_window)
    address = address_of(request) or "unknown"
    await limit.count(email=data.email, address=address)
    made = await sign_in(
        rt.db,
        rt.passwords,
        email=data.email,
        password=data.password,
        ttl=settings.session_ttl,
        at=now,
        ip=address_of(request),
        agent=request.headers.get("user-agent"),
    )
    await limit.succeeded(email=data.email, address=address)
    return made


def _refused(request: AnyRequest, now: datetime, data: SignInForm, error: OtklikError) -> Response[Any]:
    frame = Guest(request, now).frame()
    problem = error.text(frame.lang)
    if from_htmx(request):
        return page(request, "sign_in_again.html", frame, AgainProblem(problem), blocks=("problem",), status=422)
    content = SignInPage(next=own_path(data.next), email=data.email, problem=problem)
    return page(request, "sign_in.html", frame, content, status=422)
