"""Settings of a company: API keys, and who is in it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from litestar import Controller, Response, get, post
from litestar.params import FromPath, FromQuery, URLEncodedBody

from app.db.session import TenantDb
from app.errors import InvalidInput
from app.i18n import translate
from app.tenants import queries
from app.tenants.actors import SCOPES
from app.tenants.api_keys import create_key, revoke_key
from app.tenants.models import ApiKey
from app.tenants.rules import checked_name
from app.ui import once
from app.ui.flash import flash_cookie
from app.ui.responses import Html, many, redirect
from app.ui.visits import ENTRY, Entry, Here

EXPIRY: tuple[str, ...] = ("never", "30", "90", "365")
"""Days a key may live, as the form offers them."""
USUAL_SCOPES = frozenset({"bots:read", "calls:read"})


@dataclass(frozen=True)
class KeyRow:
    """A key in the list."""

    id: UUID
    name: str
    prefix: str
    state: str
    tone: str
    active: bool
    scopes: str
    last_used_at: datetime | None


@dataclass(frozen=True)
class ScopeChoice:
    """A right a key can be given."""

    code: str
    text: str
    chosen: bool


@dataclass(frozen=True)
class KeysPage:
    """Keys, and the form of a new one with what was typed."""

    keys: tuple[KeyRow, ...]
    may_manage: bool
    scopes: tuple[ScopeChoice, ...]
    expiry_options: tuple[tuple[str, str], ...]
    name: str = ""
    expires: str = "never"
    errors: dict[str, str] = field(default_factory=dict)
    secret: str = ""
    """The new key's text, shown this once."""


@dataclass(frozen=True)
class MemberRow:
    """A person of the company."""

    name: str
    email: str
    role: str
    since: datetime


@dataclass(frozen=True)
class MembersPage:
    """Everybody in the company."""

    members: tuple[MemberRow, ...]


@dataclass
class KeyForm:
    """What the person typed."""

    name: str = ""
    scopes: str | list[str] | None = None
    expires: str = "never"


class SettingsPages(Controller):
    """`/c/{slug}/settings`."""

    path = "/c/{slug:str}/settings"
    dependencies = ENTRY

    @get("/")
    async def first(self, entry: Here) -> Response[Any]:
        return redirect(
            entry.request, entry.url("settings/keys" if entry.actor.may("keys:read") else "settings/members")
        )

    @get("/keys")
    async def keys(self, entry: Here, secret: FromQuery[str] = "") -> Html:
        entry.actor.need("keys:read")
        shown = await once.take(entry, secret)
        async with entry.db() as db:
            frame = await entry.frame(db, "settings")
            content = await load_keys(db, entry, KeyForm(scopes=sorted(USUAL_SCOPES)), secret=shown)
        return entry.page("settings/keys.html", frame, content)

    @post("/keys", status_code=200)
    async def create(self, entry: Here, data: URLEncodedBody[KeyForm]) -> Response[Any]:
        entry.actor.need("keys:write")
        errors = _errors(entry.lang, data)
        days = int(data.expires) if data.expires in EXPIRY[1:] else None
        if not errors:
            async with entry.db() as db:
                _, secret = await create_key(
                    db,
                    name=data.name,
                    scopes=many(data.scopes),
                    expires_at=entry.now + timedelta(days=days) if days else None,
                    by=entry.actor,
                    at=entry.now,
                )
                ticket = await once.keep(entry, secret)
            return redirect(entry.request, entry.url(f"settings/keys?secret={ticket}"))
        async with entry.db() as db:
            frame = await entry.frame(db, "settings")
            content = await load_keys(db, entry, data, errors=errors)
        return entry.page("settings/keys.html", frame, content, status=422)

    @post("/keys/{key_id:uuid}/revoke")
    async def revoke(self, entry: Here, key_id: FromPath[UUID]) -> Response[Any]:
        async with entry.db() as db:
            await revoke_key(db, key_id, by=entry.actor, at=entry.now)
        cookies = [flash_cookie("good", "ui.keys_page.was_revoked")]
        return redirect(entry.request, entry.url("settings/keys"), cookies=cookies)

    @get("/members")
    async def members(self, entry: Here) -> Html:
        async with entry.db() as db:
            frame = await entry.frame(db, "settings")
            rows = await queries.members(db)
        people = tuple(MemberRow(user.name, user.email, member.role.value, member.created_at) for member, user in rows)
        return entry.page("settings/members.html", frame, MembersPage(people))


def _errors(lang: str, data: KeyForm) -> dict[str, str]:
    """What is wrong with the form, all of it."""
    errors = {}
    try:
        checked_name(data.name)
    except InvalidInput as wrong:
        name = translate(lang, "ui.keys_page.name")
        required = wrong.facts["reason"] == "required"
        errors["name"] = translate(lang, "error.invalid.required", field=name) if required else wrong.text(lang)
    if not many(data.scopes):
        errors["scopes"] = translate(lang, "ui.keys_page.choose_scopes")
    return errors


async def load_keys(
    db: TenantDb, entry: Entry, form: KeyForm, *, errors: dict[str, str] | None = None, secret: str = ""
) -> KeysPage:
    """The page's content."""
    lang = entry.lang
    return KeysPage(
        keys=tuple(_key_row(entry, key) for key in await db.scalars(queries.keys())),
        may_manage=entry.actor.may("keys:write"),
        scopes=tuple(
            ScopeChoice(code, translate(lang, f"ui.scope.{code.replace(':', '_')}"), code in many(form.scopes))
            for code in SCOPES
        ),
        expiry_options=tuple((code, translate(lang, f"ui.keys_page.expires.{code}")) for code in EXPIRY),
        name=form.name,
        expires=form.expires,
        errors=errors or {},
        secret=secret,
    )


def _key_row(entry: Entry, key: ApiKey) -> KeyRow:
    expired = key.expires_at is not None and key.expires_at <= entry.now
    active = key.revoked_at is None and not expired
    state = "active" if active else ("revoked" if key.revoked_at else "expired")
    text = translate(entry.lang, f"ui.keys_page.{state}")
    if active and key.expires_at is not None:
        text = translate(entry.lang, "ui.keys_page.until", at=entry.formats.when(key.expires_at))
    return KeyRow(
        id=key.id,
        name=key.name,
        prefix=key.prefix,
        state=text,
        tone="good" if active else "",
        active=active,
        scopes=", ".join(key.scopes),
        last_used_at=key.last_used_at,
    )
