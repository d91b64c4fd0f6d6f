"""Webhook endpoints, the messages that were announced, and how each delivery went."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from litestar import Controller, delete, get, patch, post
from litestar.params import FromPath, FromQuery, JSONBody, PathParameter, QueryParameter

from app.api.auth import ApiRequest, Db, Now, Rt, Who, may
from app.api.paging import DEFAULT_LIMIT, Limit, page_of
from app.api.responses import READS, READS_ONE, WRITES
from app.api.schemas import (
    AttemptOut,
    DeliveryDetail,
    DeliveryOut,
    EndpointChange,
    EndpointIn,
    EndpointMade,
    EndpointOut,
    MessageDetail,
    MessageOut,
    Page,
    SecretOut,
    TestSent,
)
from app.webhooks import delivery as deliveries
from app.webhooks import endpoints, listing, queries
from app.webhooks.models import DeliveryAttempt, DeliveryStatus, WebhookDelivery, WebhookEndpoint, WebhookMessage

EndpointId = Annotated[UUID, PathParameter(description="The endpoint's id.")]
After = Annotated[UUID | None, QueryParameter(description="`next` of the page before.")]
DELIVERIES_SHOWN = 100


class EndpointsApi(Controller):
    """`/webhooks/endpoints`."""

    path = "/webhooks/endpoints"
    tags = ("webhooks",)

    @get(summary="List endpoints", operation_id="listEndpoints", guards=[may("webhooks:read")], responses=READS)
    async def list_endpoints(self, db: Db, after: After = None, limit: Limit = DEFAULT_LIMIT) -> Page[EndpointOut]:
        """Oldest first."""
        statement = queries.endpoints().limit(limit + 1)
        if after is not None:
            statement = statement.where(WebhookEndpoint.id > after)
        return page_of((await db.scalars(statement)).all(), limit, _endpoint, lambda endpoint: endpoint.id)

    @post(summary="Create an endpoint", operation_id="createEndpoint", guards=[may("webhooks:write")], responses=WRITES)
    async def create(self, request: ApiRequest, data: JSONBody[EndpointIn], rt: Rt, who: Who, now: Now) -> EndpointMade:
        """The answer holds the signing secret, this once. Private and local addresses are refused with the reason."""
        url = await endpoints.checked(rt, data.url, by=who)
        async with rt.db.tenant(request.auth) as db:
            made, secret = await endpoints.create(
                db, rt, url, event_types=data.event_types, description=data.description, by=who, at=now
            )
        return EndpointMade(**vars(_endpoint(made)), secret=secret)

    @get(
        "/{endpoint_id:uuid}",
        summary="Get an endpoint",
        operation_id="getEndpoint",
        guards=[may("webhooks:read")],
        responses=READS_ONE,
    )
    async def show(self, endpoint_id: EndpointId, db: Db) -> EndpointOut:
        """One endpoint, without its secret."""
        return _endpoint(await queries.endpoint(db, endpoint_id))

    @patch(
        "/{endpoint_id:uuid}",
        summary="Change an endpoint",
        operation_id="changeEndpoint",
        guards=[may("webhooks:write")],
        responses=WRITES,
    )
    async def change(
        self,
        *,
        request: ApiRequest,
        endpoint_id: EndpointId,
        data: JSONBody[EndpointChange],
        rt: Rt,
        who: Who,
        now: Now,
    ) -> EndpointOut:
        """What still waits goes to the new address. `enabled: false` cancels it; it can be sent again by hand."""
        url = None if data.url is None else await endpoints.checked(rt, data.url, by=who)
        async with rt.db.tenant(request.auth) as db:
            found = await endpoints.update(
                db,
                endpoint_id,
                url=url,
                event_types=data.event_types,
                description=data.description,
                by=who,
                at=now,
            )
            if data.enabled is not None:
                switch = endpoints.enable if data.enabled else endpoints.disable
                found = await switch(db, endpoint_id, by=who, at=now)
        return _endpoint(found)

    @delete(
        "/{endpoint_id:uuid}",
        summary="Delete an endpoint",
        operation_id="deleteEndpoint",
        guards=[may("webhooks:write")],
        responses=WRITES,
    )
    async def remove(self, endpoint_id: EndpointId, db: Db, who: Who, now: Now) -> None:
        """With its deliveries and their log; the messages stay."""
        await endpoints.delete(db, endpoint_id, by=who, at=now)

    @post(
        "/{endpoint_id:uuid}/rotate-secret",
        summary="Rotate the signing secret",
        operation_id="rotateSecret",
        status_code=200,
        guards=[may("webhooks:write")],
        responses=WRITES,
    )
    async def rotate(self, endpoint_id: EndpointId, db: Db, rt: Rt, who: Who, now: Now) -> SecretOut:
        """For 24 hours deliveries carry both signatures, so a receiver can change over without a gap."""
        secret = await endpoints.rotate(db, rt, endpoint_id, by=who, at=now)
        found = await queries.endpoint(db, endpoint_id)
        return SecretOut(secret=secret, old_secret_until=found.previous_secret_until)

    @post(
        "/{endpoint_id:uuid}/test",
        summary="Send a test event",
        operation_id="sendTest",
        status_code=202,
        guards=[may("webhooks:write")],
        responses=WRITES,
    )
    async def test(self, endpoint_id: EndpointId, db: Db, who: Who, now: Now) -> TestSent:
        """A signed `test.ping` to this endpoint alone; see how it went under the message's deliveries."""
        return TestSent(message_id=await endpoints.send_test(db, endpoint_id, by=who, at=now))

    @get(
        "/{endpoint_id:uuid}/deliveries",
        summary="List an endpoint's deliveries",
        operation_id="listDeliveries",
        guards=[may("webhooks:read")],
        responses=READS_ONE,
    )
    async def of_endpoint(
        self,
        endpoint_id: EndpointId,
        db: Db,
        status: FromQuery[DeliveryStatus | None] = None,
        after: After = None,
        limit: Limit = DEFAULT_LIMIT,
    ) -> Page[DeliveryOut]:
        """Newest first."""
        await queries.endpoint(db, endpoint_id)
        rows = await listing.deliveries(db, endpoint_id=endpoint_id, status=status, after=after, limit=limit + 1)
        return page_of(rows, limit, lambda row: _delivery(*row), lambda row: row[0].id)


class MessagesApi(Controller):
    """`/webhooks/messages`."""

    path = "/webhooks/messages"
    tags = ("webhooks",)

    @get(summary="List messages", operation_id="listMessages", guards=[may("webhooks:read")], responses=READS)
    async def list_messages(
        self,
        db: Db,
        kind: Annotated[str | None, QueryParameter(name="type", description="For example `call.analyzed`.")] = None,
        call_id: Annotated[UUID | None, QueryParameter(description="About this call.")] = None,
        after: After = None,
        limit: Limit = DEFAULT_LIMIT,
    ) -> Page[MessageOut]:
        """What was announced, newest first, whether or not anyone wanted it."""
        rows = await listing.messages(db, kind=kind, call_id=call_id, after=after, limit=limit + 1)
        return page_of(rows, limit, _message, lambda message: message.id)

    @get(
        "/{message_id:uuid}",
        summary="Get a message",
        operation_id="getMessage",
        guards=[may("webhooks:read")],
        responses=READS_ONE,
    )
    async def show(self, message_id: FromPath[UUID], db: Db, who: Who) -> MessageDetail:
        """The exact body, for keys that may read calls (`calls:read`), and its deliveries."""
        found = await listing.message(db, message_id)
        rows = await listing.deliveries(db, message_id=message_id, limit=DELIVERIES_SHOWN)
        return MessageDetail(
            **vars(_message(found)),
            payload=found.payload if who.may("calls:read") else None,
            deliveries=[_delivery(*row) for row in rows],
        )


class DeliveriesApi(Controller):
    """`/webhooks/deliveries`."""

    path = "/webhooks/deliveries"
    tags = ("webhooks",)

    @get(
        "/{delivery_id:uuid}",
        summary="Get a delivery",
        operation_id="getDelivery",
        guards=[may("webhooks:read")],
        responses=READS_ONE,
    )
    async def show(self, delivery_id: FromPath[UUID], db: Db) -> DeliveryDetail:
        """Every attempt with the receiver's answer."""
        found = await queries.delivery(db, delivery_id)
        message = await listing.message(db, found.message_id)
        attempts = (await db.scalars(queries.attempts_of(delivery_id))).all()
        return DeliveryDetail(
            **vars(_delivery(found, message)), attempt_log=[_attempt(attempt) for attempt in attempts]
        )

    @post(
        "/{delivery_id:uuid}/resend",
        summary="Send a delivery again",
        operation_id="resendDelivery",
        status_code=202,
        guards=[may("webhooks:write")],
        responses=WRITES,
    )
    async def resend(self, delivery_id: FromPath[UUID], db: Db, who: Who, now: Now) -> DeliveryOut:
        """Now, with the same `webhook-id`, whatever became of it before."""
        found = await deliveries.resend(db, delivery_id, by=who, at=now)
        return _delivery(found, await listing.message(db, found.message_id))


def _endpoint(row: WebhookEndpoint) -> EndpointOut:
    return EndpointOut(
        id=row.id,
        url=row.url,
        description=row.description,
        event_types=row.event_types,
        enabled=row.enabled,
        disabled_reason=row.disabled_reason,
        failing_since=row.failing_since,
        old_secret_until=row.previous_secret_until,
        created_at=row.created_at,
    )


def _message(row: WebhookMessage) -> MessageOut:
    return MessageOut(id=row.id, type=row.type, call_id=row.call_id, created_at=row.created_at)


def _delivery(row: WebhookDelivery, message: WebhookMessage) -> DeliveryOut:
    return DeliveryOut(
        id=row.id,
        message_id=row.message_id,
        endpoint_id=row.endpoint_id,
        type=message.type,
        call_id=message.call_id,
        status=row.status.value,
        attempts=row.attempts,
        next_at=row.next_at,
        last_status=row.last_status,
        last_error=row.last_error,
        delivered_at=row.delivered_at,
        created_at=row.created_at,
    )


def _attempt(row: DeliveryAttempt) -> AttemptOut:
    return AttemptOut(
        n=row.n,
        at=row.at,
        duration_ms=row.duration_ms,
        status_code=row.status_code,
        error=row.error,
        response_excerpt=row.response_excerpt,
    )
