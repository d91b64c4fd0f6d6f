"""What most tests begin with: a company with an owner, and a bot with a published scenario."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from uuid import UUID

from app.bots import drafting, publishing
from app.bots.models import Bot
from app.db.base import new_id
from app.runtime import Runtime
from app.tenants import founding
from app.tenants.actors import SCOPES, SYSTEM, Actor, person
from app.tenants.api_keys import create_key
from app.tenants.models import Role
from app.tenants.signing_in import SignIn, sign_in

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
PASSWORD = "correct horse battery"


@dataclass(frozen=True)
class World:
    """A company and its owner. Every test makes its own, so tests share a database without seeing each other."""

    rt: Runtime
    company_id: UUID
    slug: str
    owner_id: UUID
    email: str
    owner: Actor

    async def member(self, role: Role) -> Actor:
        """Another person of the company."""
        user_id = await _person(self.rt, f"{role.value}-{new_id().hex[-10:]}@example.com")
        async with self.rt.db.tenant(self.company_id, person=user_id) as db:
            await founding.add_member(db, user_id, role, by=SYSTEM, at=self.rt.clock())
        return person(user_id, role)

    async def bot(self, example: str = "dental", *, slug: str | None = None, source: str | None = None) -> Bot:
        """A bot with a published version: an example's scenario, or `source`."""
        text = source if source is not None else (EXAMPLES / f"{example}.yaml").read_text(encoding="utf-8")
        checked = await drafting.checked_source(text, f"{slug or example}.yaml")
        async with self.rt.db.tenant(self.company_id) as db:
            at = self.rt.clock()
            bot = await drafting.create_bot(db, slug=slug or example, name=example.title(), by=self.owner, at=at)
            config = await drafting.save_draft(db, bot.id, checked, by=self.owner, at=at)
            await publishing.publish(db, bot.id, config.version, checked, by=self.owner, at=at)
        return bot

    async def key(self, *scopes: str) -> str:
        """The text of a new API key; every scope unless some are named."""
        async with self.rt.db.tenant(self.company_id) as db:
            _, text = await create_key(
                db, name="test", scopes=list(scopes or SCOPES), by=self.owner, at=self.rt.clock()
            )
        return text

    async def sign_in(self) -> SignIn:
        """A session of the owner."""
        return await sign_in(
            self.rt.db,
            self.rt.passwords,
            email=self.email,
            password=PASSWORD,
            ttl=timedelta(days=1),
            at=self.rt.clock(),
            ip="127.0.0.1",
            agent="test",
        )


async def new_world(rt: Runtime, *, language: str = "ru", zone: str = "Europe/Moscow", region: str = "RU") -> World:
    """A company of its own, founded now."""
    company_id = new_id()
    mark = company_id.hex[-12:]
    email = f"owner-{mark}@example.com"
    owner_id = await _person(rt, email)
    async with rt.db.tenant(company_id, person=owner_id) as db:
        at = rt.clock()
        await founding.create_company(
            db, slug=f"c-{mark}", name="Клиника «Улыбка»", zone=zone, language=language, region=region, by=SYSTEM, at=at
        )
        await founding.add_member(db, owner_id, Role.OWNER, by=SYSTEM, at=at)
    return World(rt, company_id, f"c-{mark}", owner_id, email, person(owner_id, Role.OWNER))


async def _person(rt: Runtime, email: str) -> UUID:
    user_id = new_id()
    password_hash = await rt.passwords.hash(PASSWORD)
    async with rt.db.person(user_id) as db:
        await founding.create_person(
            db, user_id, email=email, name="Ольга Климова", password_hash=password_hash, at=rt.clock()
        )
    return user_id
