"""The receiver inside the installation believes what is signed, and shows the rest as what it is."""

from __future__ import annotations

from uuid import uuid4

import pytest

from app.errors import NotFound
from app.webhooks import demo_receiver, endpoints, queries
from app.webhooks.models import DemoInboxRow
from tests.integration.webhooks.conftest import Post
from tests.support.receivers import Received

pytestmark = pytest.mark.integration


async def arrived(post: Post) -> Received:
    """A message as it is sent to the company's demo receiver."""
    path = demo_receiver.address("", post.world.company_id)
    endpoint = await post.endpoint(path)
    await post.announce()
    await post.attempt(endpoint)
    (got,) = post.receiver.received
    return got


async def inbox(post: Post) -> list[DemoInboxRow]:
    async with post.rt.db.tenant(post.world.company_id) as db:
        signed = list(await db.scalars(queries.demo_inbox(10, signed=True)))
        return signed + list(await db.scalars(queries.demo_inbox(10, signed=False)))


async def test_a_signed_message_is_kept_as_true(post: Post) -> None:
    got = await arrived(post)
    assert await demo_receiver.receive(post.rt, post.world.company_id, got.headers, got.body) is True
    (row,) = await inbox(post)
    assert (row.type, row.signature_ok, row.problem) == ("call.analyzed", True, None)
    assert row.webhook_id == got.headers["webhook-id"]
    assert row.body == got.body.decode()


@pytest.mark.parametrize(
    ("headers", "body", "problem"),
    [
        ({}, b'{"type": "call.analyzed", "data": {"summary": "forged"}}', "wrong_signature"),
        ({"webhook-signature": "v1,AAAA"}, None, "wrong_signature"),
        ({"webhook-signature": "nonsense"}, None, "wrong_signature"),
        ({"webhook-timestamp": "1"}, None, "wrong_signature"),
        ({"webhook-signature": ""}, None, "unsigned"),
        ({}, b"\x00\xff not json", "wrong_signature"),
    ],
)
async def test_a_forged_message_is_kept_as_false(
    post: Post, headers: dict[str, str], body: bytes | None, problem: str
) -> None:
    got = await arrived(post)
    sent = got.body if body is None else body
    assert await demo_receiver.receive(post.rt, post.world.company_id, got.headers | headers, sent) is False
    (row,) = await inbox(post)
    assert (row.signature_ok, row.problem) == (False, problem)


async def test_a_rotated_secret_still_verifies(post: Post) -> None:
    got = await arrived(post)
    async with post.rt.db.tenant(post.world.company_id) as db:
        for endpoint in await db.scalars(queries.endpoints()):
            await endpoints.rotate(db, post.rt, endpoint.id, by=post.world.owner, at=post.clock())
    assert await demo_receiver.receive(post.rt, post.world.company_id, got.headers, got.body) is True


async def test_an_unknown_company_is_not_found(post: Post) -> None:
    with pytest.raises(NotFound):
        await demo_receiver.receive(post.rt, uuid4(), {}, b"{}")


async def test_the_inbox_is_bounded(post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(demo_receiver, "KEPT_UNSIGNED", 3)
    for n in range(5):
        await demo_receiver.receive(post.rt, post.world.company_id, {"webhook-id": str(n)}, b"{}")
    assert [row.webhook_id for row in await inbox(post)] == ["4", "3", "2"]


async def test_what_nobody_signed_pushes_no_signed_message_out(post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(demo_receiver, "KEPT", 2)
    monkeypatch.setattr(demo_receiver, "KEPT_UNSIGNED", 2)
    got = await arrived(post)
    assert await demo_receiver.receive(post.rt, post.world.company_id, got.headers, got.body) is True
    for _ in range(5):
        await demo_receiver.receive(post.rt, post.world.company_id, {}, b"x" * 100_000)
    first, *others = await inbox(post)
    assert first.signature_ok
    assert [len(row.body) for row in others] == [8 * 1024] * 2


@pytest.mark.parametrize("body", [b"[" * 100_000, b'{"type":"\\ud800"}', b'{"type":"a\\u0000"}', b'{"a":"\\ud800"}'])
async def test_no_message_breaks_the_receiver(post: Post, body: bytes) -> None:
    assert await demo_receiver.receive(post.rt, post.world.company_id, {}, body) is False
    assert len(await inbox(post)) == 1
