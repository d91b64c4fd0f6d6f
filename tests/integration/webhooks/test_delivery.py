"""One delivery, against receivers that behave well and badly."""

from __future__ import annotations

import asyncio
import dataclasses
import gzip
import json
from datetime import timedelta

import httpx
import pytest
from standardwebhooks import Webhook

from app.security.outbound import OutboundGuard, OutboundPolicy
from app.webhooks import delivery, endpoints, rules, sending
from app.webhooks.models import DeliveryStatus
from app.webhooks.rules import Outcome
from tests.conftest import PATIENCE
from tests.integration.webhooks.conftest import Post
from tests.support.receivers import answer

pytestmark = pytest.mark.integration


async def test_a_delivery_arrives_signed_and_is_recorded(post: Post) -> None:
    endpoint = await post.endpoint()
    message_id = await post.announce()
    verdict = await post.attempt(endpoint)

    assert verdict is not None
    assert verdict.outcome is Outcome.DELIVERED
    (got,) = post.receiver.received
    body = Webhook(post.secrets[endpoint.id]).verify(got.body, got.headers)
    assert body["type"] == "call.analyzed"
    assert body["data"] == {"summary": "Запись"}
    assert message_id is not None
    assert got.headers["webhook-id"] == f"msg_{message_id.hex}"
    assert got.headers["content-type"] == "application/json"
    assert got.headers["user-agent"].startswith("Otklik/")

    kept = await post.only_delivery(endpoint)
    assert (kept.status, kept.attempts, kept.last_status) == (DeliveryStatus.DELIVERED, 1, 200)
    assert kept.delivered_at is not None
    (attempt,) = await post.attempts(endpoint)
    assert (attempt.n, attempt.status_code, attempt.error, attempt.response_excerpt) == (1, 200, None, "ok")
    assert await post.attempt(endpoint) is None, "a delivered message is not sent again"


@pytest.mark.parametrize(
    ("path", "status", "error"),
    [
        ("/500", 500, "status"),
        ("/hang", None, "timeout"),
        ("/close", None, "closed"),
        ("/redirect", 302, "redirect"),
        ("/404", 404, "status"),
    ],
)
async def test_a_receiver_that_fails_is_tried_again_after_five_seconds(
    post: Post, path: str, status: int | None, error: str
) -> None:
    post.receiver.answers |= {
        "/500": answer(500, body="boom \x00 <b>"),
        "/404": answer(404),
        "/redirect": answer(302, f"location: {post.receiver.url('/elsewhere')}"),
    }
    within = timedelta(seconds=1) if path == "/hang" else PATIENCE
    endpoint = await post.endpoint(path)
    await post.announce()
    await post.attempt(endpoint, within=within)

    kept = await post.only_delivery(endpoint)
    assert (kept.status, kept.last_status, kept.last_error) == (DeliveryStatus.PENDING, status, error)
    assert kept.next_at is not None
    assert timedelta(seconds=5) <= kept.next_at - post.clock() <= timedelta(seconds=5.5)
    assert not post.receiver.at("/elsewhere"), "redirects are not followed"
    assert await post.attempt(endpoint) is None, "not before its time"
    assert (await post.reload(endpoint)).failing_since is not None

    post.clock.advance(timedelta(seconds=6))
    assert await post.attempt(endpoint, within=within) is not None
    got = post.receiver.at(path)
    assert len(got) == 2 or path == "/hang", "a request that is given up may not have gone out"
    assert len({(one.headers["webhook-id"], one.body) for one in got}) == 1
    assert [attempt.n for attempt in await post.attempts(endpoint)] == [1, 2]


async def test_success_after_failure_clears_the_endpoint(post: Post) -> None:
    post.receiver.answers["/moody"] = answer(503)
    endpoint = await post.endpoint("/moody")
    await post.announce()
    await post.attempt(endpoint)
    del post.receiver.answers["/moody"]
    post.clock.advance(timedelta(seconds=6))
    await post.attempt(endpoint)
    assert (await post.reload(endpoint)).failing_since is None
    assert (await post.only_delivery(endpoint)).status is DeliveryStatus.DELIVERED


async def test_a_receiver_may_ask_for_more_time(post: Post) -> None:
    post.receiver.answers["/busy"] = answer(429, "retry-after: 90")
    endpoint = await post.endpoint("/busy")
    await post.announce()
    await post.attempt(endpoint)
    kept = await post.only_delivery(endpoint)
    assert kept.next_at is not None
    assert kept.next_at - post.clock() == timedelta(seconds=90)
    assert kept.last_error == "too_many"


async def test_gone_switches_the_endpoint_off_and_says_why(post: Post) -> None:
    post.receiver.answers["/gone"] = answer(410)
    endpoint = await post.endpoint("/gone")
    await post.announce("1")
    await post.announce("2")
    await post.attempt(endpoint)

    off = await post.reload(endpoint)
    assert (off.enabled, off.disabled_reason) == (False, "gone")
    assert off.disabled_at is not None
    statuses = {(found.status, found.last_error) for found in await post.deliveries(endpoint)}
    assert statuses == {(DeliveryStatus.FAILED, "gone"), (DeliveryStatus.FAILED, "endpoint_disabled")}
    assert await post.announce("3") is not None
    assert len(await post.deliveries(endpoint)) == 2, "a switched-off endpoint gets nothing new"


async def test_five_days_of_failure_switch_the_endpoint_off(post: Post) -> None:
    post.receiver.answers["/down"] = answer(500)
    endpoint = await post.endpoint("/down")
    await post.announce("1")
    await post.attempt(endpoint)
    post.clock.advance(timedelta(days=5, minutes=1))
    await post.attempt(endpoint)
    assert (await post.reload(endpoint)).disabled_reason == "failing"


async def test_the_schedule_ends_as_failed_and_a_person_can_send_again(post: Post) -> None:
    post.receiver.answers["/down"] = answer(500)
    endpoint = await post.endpoint("/down")
    await post.announce()
    for _ in range(8):
        assert await post.attempt(endpoint) is not None
        post.clock.advance(timedelta(hours=11, minutes=1))
    kept = await post.only_delivery(endpoint)
    assert (kept.status, kept.attempts, kept.next_at) == (DeliveryStatus.FAILED, 8, None)
    assert await post.attempt(endpoint) is None

    del post.receiver.answers["/down"]
    async with post.rt.db.tenant(post.world.company_id) as db:
        await delivery.resend(db, kept.id, by=post.world.owner, at=post.clock())
    await post.attempt(endpoint)
    assert (await post.only_delivery(endpoint)).status is DeliveryStatus.DELIVERED
    assert len({got.headers["webhook-id"] for got in post.receiver.received}) == 1


async def test_an_endless_answer_costs_nothing(post: Post) -> None:
    endpoint = await post.endpoint("/endless")
    await post.announce()
    await post.attempt(endpoint)
    (attempt,) = await post.attempts(endpoint)
    assert attempt.response_excerpt == "x" * rules.EXCERPT_CHARS


async def test_an_address_that_turned_private_is_not_called(post: Post) -> None:
    endpoint = await post.endpoint()
    await post.announce()
    strict = OutboundGuard(OutboundPolicy(allow_http=True))
    sender = delivery.Sender.of(dataclasses.replace(post.rt, guard=strict), post.sender.settings)
    verdict = await delivery.attempt(sender, post.world.company_id, (await post.only_delivery(endpoint)).id)
    await sender.close()
    assert verdict is not None
    assert verdict.error == "address_loopback"
    assert not post.receiver.received


async def test_one_delivery_is_attempted_by_one_sender_at_a_time(post: Post) -> None:
    endpoint = await post.endpoint()
    await post.announce()
    verdicts = await asyncio.gather(*(post.attempt(endpoint) for _ in range(8)))
    assert sum(verdict is not None for verdict in verdicts) == 1
    assert len(post.receiver.received) == 1


async def test_a_killed_senders_delivery_is_taken_up_again(post: Post) -> None:
    endpoint = await post.endpoint("/hang")
    await post.announce()
    dying = asyncio.create_task(post.attempt(endpoint))
    await post.receiver.until(lambda: bool(post.receiver.received))
    dying.cancel()
    await asyncio.gather(dying, return_exceptions=True)
    assert (await post.only_delivery(endpoint)).status is DeliveryStatus.SENDING
    assert await post.attempt(endpoint) is None, "the claim still holds"

    post.clock.advance(rules.CLAIM + timedelta(seconds=1))
    await post.attempt(endpoint, within=timedelta(seconds=1))
    kept = await post.only_delivery(endpoint)
    assert (kept.status, kept.attempts) == (DeliveryStatus.PENDING, 2)
    assert len({got.headers["webhook-id"] for got in post.receiver.received}) == 1


async def test_during_a_rotation_both_secrets_verify_and_a_day_later_one(post: Post) -> None:
    endpoint = await post.endpoint()
    old = post.secrets[endpoint.id]
    async with post.rt.db.tenant(post.world.company_id) as db:
        new = await endpoints.rotate(db, post.rt, endpoint.id, by=post.world.owner, at=post.clock())
    await post.announce("1")
    await post.attempt(endpoint)
    (got,) = post.receiver.received
    for secret in (old, new):
        assert json.loads(got.body) == Webhook(secret).verify(got.body, got.headers)
    assert len(got.headers["webhook-signature"].split()) == 2

    async with post.rt.db.tenant(post.world.company_id) as db:
        await endpoints.forget_old_secret(db, endpoint.id, at=post.clock())
    assert (await post.reload(endpoint)).previous_sealed_secret is not None, "not before its time"
    post.clock.advance(timedelta(hours=24, seconds=1))
    await post.announce("2")
    await post.attempt(endpoint)
    assert len(post.receiver.received[1].headers["webhook-signature"].split()) == 1
    async with post.rt.db.tenant(post.world.company_id) as db:
        await endpoints.forget_old_secret(db, endpoint.id, at=post.clock())
    assert (await post.reload(endpoint)).previous_sealed_secret is None


async def test_a_sender_that_comes_back_late_does_not_undo_anothers_word(post: Post) -> None:
    endpoint = await post.endpoint("/moody")
    await post.announce()
    company_id = post.world.company_id
    post.receiver.answers["/moody"] = answer(500)
    (claim,) = await post.sender.turn(company_id, endpoint.id, (), 1)
    late = await post.sender.send(claim)
    post.clock.advance(rules.CLAIM + timedelta(seconds=1))
    (second,) = await post.sender.turn(company_id, endpoint.id, (), 1)
    await post.sender.turn(company_id, endpoint.id, [late], 0)
    assert (await post.only_delivery(endpoint)).status is DeliveryStatus.SENDING, "the second sender is still at it"
    del post.receiver.answers["/moody"]
    await post.sender.turn(company_id, endpoint.id, [await post.sender.send(second)], 0)
    assert (await post.only_delivery(endpoint)).status is DeliveryStatus.DELIVERED
    assert [attempt.status_code for attempt in await post.attempts(endpoint)] == [500, 200]


async def test_an_impossible_date_to_wait_for_ends_the_attempt_all_the_same(post: Post) -> None:
    post.receiver.answers["/odd"] = answer(503, "retry-after: Mon, 01 Jan 99999999999999999999 00:00:00 GMT")
    endpoint = await post.endpoint("/odd")
    await post.announce()
    await post.attempt(endpoint)
    kept = await post.only_delivery(endpoint)
    assert (kept.status, kept.last_error) == (DeliveryStatus.PENDING, "status")


async def test_a_compressed_answer_is_not_unpacked(post: Post) -> None:
    bomb = gzip.compress(b"\0" * 20_000_000)
    head = f"HTTP/1.1 200 X\r\ncontent-length: {len(bomb)}\r\ncontent-encoding: gzip\r\n\r\n"
    post.receiver.answers["/bomb"] = head.encode() + bomb
    endpoint = await post.endpoint("/bomb")
    await post.announce()
    await post.attempt(endpoint)
    (attempt,) = await post.attempts(endpoint)
    assert (attempt.status_code, attempt.response_excerpt) == (200, "[content-encoding: gzip]")
    assert post.receiver.received[0].headers["accept-encoding"] == "identity"


async def test_whatever_breaks_while_sending_is_an_answer(post: Post) -> None:
    def breaks(request: httpx.Request) -> httpx.Response:
        raise ZeroDivisionError

    async with httpx.AsyncClient(transport=httpx.MockTransport(breaks)) as client:
        answered = await sending.post(client, "https://crm.example/", "{}", {}, timeout=PATIENCE)
    assert (answered.status, answered.problem) == (None, "broken_off")


async def test_a_delivery_whose_senders_never_come_back_ends_as_failed(post: Post) -> None:
    endpoint = await post.endpoint()
    await post.announce()
    for _ in range(rules.ATTEMPTS):
        assert await post.sender.turn(post.world.company_id, endpoint.id, (), 1)
        post.clock.advance(rules.CLAIM + timedelta(seconds=1))
    assert await post.sender.turn(post.world.company_id, endpoint.id, (), 1) == []
    kept = await post.only_delivery(endpoint)
    assert (kept.status, kept.last_error, kept.next_at) == (DeliveryStatus.FAILED, "lost", None)


async def test_a_success_clears_a_failure_that_was_noted_after_its_claim(post: Post) -> None:
    endpoint = await post.endpoint()
    await post.announce("1")
    await post.announce("2")
    company_id = post.world.company_id
    first, second = await post.sender.turn(company_id, endpoint.id, (), 2)
    post.receiver.answers["/ok"] = answer(500)
    await post.sender.turn(company_id, endpoint.id, [await post.sender.send(first)], 0)
    assert (await post.reload(endpoint)).failing_since is not None
    del post.receiver.answers["/ok"]
    await post.sender.turn(company_id, endpoint.id, [await post.sender.send(second)], 0)
    assert (await post.reload(endpoint)).failing_since is None
