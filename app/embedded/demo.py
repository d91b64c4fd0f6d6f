"""The demo company of an embedded installation: an owner, three published bots, an API key, a webhook endpoint that
leads to the receiver inside the installation. Made on the first start; later starts only correct the receiver's
address, because the port may have changed.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from app.bots import drafting, publishing
from app.db import lookups
from app.db.base import new_id
from app.db.session import TenantDb
from app.runtime import Runtime
from app.tenants import founding
from app.tenants.actors import SCOPES, person
from app.tenants.api_keys import create_key
from app.tenants.models import Role
from app.webhooks import demo_receiver, endpoints, queries

COMPANY = "demo"
EMAIL = "demo@otklik.local"
BOTS = (
    ("dental", "Запись к стоматологу"),
    ("viewings", "Показ квартир"),
    ("parcels", "Parcel delivery"),
)
EXAMPLES = Path(__file__).resolve().parents[2] / "examples"


@dataclass(frozen=True)
class DemoAccess:
    """How to get in. The password and the key are in files that only the owner of the installation can read."""

    company: str
    email: str
    password_file: Path
    api_key_file: Path
    created: bool
    """Whether this start made it, so that the password and the key are worth showing."""


async def seed(rt: Runtime, home: Path, base_url: str) -> DemoAccess:
    """Makes what is missing; `base_url` is the dashboard's address, without a slash at the end.

    Raises OSError when the files cannot be written. Nothing is half made: a start that died before the company was
    committed begins again, with the password already on disk.
    """
    access = DemoAccess(COMPANY, EMAIL, home / "demo-password", home / "demo-api-key", created=False)
    async with rt.db.system() as db:
        company = await lookups.company_by_slug(db, COMPANY)
        account = await lookups.user_for_sign_in(db, EMAIL)
    if company is None:
        user_id = account.id if account else await _person(rt, access.password_file)
        company_id, owner = new_id(), person(user_id, Role.OWNER)
        sources = {slug: await _source(slug) for slug, _ in BOTS}
        receiver = await endpoints.checked(rt, demo_receiver.address(base_url, company_id), by=owner)
        async with rt.db.tenant(company_id, person=user_id) as db:
            await _company(db, rt, user_id, receiver, sources=sources, api_key_file=access.api_key_file)
        return DemoAccess(access.company, access.email, access.password_file, access.api_key_file, created=True)
    async with rt.db.tenant(company.id) as db:
        await _correct_receiver(db, company.id, base_url)
    return access


async def _person(rt: Runtime, password_file: Path) -> UUID:
    password = secrets.token_urlsafe(12)
    write_private(password_file, password)
    user_id = new_id()
    password_hash = await rt.passwords.hash(password)
    async with rt.db.person(user_id) as db:
        await founding.create_person(
            db, user_id, email=EMAIL, name="Ольга Климова", password_hash=password_hash, at=rt.clock()
        )
    return user_id


async def _source(slug: str) -> drafting.CheckedSource:
    return await drafting.checked_source((EXAMPLES / f"{slug}.yaml").read_text(encoding="utf-8"), f"{slug}.yaml")


async def _company(
    db: TenantDb,
    rt: Runtime,
    user_id: UUID,
    receiver: endpoints.CheckedUrl,
    *,
    sources: Mapping[str, drafting.CheckedSource],
    api_key_file: Path,
) -> None:
    at, owner = rt.clock(), person(user_id, Role.OWNER)
    await founding.create_company(
        db,
        slug=COMPANY,
        name="Демо: Отклик",
        zone="Europe/Moscow",
        language="ru",
        region="RU",
        by=owner,
        at=at,
    )
    await founding.add_member(db, user_id, Role.OWNER, by=owner, at=at)
    for slug, name in BOTS:
        bot = await drafting.create_bot(db, slug=slug, name=name, by=owner, at=at)
        config = await drafting.save_draft(db, bot.id, sources[slug], by=owner, at=at)
        await publishing.publish(db, bot.id, config.version, sources[slug], by=owner, at=at)
    await endpoints.create(db, rt, receiver, description="Демо-приёмник", by=owner, at=at)
    _, key = await create_key(db, name="Demo", scopes=list(SCOPES), by=owner, at=at)
    write_private(api_key_file, key)


async def _correct_receiver(db: TenantDb, company_id: UUID, base_url: str) -> None:
    """Points the demo endpoint at today's port. Only an endpoint that leads to the receiver is touched."""
    wanted = demo_receiver.address(base_url, company_id)
    for endpoint in await db.scalars(queries.endpoints()):
        if demo_receiver.is_address(endpoint.url, company_id) and endpoint.url != wanted:
            endpoint.url = wanted


def write_private(path: Path, text: str) -> None:
    """Writes a file that only its owner can read. Raises OSError."""
    path.unlink(missing_ok=True)
    path.touch(mode=0o600)
    path.write_text(text + "\n", encoding="utf-8")
