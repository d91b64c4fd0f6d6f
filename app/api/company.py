"""The company behind the key: what an integrator calls first, to see that the key works."""

from __future__ import annotations

from litestar import Controller, get

from app.api.auth import Db, Who
from app.api.responses import READS
from app.api.schemas import CompanyOut
from app.tenants import queries


class CompanyApi(Controller):
    """`/company`."""

    path = "/company"
    tags = ("company",)

    @get(summary="The key's company and scopes", operation_id="getCompany", responses=READS)
    async def show(self, db: Db, who: Who) -> CompanyOut:
        """Works with every valid key: use it to check one."""
        company = await queries.company(db)
        return CompanyOut(
            id=company.id,
            slug=company.slug,
            name=company.name,
            zone=company.zone,
            language=company.language,
            region=company.region,
            scopes=sorted(who.rights),
        )
