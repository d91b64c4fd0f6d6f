"""A company whose webhooks go to a receiver on loopback, and a clock that a test moves."""

from __future__ import annotations

import dataclasses
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import select

from app.runtime import Runtime
from app.security.outbound import OutboundGuard, OutboundPolicy
from app.settings import WebhookSettings, read
from app.webhooks import endpoints, messages, queries
from app.webhooks.delivery import Sender
from app.webhooks.events import EventType
from app.webhooks.models import DeliveryAttempt, WebhookDelivery, WebhookEndpoint
from app.webhooks.rules import Verdict
from tests.conftest import PATIENCE
from tests.support.receivers import Receiver, receiver
from tests.support.world import World, new_world


@dataclass
class Clock:
    """Stands where the test began, until the test moves it."""

    now: datetime = field(default_factory=lambda: datetime.now(UTC))

    def __call__(self) -> datetime:
        return self.now

    def advance(self, by: timedelta) -> None:
        self.now += by


@dataclass(frozen=True)
class Post:
    """The company, its receiver, and what a test does with webhooks."""

    world: World
    rt: Runtime
    clock: Clock
    receiver: Receiver
    sender: Sender
    secrets: dict[UUID, str] = field(default_factory=dict)

    async def endpoint(self, path: str = "/ok", *event_types: str) -> WebhookEndpoint:
        url = await endpoints.checked(self.rt, self.receiver.url(path), by=self.world.owner)
        async with self.rt.db.tenant(self.world.company_id) as db:
            made, secret = await endpoints.create(
                db, self.rt, url, event_types=event_types, by=self.world.owner, at=self.clock()
            )
        self.secrets[made.id] = secret
        return made

    async def announce(self, key: str = "1", kind: EventType = EventType.CALL_ANALYZED) -> UUID | None:
        async with self.rt.db.tenant(self.world.company_id) as db:
            return await messages.announce(
                db, kind, {"summary": "Запись"}, dedupe_key=key, happened_at=self.clock(), at=self.clock()
            )

    async def attempt(self, endpoint: WebhookEndpoint, *, within: timedelta = PATIENCE) -> Verdict | None:
        """One delivery of the endpoint, as a lane makes it. None: nothing is due."""
        claims = await self.sender.turn(self.world.company_id, endpoint.id, (), 1)
        if not claims:
            return None
        sender = dataclasses.replace(self.sender, settings=read(WebhookSettings, timeout=within))
        sent = await sender.send(claims[0])
        await self.sender.turn(self.world.company_id, endpoint.id, [sent], 0)
        return sent.verdict

    async def deliveries(self, endpoint: WebhookEndpoint) -> list[WebhookDelivery]:
        async with self.rt.db.tenant(self.world.company_id) as db:
            return [row[0] for row in (await db.execute(queries.deliveries_of_endpoint(endpoint.id))).all()]

    async def only_delivery(self, endpoint: WebhookEndpoint) -> WebhookDelivery:
        (found,) = await self.deliveries(endpoint)
        return found

    async def attempts(self, endpoint: WebhookEndpoint) -> list[DeliveryAttempt]:
        found = await self.only_delivery(endpoint)
        async with self.rt.db.tenant(self.world.company_id) as db:
            return list(await db.scalars(queries.attempts_of(found.id)))

    async def reload(self, endpoint: WebhookEndpoint) -> WebhookEndpoint:
        async with self.rt.db.tenant(self.world.company_id) as db:
            return (await db.scalars(select(WebhookEndpoint).where(WebhookEndpoint.id == endpoint.id))).one()


@pytest.fixture
async def post(rt: Runtime) -> AsyncIterator[Post]:
    clock = Clock()
    async with receiver() as made:
        guard = OutboundGuard(OutboundPolicy.of(allow_http=True, allowed_origins=[made.origin]))
        mine = dataclasses.replace(rt, guard=guard, clock=clock)
        sender = Sender.of(mine, read(WebhookSettings, timeout=PATIENCE))
        yield Post(await new_world(mine), mine, clock, made, sender)
        await sender.close()
