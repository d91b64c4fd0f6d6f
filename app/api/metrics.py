"""`/metrics` for Prometheus: what callers wait for, over all processes. Off until it has a token."""

from __future__ import annotations

import hmac

from litestar import Request, Response, get
from litestar.datastructures import State
from litestar.di import NamedDependency
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import HistogramMetricFamily
from prometheus_client.registry import Collector

from app.calls import latency
from app.calls.latency import BUCKETS, Histogram
from app.errors import NotFound
from app.runtime import Runtime
from app.security.csrf import EXEMPT
from app.settings import WebSettings, read


@get("/metrics", opt={EXEMPT: True}, include_in_schema=False)
async def metrics(request: Request[None, None, State], rt: NamedDependency[Runtime]) -> Response[bytes]:
    """Raises NotFound without the token, so that nobody learns that there is something."""
    token = read(WebSettings).metrics_token
    given = request.headers.get("authorization", "")
    if token is None or not hmac.compare_digest(given.encode(), f"Bearer {token.get_secret_value()}".encode()):
        raise NotFound
    registry = CollectorRegistry()
    registry.register(_Waits(await latency.histograms(rt.redis)))
    return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)


class _Waits(Collector):
    def __init__(self, found: list[Histogram]) -> None:
        self._found = found

    def collect(self) -> list[HistogramMetricFamily]:
        family = HistogramMetricFamily(
            "otklik_wait_seconds", "What callers waited for before a reply.", labels=["part", "provider"]
        )
        for one in self._found:
            buckets = [*zip(map(str, BUCKETS), one.buckets, strict=True), ("+Inf", one.count)]
            family.add_metric([one.part, one.provider], [(bound, float(count)) for bound, count in buckets], one.sum)
        return [family]
