"""Settings of a company: how long recordings of its calls are kept."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from litestar import Controller, Response, get, post
from litestar.params import URLEncodedBody

from app.calls import recordings
from app.calls.recordings import MAX_DAYS, MIN_DAYS
from app.i18n import translate
from app.tenants import queries as tenants
from app.ui.flash import flash_cookie
from app.ui.responses import Html, redirect
from app.ui.visits import ENTRY, Entry, Here

TEMPLATE = "settings/privacy.html"


@dataclass(frozen=True)
class PrivacyPage:
    """The form with what is set, or what was typed."""

    recording_days: str
    errors: dict[str, str] = field(default_factory=dict)


@dataclass
class PrivacyForm:
    """What the owner typed."""

    recording_days: str = ""


class PrivacyPages(Controller):
    """`/c/{slug}/settings/privacy`, for owners."""

    path = "/c/{slug:str}/settings/privacy"
    dependencies = ENTRY

    @get("/")
    async def show(self, entry: Here) -> Html:
        entry.actor.need("keys:write")
        async with entry.db() as db:
            days = (await tenants.company(db)).recording_days
        return await _page(entry, PrivacyPage(str(days)))

    @post("/", status_code=200)
    async def save(self, entry: Here, data: URLEncodedBody[PrivacyForm]) -> Response[Any]:
        typed = data.recording_days.strip()
        days = int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 6 else 0
        if not MIN_DAYS <= days <= MAX_DAYS:
            wrong = {"recording_days": translate(entry.lang, "ui.privacy.range", low=MIN_DAYS, high=MAX_DAYS)}
            return await _page(entry, PrivacyPage(typed[:20], wrong))
        async with entry.db() as db:
            await recordings.keep_for(db, days, by=entry.actor, at=entry.now)
        cookies = [flash_cookie("good", "ui.privacy.saved")]
        return redirect(entry.request, entry.url("settings/privacy"), cookies=cookies)


async def _page(entry: Entry, content: PrivacyPage) -> Html:
    async with entry.db() as db:
        frame = await entry.frame(db, "settings")
    return entry.page(TEMPLATE, frame, content, status=422 if content.errors else 200)
