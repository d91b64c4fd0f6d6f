"""One request to a receiver: no transaction is open while it lasts, and nothing of it is logged."""

from __future__ import annotations

import asyncio
import logging
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

import httpx

from app import __version__
from app.errors import OutboundRefused
from app.webhooks.rules import EXCERPT_CHARS, excerpt

log = logging.getLogger(__name__)

_EXCERPT_BYTES = EXCERPT_CHARS * 4


@dataclass(frozen=True)
class Answer:
    """What came back. `status` None: no answer, and `problem` is its code (`webhooks.problem.<code>`)."""

    status: int | None
    problem: str | None
    retry_after: str | None
    excerpt: str | None
    duration: timedelta


async def post(
    client: httpx.AsyncClient, url: str, body: str, headers: Mapping[str, str], *, timeout: timedelta
) -> Answer:
    """Sends `body` and reads the beginning of the answer, all of it within `timeout`.

    Whatever happens is an Answer, cancellation excepted; redirects are not followed. The address was checked when it
    was given, and is checked again for this connection by the client's transport.
    """
    began = time.perf_counter()
    status: int | None = None
    problem: str | None = None
    wait: str | None = None
    text: str | None = None
    sent = {
        **headers,
        "content-type": "application/json",
        "user-agent": f"Otklik/{__version__}",
        "accept-encoding": "identity",
    }
    try:
        async with (
            asyncio.timeout(timeout.total_seconds()),
            client.stream(
                "POST", url, content=body.encode(), headers=sent, follow_redirects=False, timeout=None
            ) as response,
        ):
            wait = response.headers.get("retry-after")
            text = excerpt(await _beginning(response), response.headers.get("content-encoding", ""))
            status = response.status_code
    except (TimeoutError, httpx.TimeoutException):
        problem = "timeout"
    except OutboundRefused as error:
        problem = f"address_{error.facts['reason']}"
    except httpx.ConnectError as error:
        problem = "tls" if _is_tls(error) else "unreachable"
    except httpx.TransportError:
        problem = "closed"
    except Exception:
        # The edge of one delivery: whatever a stranger's answer breaks, the attempt ends and is recorded.
        log.exception("a request to a receiver broke off")
        status, problem = None, "broken_off"
    return Answer(status, problem, wait, text, timedelta(seconds=time.perf_counter() - began))


async def _beginning(response: httpx.Response) -> bytes:
    """At most as much as is kept, as it came over the wire: an endless or a compressed answer costs nothing."""
    body = b""
    async for chunk in response.aiter_raw(_EXCERPT_BYTES):
        body += chunk
        if len(body) >= _EXCERPT_BYTES:
            break
    return body


def _is_tls(error: BaseException) -> bool:
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLError):
            return True
        cause = cause.__cause__ or cause.__context__
    return False
