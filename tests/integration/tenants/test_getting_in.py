"""People sign in, keys open the API, and both end at once."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from app.db import lookups
from app.db.base import new_id
from app.errors import Forbidden, InvalidInput, NotFound, SignInFailed
from app.runtime import Runtime
from app.tenants import api_keys, founding, queries, signing_in
from app.tenants.actors import SYSTEM
from app.tenants.models import AuditEntry, Role
from tests.support.world import PASSWORD, World, new_world

pytestmark = pytest.mark.integration
DAY = timedelta(days=1)


async def test_a_person_signs_in_is_recognised_and_signs_out(rt: Runtime, world: World) -> None:
    signed = await world.sign_in()
    session = await signing_in.session_of(rt.db, signed.token, ttl=DAY, at=rt.clock())
    assert session is not None
    assert session.email == world.email
    async with rt.db.system() as db:
        companies = await lookups.companies_of_user(db, session.user_id)
    assert [(company.slug, company.role) for company in companies] == [(world.slug, "owner")]
    await signing_in.sign_out(rt.db, session, at=rt.clock())
    assert await signing_in.session_of(rt.db, signed.token, ttl=DAY, at=rt.clock()) is None


async def test_an_unknown_account_and_a_wrong_password_are_told_the_same(rt: Runtime, world: World) -> None:
    for email, password in ((world.email, "wrong password"), ("nobody@example.com", PASSWORD)):
        with pytest.raises(SignInFailed):
            await signing_in.sign_in(
                rt.db, rt.passwords, email=email, password=password, ttl=DAY, at=rt.clock(), ip=None, agent=None
            )


async def test_a_session_ends_without_use_and_lives_on_with_it(rt: Runtime, world: World) -> None:
    signed = await world.sign_in()
    half = rt.clock() + DAY / 2
    assert await signing_in.session_of(rt.db, signed.token, ttl=DAY, at=half) is not None
    assert await signing_in.session_of(rt.db, signed.token, ttl=DAY, at=half + DAY - timedelta(minutes=1)) is not None
    assert await signing_in.session_of(rt.db, signed.token, ttl=DAY, at=half + 3 * DAY) is None


async def test_a_key_opens_its_company_with_its_scopes_until_it_is_revoked_or_expires(
    rt: Runtime, world: World
) -> None:
    now = rt.clock()
    async with rt.db.tenant(world.company_id) as db:
        key, text = await api_keys.create_key(
            db, name="CRM", scopes=["calls:read"], expires_at=now + DAY, by=world.owner, at=now
        )
    found = await api_keys.company_of_key(rt.db, text, ip=None, at=now)
    assert found is not None
    company_id, actor = found
    assert (company_id, actor.rights) == (world.company_id, frozenset({"calls:read"}))
    assert await api_keys.company_of_key(rt.db, text, ip=None, at=now + DAY) is None
    mistyped = text[:-1] + ("0" if text[-1] != "0" else "1")
    assert await api_keys.company_of_key(rt.db, mistyped, ip=None, at=now) is None
    async with rt.db.tenant(world.company_id) as db:
        await api_keys.revoke_key(db, key.id, by=world.owner, at=now)
    assert await api_keys.company_of_key(rt.db, text, ip=None, at=now) is None


async def test_only_an_owner_makes_keys_only_of_known_scopes_and_only_in_the_company(rt: Runtime, world: World) -> None:
    other = await new_world(rt)
    async with rt.db.tenant(world.company_id) as db:
        key, _ = await api_keys.create_key(db, name="CRM", scopes=["calls:read"], by=world.owner, at=rt.clock())
        with pytest.raises(InvalidInput):
            await api_keys.create_key(db, name="CRM", scopes=["everything"], by=world.owner, at=rt.clock())
        with pytest.raises(InvalidInput):
            await api_keys.create_key(db, name="CRM", scopes=[], by=world.owner, at=rt.clock())
    editor = await world.member(Role.EDITOR)
    async with rt.db.tenant(world.company_id) as db:
        with pytest.raises(Forbidden):
            await api_keys.create_key(db, name="CRM", scopes=["calls:read"], by=editor, at=rt.clock())
    async with rt.db.tenant(other.company_id) as db:
        with pytest.raises(NotFound):
            await api_keys.revoke_key(db, key.id, by=other.owner, at=rt.clock())


async def test_members_see_each_other_and_the_change_is_in_the_audit_log(rt: Runtime, world: World) -> None:
    await world.member(Role.VIEWER)
    async with rt.db.tenant(world.company_id) as db:
        members = await queries.members(db)
        entries = list(await db.scalars(select(AuditEntry).order_by(AuditEntry.id.desc())))
    assert [member.role for member, _ in members] == [Role.OWNER, Role.VIEWER]
    assert [entry.action for entry in entries] == ["member.added", "member.added", "company.created"]


@pytest.mark.parametrize(("field", "value"), [("slug", "Not A Slug"), ("name", " "), ("zone", "Mars/Olympus")])
async def test_a_company_with_a_wrong_field_is_refused(rt: Runtime, field: str, value: str) -> None:
    fields = {"slug": "fine", "name": "Fine", "zone": "UTC", "language": "en", "region": "US", field: value}
    company_id = new_id()
    with pytest.raises(InvalidInput) as caught:
        async with rt.db.tenant(company_id) as db:
            await founding.create_company(db, **fields, by=SYSTEM, at=rt.clock())
    assert caught.value.facts["field"] == field
    assert caught.value.text("ru") != caught.value.text("en")
