"""Which company: the picker, and the way to it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from litestar import Controller, Response, get

from app.db.lookups import MembershipRow
from app.ui.responses import Html, page, redirect
from app.ui.visits import VISIT, Person


@dataclass(frozen=True)
class CompaniesPage:
    """The companies of a person."""

    companies: Sequence[MembershipRow]


class CompanyPages(Controller):
    """`/` and `/companies`."""

    dependencies = VISIT

    @get("/")
    async def home(self, visit: Person) -> Response[Any]:
        """Straight into the only company, else to the picker."""
        only = visit.companies[0] if len(visit.companies) == 1 else None
        return redirect(visit.request, f"/c/{only.slug}/" if only else "/companies")

    @get("/companies")
    async def every(self, visit: Person) -> Html:
        return page(visit.request, "companies.html", visit.frame(), CompaniesPage(visit.companies))
