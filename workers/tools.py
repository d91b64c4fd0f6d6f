"""What the worker holds as long as it runs. Built on its event loop, where every job runs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from app.analysis.summarising import SECONDS
from app.db.outbox import RedisPublisher
from app.runtime import Runtime
from app.settings import LiveKitSettings, LlmSettings, WebhookSettings
from app.voice.providers import language_model
from app.voice.providers.model import Model
from app.webhooks.delivery import Claim, Sender, Sent
from app.webhooks.lanes import Lanes
from workers.finishing import Finished

if TYPE_CHECKING:
    from app.telephony.rooms import Rooms

FINISH_SENDING = 16.0
"""Seconds that a stopping worker gives to requests already on their way: the receivers' time limit and a little."""


@dataclass(frozen=True)
class Tools:
    """Handed to every job."""

    rt: Runtime
    publisher: RedisPublisher
    sender: Sender
    lanes: Lanes[Claim, Sent]
    model: Model | None
    finished: Finished
    rooms: Rooms | None = None
    """The LiveKit server's, where one is configured."""

    async def close(self) -> None:
        """Finishes what is being sent, then gives everything back."""
        await self.lanes.close(FINISH_SENDING)
        await self.sender.close()
        await self.finished.close()
        if self.model is not None:
            await self.model.close()
        if self.rooms is not None:
            await self.rooms.aclose()
        await self.publisher.close()
        await self.rt.close()


def tools_of(
    rt: Runtime,
    publisher: RedisPublisher,
    webhooks: WebhookSettings,
    llm: LlmSettings,
    livekit: LiveKitSettings | None = None,
) -> Tools:
    """The tools of a runtime. Without a language model configured `model` is None and summaries are built; without a
    LiveKit server there are no rooms. Raises SettingsInvalid when its key is missing.
    """
    sender = Sender.of(rt, webhooks)
    patient = llm.model_copy(update={"total_timeout": timedelta(seconds=SECONDS)})  # nobody waits on the line
    return Tools(rt, publisher, sender, Lanes(sender), language_model(patient), Finished(rt), _rooms(livekit))


def _rooms(livekit: LiveKitSettings | None) -> Rooms | None:
    if livekit is None or livekit.url is None:
        return None
    from app.telephony.rooms import Rooms  # noqa: PLC0415  livekit, where it is needed

    return Rooms(livekit)
