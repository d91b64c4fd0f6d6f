"""Who is looking: the signed-in person, and the company whose page it is. What pages ask for as `visit` and `entry`."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime

from litestar.di import NamedDependency, Provide
from litestar.params import FromPath

from app.db import lookups
from app.db.lookups import MembershipRow, SessionRow
from app.db.session import TenantDb
from app.errors import NotAuthenticated, NotFound
from app.runtime import Runtime
from app.security.cookies import prolong_session_cookie, session_token
from app.security.csrf import csrf_token
from app.settings import WebSettings, read
from app.tenants.actors import Actor, person
from app.tenants.models import Role
from app.tenants.signing_in import session_of
from app.ui import responses
from app.ui.flash import read_flash
from app.ui.formats import Formats
from app.ui.frame import CompanyChoice, CompanyFrame, Frame, PersonFrame
from app.ui.looks import AnyRequest, look_of
from app.ui.responses import Html
from app.webhooks import queries as webhooks

DEFAULT_ZONE = "Europe/Moscow"


def path_of(request: AnyRequest) -> str:
    """Path and query of the page being looked at. After a form was sent, the path it was sent to."""
    query = request.url.query
    return request.url.path + (f"?{query}" if query else "")


def address_of(request: AnyRequest) -> str | None:
    """Where the request comes from."""
    return request.client.host if request.client else None


@dataclass(frozen=True)
class Guest:
    """Somebody who has not signed in, or need not."""

    request: AnyRequest
    now: datetime

    def frame(self) -> Frame:
        look = look_of(self.request)
        return Frame(
            lang=look.lang,
            theme=look.theme,
            shortcuts=look.shortcuts,
            csrf=csrf_token(self.request.scope),
            path=path_of(self.request),
            formats=Formats(look.lang, DEFAULT_ZONE, self.now),
            flash=read_flash(self.request, look.lang),
        )


@dataclass(frozen=True)
class Visit:
    """A signed-in person."""

    request: AnyRequest
    rt: Runtime
    now: datetime
    session: SessionRow
    companies: Sequence[MembershipRow]

    @property
    def lang(self) -> str:
        return look_of(self.request, language=self.session.language).lang

    def frame(self) -> Frame:
        look = look_of(self.request, language=self.session.language, theme=self.session.theme)
        return Frame(
            lang=look.lang,
            theme=look.theme,
            shortcuts=look.shortcuts,
            csrf=csrf_token(self.request.scope),
            path=path_of(self.request),
            formats=Formats(look.lang, DEFAULT_ZONE, self.now),
            person=PersonFrame(self.session.name, self.session.email),
            companies=tuple(CompanyChoice(c.slug, c.name, c.role) for c in self.companies),
            flash=read_flash(self.request, look.lang),
        )


@dataclass(frozen=True)
class Entry:
    """A person in one of the person's companies."""

    visit: Visit
    company: MembershipRow

    @property
    def rt(self) -> Runtime:
        return self.visit.rt

    @property
    def request(self) -> AnyRequest:
        return self.visit.request

    @property
    def now(self) -> datetime:
        return self.visit.now

    @property
    def lang(self) -> str:
        return self.visit.lang

    @property
    def formats(self) -> Formats:
        return Formats(self.lang, self.company.zone, self.now, masked=self.company.role == Role.VIEWER)

    @property
    def actor(self) -> Actor:
        """The person as the one who acts."""
        return person(self.visit.session.user_id, Role(self.company.role), address_of(self.request))

    @property
    def may_try(self) -> bool:
        return self.actor.may("bots:try")

    def url(self, path: str = "") -> str:
        return f"/c/{self.company.slug}/{path}"

    @asynccontextmanager
    async def db(self) -> AsyncIterator[TenantDb]:
        """One transaction in this company."""
        async with self.rt.db.tenant(self.company.id, person=self.visit.session.user_id) as db:
            yield db

    async def frame(self, db: TenantDb, section: str) -> Frame:
        """The frame of a page of this company."""
        failing = await db.scalar(webhooks.any_failing())
        return replace(
            self.visit.frame(),
            formats=self.formats,
            company=CompanyFrame(self.company.slug, self.company.name, self.company.role, bool(failing)),
            section=section,
        )

    def page(
        self,
        template: str,
        frame: Frame,
        content: object,
        *,
        blocks: Sequence[str] = (),
        status: int = 200,
        headers: dict[str, str] | None = None,
    ) -> Html:
        """The page, or the blocks htmx asks for."""
        return responses.page(self.request, template, frame, content, blocks=blocks, status=status, headers=headers)


async def visit_or_none(request: AnyRequest, rt: Runtime, now: datetime) -> Visit | None:
    """The signed-in person behind a request, if there is one."""
    token = session_token(request)
    session = await session_of(rt.db, token, ttl=read(WebSettings).session_ttl, at=now) if token else None
    if token is None or session is None:
        return None
    if session.last_seen_at == now:
        prolong_session_cookie(request, token, lasts=session.expires_at - now)
    async with rt.db.system() as db:
        companies = await lookups.companies_of_user(db, session.user_id)
    return Visit(request, rt, now, session, companies)


async def provide_visit(request: AnyRequest, rt: NamedDependency[Runtime], now: NamedDependency[datetime]) -> Visit:
    """For pages that need a person. Raises NotAuthenticated."""
    visit = await visit_or_none(request, rt, now)
    if visit is None:
        raise NotAuthenticated
    return visit


async def provide_entry(
    request: AnyRequest, rt: NamedDependency[Runtime], now: NamedDependency[datetime], slug: FromPath[str]
) -> Entry:
    """For pages of a company. Raises NotAuthenticated; NotFound also for a company of other people."""
    visit = await provide_visit(request, rt, now)
    company = next((c for c in visit.companies if c.slug == slug), None)
    if company is None:
        raise NotFound
    return Entry(visit, company)


VISIT = {"visit": Provide(provide_visit)}
ENTRY = {"entry": Provide(provide_entry)}
"""What a controller needs to ask for a visit or an entry."""

Rt = NamedDependency[Runtime]
Now = NamedDependency[datetime]
Person = NamedDependency[Visit]
Here = NamedDependency[Entry]
