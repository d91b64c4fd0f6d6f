"""Row-level security: the statements a migration runs for each table.

FORCED, so that the owner's own policy is explicit; the application role owns nothing and bypasses nothing. The scope
is set for one transaction by `app.db.session`; without it a policy compares with NULL and shows no rows.
"""

from __future__ import annotations

COMPANY = "nullif(current_setting('otklik.company_id', true), '')::uuid"
PERSON = "nullif(current_setting('otklik.user_id', true), '')::uuid"


def protect(table: str, rule: str, *, check: str | None = None) -> list[str]:
    """Row-level security on `table`: `rule` for everyone, everything for the owner who migrates.

    `rule` says which rows are seen; `check` which may be written (default: the same).
    """
    return [
        f"alter table {table} enable row level security",
        f"alter table {table} force row level security",
        f"create policy {table}_scope on {table} using ({rule}) with check ({check or rule})",
        f"create policy {table}_owner on {table} to current_user using (true) with check (true)",
    ]


def protect_tenant(table: str) -> list[str]:
    """Row-level security on a tenant table: the rows of the company in scope."""
    return protect(table, f"company_id = {COMPANY}")


def grant(table: str, role: str, rights: str = "select, insert, update, delete") -> str:
    """Rights of the application role on `table`."""
    return f'grant {rights} on {table} to "{role}"'


def lookup(signature: str, returns: str, body: str, role: str, *, volatile: bool = False) -> list[str]:
    """A named function that may cross tenants: it runs as the owner and returns only what is needed."""
    name = signature.split("(", 1)[0]
    kinds = ", ".join(
        part.strip().split(" ", 1)[1] for part in signature[len(name) + 1 : -1].split(",") if part.strip()
    )
    return [
        (
            f"create function {signature} returns {returns} language sql {'volatile' if volatile else 'stable'}"
            f" security definer set search_path = public, pg_temp as $body$ {body} $body$"
        ),
        f"revoke all on function {name}({kinds}) from public",
        f'grant execute on function {name}({kinds}) to "{role}"',
    ]
