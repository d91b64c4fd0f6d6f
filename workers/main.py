"""`otklik worker`: runs until it is told to stop, then finishes what it has begun."""

from __future__ import annotations

import importlib
import logging
import signal
from types import FrameType

import dramatiq

from app.db.outbox import RedisPublisher
from app.errors import SettingsInvalid
from app.runtime import build
from app.settings import LiveKitSettings, LlmSettings, RedisSettings, WebhookSettings, read
from workers import analysis, main_thread, recordings, speech, webhooks
from workers.broker import JobBroker, broker_of
from workers.tools import Tools, tools_of

log = logging.getLogger(__name__)

CONCERNS = (analysis, recordings, speech, webhooks)
"""Modules whose jobs this worker runs; importing them registers the jobs."""

THREADS = 16
"""Jobs that run at a time. They only wait for servers, on one event loop."""

STOP_WITHIN_MS = 25_000
"""A stopping worker gives running jobs this long; what is not done then comes again elsewhere."""


def main() -> None:
    """Runs the worker in this thread until SIGTERM or SIGINT. Raises SettingsInvalid before anything is started."""

    def told_to_stop(number: int, frame: FrameType | None) -> None:
        del number, frame
        main_thread.stop()

    broker = broker_from_settings()
    if read(LlmSettings).base_url is not None:
        importlib.import_module("app.voice.providers.llm")  # a plugin of livekit's: it loads on the main thread only
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, told_to_stop)
    logging.getLogger("httpx").setLevel(logging.WARNING)  # it logs every address, and an address may hold a secret
    worker = dramatiq.Worker(broker, worker_threads=THREADS)
    worker.start()
    log.info("worker ready")
    main_thread.serve()
    log.info("worker stopping")
    worker.stop(STOP_WITHIN_MS)
    broker.close()


def broker_from_settings() -> JobBroker:
    """The broker with every job, after the environment. Raises SettingsInvalid; connects to nothing yet."""
    redis, hooks, llm, livekit = read(RedisSettings), read(WebhookSettings), read(LlmSettings), read(LiveKitSettings)
    if redis.url is None:
        raise SettingsInvalid(name="OTKLIK_REDIS_URL", reason="not_set")
    url = redis.url.get_secret_value()

    async def open_tools() -> Tools:
        publisher = RedisPublisher(url, redis.timeout)
        return tools_of(build(redis=redis, webhooks=hooks, publish=publisher), publisher, hooks, llm, livekit)

    return broker_of(url, redis.timeout, open_tools)
