"""Row-level security on every table, the application role's rights, and the named functions that cross tenants."""

from __future__ import annotations

from alembic import context, op
from app.db.rls import COMPANY, PERSON, grant, lookup, protect, protect_tenant

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

TENANT_TABLES = (
    "membership",
    "api_key",
    "bot",
    "bot_config",
    "phone_number",
    "call",
    "turn",
    "call_event",
    "collected_field",
    "call_outcome",
    "analysis",
    "webhook_endpoint",
    "webhook_message",
    "webhook_delivery",
    "delivery_attempt",
    "demo_inbox",
    "outbox",
)

# Each: signature, result, body, whether it writes.
FUNCTIONS = (
    (
        "user_for_sign_in(p_email text)",
        "table(id uuid, name text, password_hash text, language text, theme text)",
        "select id, name, password_hash, language, theme from user_account where email = p_email",
        False,
    ),
    (
        "session_by_token(p_token_hash text)",
        (
            "table(id uuid, user_id uuid, name text, email text, language text, theme text, last_seen_at timestamptz,"
            " expires_at timestamptz, revoked_at timestamptz)"
        ),
        (
            "select s.id, u.id, u.name, u.email, u.language, u.theme, s.last_seen_at, s.expires_at, s.revoked_at"
            " from user_session s join user_account u on u.id = s.user_id where s.token_hash = p_token_hash"
        ),
        False,
    ),
    (
        "companies_of_user(p_user_id uuid)",
        "table(id uuid, slug text, name text, zone text, language text, region text, role text)",
        (
            "select c.id, c.slug, c.name, c.zone, c.language, c.region, m.role"
            " from membership m join company c on c.id = m.company_id where m.user_id = p_user_id order by c.id"
        ),
        False,
    ),
    (
        "company_by_slug(p_slug text)",
        "table(id uuid, slug text, name text, zone text, language text, region text)",
        "select id, slug, name, zone, language, region from company where slug = p_slug",
        False,
    ),
    (
        "api_key_by_prefix(p_prefix text)",
        (
            "table(company_id uuid, id uuid, secret_hash text, scopes text[], expires_at timestamptz,"
            " revoked_at timestamptz, last_used_at timestamptz)"
        ),
        (
            "select company_id, id, secret_hash, scopes, expires_at, revoked_at, last_used_at"
            " from api_key where prefix = p_prefix"
        ),
        False,
    ),
    (
        "bot_by_number(p_e164 text)",
        "table(company_id uuid, bot_id uuid, published_version int)",
        (
            "select n.company_id, b.id, b.published_version from phone_number n"
            " join bot b on b.company_id = n.company_id and b.id = n.bot_id where n.e164 = p_e164"
        ),
        False,
    ),
    (
        "outbox_claim(p_unpublished_before timestamptz, p_now timestamptz, p_lease interval, p_give_up int, p_max int)",
        "table(company_id uuid, id uuid, actor text, args jsonb)",
        (
            "update outbox o set published_at = p_now, attempts = o.attempts + 1, updated_at = p_now"
            " from (select company_id, id from outbox where done_at is null and attempts < p_give_up"
            " and ((published_at is null and created_at < p_unpublished_before)"
            " or published_at < p_now - p_lease * least(attempts, 60))"
            " order by created_at limit p_max for update skip locked) due"
            " where o.company_id = due.company_id and o.id = due.id returning o.company_id, o.id, o.actor, o.args"
        ),
        True,
    ),
    (
        "outbox_forget(p_done_before timestamptz, p_max int)",
        "bigint",
        (
            "with gone as (delete from outbox where (company_id, id) in"
            " (select company_id, id from outbox where done_at < p_done_before limit p_max) returning 1)"
            " select count(*) from gone"
        ),
        True,
    ),
    (
        "outbox_given_up(p_give_up int)",
        "bigint",
        "select count(*) from outbox where done_at is null and attempts >= p_give_up",
        False,
    ),
    (
        "endpoints_due(p_now timestamptz, p_after_company uuid, p_after uuid, p_max int)",
        "table(company_id uuid, endpoint_id uuid, due int)",
        (
            "select company_id, endpoint_id, count(*)::int from webhook_delivery"
            " where ((status = 'pending' and next_at <= p_now) or (status = 'sending' and claimed_until <= p_now))"
            " and (company_id, endpoint_id) > (p_after_company, p_after)"
            " group by 1, 2 order by 1, 2 limit p_max"
        ),
        False,
    ),
    (
        "calls_abandoned(p_after uuid, p_max int)",
        "table(company_id uuid, id uuid)",
        (
            "select company_id, id from call where status = 'running' and lease_until < now() and id > p_after"
            " order by id limit p_max"
        ),
        False,
    ),
    (
        "endpoints_with_old_secrets(p_now timestamptz, p_max int)",
        "table(company_id uuid, id uuid)",
        "select company_id, id from webhook_endpoint where previous_secret_until < p_now limit p_max",
        False,
    ),
)

PEOPLE_OF_THE_COMPANY = (
    f"exists (select 1 from membership m where m.company_id = {COMPANY} and m.user_id = user_account.id)"
)


def upgrade() -> None:
    role = context.config.attributes["app_role"]
    statements = [f'grant usage on schema public to "{role}"', f'grant select on alembic_version to "{role}"']
    statements += protect("company", f"id = {COMPANY}")
    statements += protect("user_account", f"id = {PERSON} or {PEOPLE_OF_THE_COMPANY}", check=f"id = {PERSON}")
    statements += protect("user_session", f"user_id = {PERSON}")
    statements += protect_tenant("audit_log")
    # The audit log is written and read, never changed.
    statements.append(grant("audit_log", role, "select, insert"))
    for table in TENANT_TABLES:
        statements += [*protect_tenant(table), grant(table, role)]
    statements += [grant(table, role) for table in ("company", "user_account", "user_session")]
    for signature, returns, body, writes in FUNCTIONS:
        statements += lookup(signature, returns, body, role, volatile=writes)
    for statement in statements:
        op.execute(statement)


def downgrade() -> None:
    role = context.config.attributes["app_role"]
    for signature, _, _, _ in FUNCTIONS:
        op.execute(f"drop function {signature.split('(', 1)[0]}")
    for table in ("company", "user_account", "user_session", "audit_log", *TENANT_TABLES):
        op.execute(f"drop policy {table}_scope on {table}")
        op.execute(f"drop policy {table}_owner on {table}")
        op.execute(f"alter table {table} no force row level security")
        op.execute(f"alter table {table} disable row level security")
        op.execute(f'revoke all on {table} from "{role}"')
    op.execute(f'revoke select on alembic_version from "{role}"')
    op.execute(f'revoke usage on schema public from "{role}"')
