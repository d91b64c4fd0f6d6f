"""Jobs of the webhooks room."""

from __future__ import annotations

from uuid import UUID

from workers.jobs import job
from workers.tools import Tools


@job("deliver_message")
async def deliver_message(tools: Tools, company_id: UUID, *, endpoint_ids: list[str]) -> None:
    """Wakes the lanes of the message's endpoints. The deliveries are rows, so done here means begun, not delivered."""
    for endpoint_id in endpoint_ids:
        tools.lanes.wake(company_id, UUID(endpoint_id))
