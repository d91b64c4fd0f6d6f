"""The edge of the demo receiver: an address like any receiver's, inside an embedded installation."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from litestar import Request, Response, post
from litestar.di import NamedDependency

from app.runtime import Runtime
from app.security.csrf import EXEMPT
from app.webhooks import demo_receiver


@post(
    demo_receiver.PATH + "{company_id:uuid}",
    opt={EXEMPT: True},
    request_max_body_size=demo_receiver.MAX_BODY,
    include_in_schema=False,
)
async def receive(
    request: Request[Any, Any, Any],  # Any: no user, no auth, no typed state stand behind a receiver
    company_id: UUID,
    rt: NamedDependency[Runtime],
) -> Response[None]:
    """204 when the signature holds, 401 when it does not; both are kept for the page that shows them."""
    believed = await demo_receiver.receive(rt, company_id, dict(request.headers), await request.body())
    return Response(None, status_code=204 if believed else 401)
