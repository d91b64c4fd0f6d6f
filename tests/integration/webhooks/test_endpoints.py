"""What people do with endpoints, and what is announced to which."""

from __future__ import annotations

import dataclasses
from datetime import timedelta

import pytest
from sqlalchemy import select
from standardwebhooks import Webhook

from app.db.base import new_id
from app.db.outbox import OutboxRow
from app.errors import Forbidden, InvalidInput, NotFound, OutboundRefused
from app.security.outbound import OutboundGuard, OutboundPolicy
from app.tenants.models import AuditEntry, Role
from app.webhooks import delivery, demo_receiver, endpoints, messages
from app.webhooks.events import EventType
from app.webhooks.models import DeliveryStatus, WebhookMessage
from tests.integration.webhooks.conftest import Post
from tests.support.world import new_world

pytestmark = pytest.mark.integration


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("http://127.0.0.1:9/", "not_https"),
        ("https://127.0.0.1:9/", "loopback"),
        ("https://10.1.2.3/hook", "private"),
        ("https://169.254.169.254/latest", "metadata"),
        ("ftp://example.com/", "malformed"),
        ("https://user:pass@93.184.216.34/", "credentials"),
    ],
)
async def test_an_address_that_may_not_be_called_is_refused_with_the_reason(post: Post, url: str, reason: str) -> None:
    strict = dataclasses.replace(post.rt, guard=OutboundGuard(OutboundPolicy()))
    with pytest.raises(OutboundRefused) as refused:
        await endpoints.checked(strict, url, by=post.world.owner)
    assert refused.value.facts["reason"] == reason
    assert refused.value.text("ru") != refused.value.text("en")


async def test_no_name_is_looked_up_for_a_viewer(post: Post) -> None:
    asked: list[str] = []

    async def resolve(host: str, port: int) -> tuple[str, ...]:
        asked.append(host)
        return ("77.88.8.8",)

    watched = dataclasses.replace(post.rt, guard=OutboundGuard(OutboundPolicy(), resolve))
    with pytest.raises(Forbidden):
        await endpoints.checked(watched, "https://example.com/", by=await post.world.member(Role.VIEWER))
    assert asked == []
    found = await endpoints.checked(watched, "https://example.com/", by=post.world.owner)
    assert (found.text, asked) == ("https://example.com/", ["example.com"])


async def test_the_secret_is_sealed_at_rest_and_never_in_the_audit_log(post: Post) -> None:
    endpoint = await post.endpoint()
    secret = post.secrets[endpoint.id]
    async with post.rt.db.tenant(post.world.company_id) as db:
        shown = await endpoints.rotate(db, post.rt, endpoint.id, by=post.world.owner, at=post.clock())
    row = await post.reload(endpoint)
    stored = [row.sealed_secret, row.previous_sealed_secret or ""]
    async with post.rt.db.tenant(post.world.company_id) as db:
        entries = (await db.scalars(select(AuditEntry).where(AuditEntry.subject_id == endpoint.id))).all()
    stored += [f"{entry.before} {entry.after}" for entry in entries]
    for known in (secret, shown):
        assert not any(known in text or known.removeprefix("whsec_") in text for text in stored)
    assert [entry.action for entry in entries] == [
        "webhook_endpoint.created",
        "webhook_endpoint.secret_rotated",
    ]


async def test_a_test_event_reaches_this_endpoint_only_even_a_switched_off_one(post: Post) -> None:
    mine, other = await post.endpoint("/mine", "call.ended"), await post.endpoint("/other")
    async with post.rt.db.tenant(post.world.company_id) as db:
        await endpoints.disable(db, mine.id, by=post.world.owner, at=post.clock())
        await endpoints.send_test(db, mine.id, by=post.world.owner, at=post.clock())
    await post.attempt(mine)
    await post.attempt(other)
    (got,) = post.receiver.received
    assert got.path == "/mine"
    assert Webhook(post.secrets[mine.id]).verify(got.body, got.headers)["type"] == "test.ping"


async def test_an_endpoint_gets_the_types_it_chose_and_all_when_it_chose_none(post: Post) -> None:
    ended, everything = await post.endpoint("/ended", "call.ended"), await post.endpoint("/all")
    await post.announce("1", EventType.CALL_ENDED)
    await post.announce("2", EventType.CALL_ANALYZED)
    assert len(await post.deliveries(ended)) == 1
    assert len(await post.deliveries(everything)) == 2


async def test_an_unknown_event_type_is_refused(post: Post) -> None:
    with pytest.raises(InvalidInput):
        await post.endpoint("/ok", "call.exploded")


async def test_the_same_happening_is_announced_once(post: Post) -> None:
    endpoint = await post.endpoint()
    assert await post.announce("call.analyzed:7") is not None
    assert await post.announce("call.analyzed:7") is None
    assert len(await post.deliveries(endpoint)) == 1


async def test_what_is_rolled_back_is_never_announced(post: Post) -> None:
    endpoint = await post.endpoint()

    async def half_way() -> None:
        async with post.rt.db.tenant(post.world.company_id) as db:
            at = post.clock()
            await messages.announce(db, EventType.CALL_ENDED, {}, dedupe_key="gone", happened_at=at, at=at)
            raise RuntimeError("half way")

    with pytest.raises(RuntimeError, match="half way"):
        await half_way()
    assert await post.deliveries(endpoint) == []
    async with post.rt.db.tenant(post.world.company_id) as db:
        assert (await db.scalars(select(OutboxRow))).all() == []


async def test_switching_off_cancels_what_waits_and_switching_on_begins_afresh(post: Post) -> None:
    endpoint = await post.endpoint()
    await post.announce("1")
    async with post.rt.db.tenant(post.world.company_id) as db:
        await endpoints.disable(db, endpoint.id, by=post.world.owner, at=post.clock())
    assert await post.attempt(endpoint) is None
    assert (await post.only_delivery(endpoint)).status is DeliveryStatus.CANCELLED
    async with post.rt.db.tenant(post.world.company_id) as db:
        await endpoints.enable(db, endpoint.id, by=post.world.owner, at=post.clock())
    await post.announce("2")
    await post.attempt(endpoint)
    assert len(post.receiver.received) == 1


async def test_deleting_an_endpoint_ends_its_deliveries_and_keeps_the_messages(post: Post) -> None:
    endpoint = await post.endpoint()
    await post.announce()
    async with post.rt.db.tenant(post.world.company_id) as db:
        await endpoints.delete(db, endpoint.id, by=post.world.owner, at=post.clock())
    assert await post.attempt(endpoint) is None
    async with post.rt.db.tenant(post.world.company_id) as db:
        assert len((await db.scalars(select(WebhookMessage))).all()) == 1


async def test_a_changed_address_gets_what_still_waits(post: Post) -> None:
    endpoint = await post.endpoint("/old")
    await post.announce()
    url = await endpoints.checked(post.rt, post.receiver.url("/new"), by=post.world.owner)
    async with post.rt.db.tenant(post.world.company_id) as db:
        await endpoints.update(db, endpoint.id, url=url, by=post.world.owner, at=post.clock())
    await post.attempt(endpoint)
    assert [got.path for got in post.receiver.received] == ["/new"]


async def test_a_viewer_changes_nothing(post: Post) -> None:
    endpoint = await post.endpoint()
    viewer = await post.world.member(Role.VIEWER)
    async with post.rt.db.tenant(post.world.company_id) as db:
        with pytest.raises(Forbidden):
            await endpoints.rotate(db, post.rt, endpoint.id, by=viewer, at=post.clock())
        with pytest.raises(Forbidden):
            await endpoints.send_test(db, endpoint.id, by=viewer, at=post.clock())


async def test_another_companys_endpoint_and_deliveries_are_not_found(post: Post) -> None:
    endpoint = await post.endpoint()
    await post.announce()
    theirs = await post.only_delivery(endpoint)
    stranger = await new_world(post.rt)
    at = post.clock() + timedelta(minutes=1)
    async with post.rt.db.tenant(stranger.company_id) as db:
        for verb in (
            endpoints.delete(db, endpoint.id, by=stranger.owner, at=at),
            endpoints.send_test(db, endpoint.id, by=stranger.owner, at=at),
            endpoints.rotate(db, post.rt, endpoint.id, by=stranger.owner, at=at),
            delivery.resend(db, theirs.id, by=stranger.owner, at=at),
        ):
            with pytest.raises(NotFound):
                await verb
    assert await post.sender.turn(stranger.company_id, endpoint.id, (), 10) == []
    assert await delivery.attempt(post.sender, stranger.company_id, theirs.id) is None
    assert not post.receiver.received


async def test_a_company_may_call_its_own_demo_receiver_and_nothing_else_of_the_installation(post: Post) -> None:
    company_id, origin = post.world.company_id, post.receiver.origin
    policy = OutboundPolicy.of(allow_http=False, demo_origin=origin)
    rt = dataclasses.replace(post.rt, guard=OutboundGuard(policy))
    for path in ("/readyz", "/demo-receiver/", f"/demo-receiver/{company_id}/x", f"/demo-receiver/{company_id}?x=1"):
        with pytest.raises(OutboundRefused) as refused:
            await endpoints.checked(rt, origin + path, by=post.world.owner)
        assert refused.value.facts["reason"] == "loopback"

    own = await endpoints.checked(rt, demo_receiver.address(origin, company_id), by=post.world.owner)
    others = await endpoints.checked(rt, demo_receiver.address(origin, new_id()), by=post.world.owner)
    async with rt.db.tenant(company_id) as db:
        made, _ = await endpoints.create(db, rt, own, by=post.world.owner, at=post.clock())
        with pytest.raises(OutboundRefused):
            await endpoints.create(db, rt, others, by=post.world.owner, at=post.clock())
        with pytest.raises(OutboundRefused):
            await endpoints.update(db, made.id, url=others, by=post.world.owner, at=post.clock())


async def test_a_company_has_a_bounded_number_of_endpoints(post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTKLIK_WEBHOOK_MAX_ENDPOINTS", "2")
    made = [await post.endpoint(f"/{n}") for n in range(2)]
    with pytest.raises(InvalidInput) as refused:
        await post.endpoint("/one-more")
    assert "2" in refused.value.text("ru")
    assert refused.value.text("ru") != refused.value.text("en")
    async with post.rt.db.tenant(post.world.company_id) as db:
        await endpoints.delete(db, made[0].id, by=post.world.owner, at=post.clock())
    assert (await post.endpoint("/one-more")).enabled
