"""Isolation is the database's: every table, walked by its catalog, not by a list that somebody must remember."""

from __future__ import annotations

from uuid import UUID

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError

from app.db import models
from app.db.base import TenantRow, new_id
from app.runtime import Runtime
from tests.support.world import World, new_world

pytestmark = pytest.mark.integration

TABLES = sorted(models.Base.metadata.tables)
TENANT_TABLES = sorted(
    mapper.class_.__tablename__ for mapper in models.Base.registry.mappers if issubclass(mapper.class_, TenantRow)
)


async def test_row_level_security_is_enabled_and_forced_with_a_policy_on_every_table(rt: Runtime) -> None:
    async with rt.db.system() as db:
        rows = await db.execute(
            text(
                "select c.relname, c.relrowsecurity, c.relforcerowsecurity,"
                " array(select p.polname::text from pg_policy p where p.polrelid = c.oid)"
                " from pg_class c join pg_namespace n on n.oid = c.relnamespace"
                " where n.nspname = 'public' and c.relkind in ('r', 'p') and c.relname <> 'alembic_version'"
            )
        )
        found = {name: (enabled, forced, policies) for name, enabled, forced, policies in rows}
    assert sorted(found) == TABLES
    for table, (enabled, forced, policies) in found.items():
        assert (enabled, forced) == (True, True), table
        assert f"{table}_scope" in policies


async def test_the_application_role_owns_nothing_and_bypasses_nothing(rt: Runtime) -> None:
    async with rt.db.system() as db:
        role = (
            await db.execute(
                text(
                    "select rolsuper, rolbypassrls, rolcreaterole, rolcreatedb from pg_roles"
                    " where rolname = current_user"
                )
            )
        ).one()
        owned = await db.scalar(
            text("select count(*) from pg_class c join pg_roles r on r.oid = c.relowner where r.rolname = current_user")
        )
    assert tuple(role) == (False, False, False, False)
    assert owned == 0


def test_every_foreign_key_between_tenant_tables_includes_the_company() -> None:
    for name in TENANT_TABLES:
        for key in models.Base.metadata.tables[name].foreign_key_constraints:
            if key.referred_table.name in TENANT_TABLES:
                assert "company_id" in key.column_keys, f"{name}: {key.column_keys}"


async def test_without_a_scope_no_table_shows_a_row(rt: Runtime, world: World) -> None:
    await world.bot()
    async with rt.db.system() as db:
        for table in TABLES:
            assert await db.scalar(select(func.count()).select_from(models.Base.metadata.tables[table])) == 0, table


async def test_a_company_sees_its_own_rows_and_nobody_elses(rt: Runtime, world: World) -> None:
    bot = await world.bot()
    other = await new_world(rt)
    async with rt.db.tenant(world.company_id) as db:
        assert await db.get(models.bots.Bot, (world.company_id, bot.id)) is not None
    async with rt.db.tenant(other.company_id) as db:
        assert await db.get(models.bots.Bot, (world.company_id, bot.id)) is None
        for table in TENANT_TABLES:
            columns = models.Base.metadata.tables[table].c
            foreign = select(func.count()).where(columns.company_id == world.company_id)
            assert await db.scalar(foreign) == 0, table
        people = set(await db.scalars(select(models.tenants.User.id)))
        assert people == {other.owner_id}


async def test_a_row_of_another_company_can_be_neither_written_changed_nor_pointed_at(
    rt: Runtime, world: World
) -> None:
    bot = await world.bot()
    other = await new_world(rt)
    theft = models.bots.PhoneNumber(company_id=world.company_id, e164="+70000000001", bot_id=bot.id)
    with pytest.raises(DBAPIError, match="row-level security"):
        async with rt.db.tenant(other.company_id) as db:
            db.add(theft)
    pointing = models.bots.PhoneNumber(company_id=other.company_id, e164="+70000000002", bot_id=bot.id)
    with pytest.raises(DBAPIError, match="foreign key"):
        async with rt.db.tenant(other.company_id) as db:
            db.add(pointing)
    async with rt.db.tenant(other.company_id) as db:
        changed = await db.execute(text("update bot set name = 'stolen' where id = :id"), {"id": bot.id})
        removed = await db.execute(text("delete from bot where id = :id"), {"id": bot.id})
        assert (_count(changed), _count(removed)) == (0, 0)


async def test_the_scope_ends_with_its_transaction(rt: Runtime, world: World) -> None:
    async with rt.db.tenant(world.company_id) as db:
        process = await db.scalar(text("select pg_backend_pid()"))
        assert await db.scalar(select(func.count()).select_from(models.tenants.Company)) == 1
    for _ in range(20):
        async with rt.db.system() as system:
            if await system.scalar(text("select pg_backend_pid()")) == process:
                assert await system.scalar(select(func.count()).select_from(models.tenants.Company)) == 0
                return
    pytest.fail("the connection of the tenant's transaction was never used again")


async def test_the_audit_log_cannot_be_rewritten(rt: Runtime, world: World) -> None:
    await world.bot()
    for statement in ("update audit_log set action = 'x'", "delete from audit_log"):
        with pytest.raises(DBAPIError, match="permission denied"):
            async with rt.db.tenant(world.company_id) as db:
                await db.execute(text(statement))


async def test_only_the_named_functions_cross_companies(rt: Runtime) -> None:
    async with rt.db.system() as db:
        rows = await db.execute(
            text(
                "select p.proname::text, p.prosecdef, coalesce(array_to_string(p.proconfig, ','), ''),"
                " has_function_privilege('public', p.oid, 'execute')"
                " from pg_proc p join pg_namespace n on n.oid = p.pronamespace where n.nspname = 'public'"
            )
        )
        found = {name: (definer, config, public) for name, definer, config, public in rows}
    assert set(found) == {
        "recordings_due",
        "call_by_room",
        "user_for_sign_in",
        "session_by_token",
        "companies_of_user",
        "company_by_slug",
        "api_key_by_prefix",
        "bot_by_number",
        "outbox_claim",
        "outbox_forget",
        "outbox_given_up",
        "endpoints_due",
        "calls_abandoned",
        "endpoints_with_old_secrets",
    }
    for name, (definer, config, public) in found.items():
        assert (definer, public) == (True, False), name
        assert config == "search_path=public, pg_temp", name


def _count(result: object) -> int:
    count = getattr(result, "rowcount", None)
    assert isinstance(count, int)
    return count


def test_ids_sort_by_time() -> None:
    ids: list[UUID] = [new_id() for _ in range(100)]
    assert ids == sorted(ids)
    assert all(made.version == 7 for made in ids)
