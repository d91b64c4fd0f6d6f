"""The embedded PostgreSQL and Valkey by themselves: what a restart finds, what a kill leaves."""

from __future__ import annotations

import asyncpg
import pytest

from tests.conftest import Servers

pytestmark = pytest.mark.integration


async def test_the_programs_role_neither_owns_tables_nor_passes_row_level_security(test_servers: Servers) -> None:
    connection = await asyncpg.connect(test_servers.postgres.app)
    try:
        row = await connection.fetchrow(
            "select rolsuper, rolbypassrls, rolcreatedb from pg_roles where rolname = current_user"
        )
        assert tuple(row) == (False, False, False)
    finally:
        await connection.close()


async def test_a_wrong_password_is_refused_even_from_this_machine(test_servers: Servers) -> None:
    with pytest.raises(asyncpg.InvalidPasswordError):
        await asyncpg.connect(test_servers.postgres.app.replace("otklik_app:", "otklik_app:x"))


async def test_cyrillic_is_lowered_and_compared_as_unicode(test_servers: Servers) -> None:
    connection = await asyncpg.connect(test_servers.postgres.app)
    try:
        assert await connection.fetchval("select lower('ЁЛКА')") == "ёлка"
    finally:
        await connection.close()
