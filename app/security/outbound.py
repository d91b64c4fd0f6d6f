"""Guard of every address that a client of ours may choose: webhooks, custom endpoints.

Allowed: https to a host all of whose addresses are public. The name is resolved once for each connection, every
address is checked, and the connection goes to one that was checked, so a name that changes its mind in between gains
nothing; TLS still verifies the name. Redirects are not followed and proxies of the environment are not used. The one
exceptions are an origin (scheme, host, port) that the operator listed in the settings, and, in an embedded
installation, the demo receivers inside its own web program: those addresses and nothing else of that program.
"""

from __future__ import annotations

import asyncio
import re
import socket
import ssl
from collections.abc import Awaitable, Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from http.cookiejar import CookieJar, DefaultCookiePolicy
from uuid import UUID

import httpcore
import httpx

from app.errors import OutboundRefused
from app.security.addresses import forbidden_reason

Resolver = Callable[[str, int], Awaitable[tuple[str, ...]]]
"""Host and port to IP addresses. Raises OSError when the name is unknown."""

RESOLVE_TIMEOUT = timedelta(seconds=5)
# Threads of their own: a name server that hangs holds some of these, and nobody else's work.
_RESOLVERS = ThreadPoolExecutor(16, thread_name_prefix="resolve")
_PORTS = {"http": 80, "https": 443}
_MAX_URL = 2048

DEMO_PATH = "/demo-receiver/"
"""Of the web program; followed by a company's id it is the address of that company's demo receiver."""
_DEMO_RECEIVER = re.compile(re.escape(DEMO_PATH) + "([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})")


@dataclass(frozen=True)
class OutboundPolicy:
    """`allow_http`: accept plain http. `allowed_origins`: `scheme://host:port` that may be http and private.
    `demo_origin`: where our own web program listens, of which demo receivers alone may be called.
    """

    allow_http: bool = False
    allowed_origins: frozenset[str] = frozenset()
    demo_origin: str | None = None

    @classmethod
    def of(
        cls, *, allow_http: bool, allowed_origins: Iterable[str] = (), demo_origin: str | None = None
    ) -> OutboundPolicy:
        """From settings. Raises OutboundRefused (malformed) for an origin that is none."""
        return cls(
            allow_http,
            frozenset(_parse(origin).origin for origin in allowed_origins),
            _parse(demo_origin).origin if demo_origin else None,
        )


@dataclass(frozen=True)
class Destination:
    """Where a URL leads, as far as the URL says. `host` is lower-case ASCII, an IPv6 address without brackets."""

    scheme: str
    host: str
    port: int

    @property
    def origin(self) -> str:
        """`scheme://host:port`, always with the port."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}:{self.port}"


async def system_resolver(host: str, port: int) -> tuple[str, ...]:
    """The addresses the system gives, in its order. Raises OSError, TimeoutError included."""
    async with asyncio.timeout(RESOLVE_TIMEOUT.total_seconds()):
        look_up = partial(socket.getaddrinfo, host, port, type=socket.SOCK_STREAM)
        found = await asyncio.get_running_loop().run_in_executor(_RESOLVERS, look_up)
    return tuple(dict.fromkeys(str(entry[4][0]) for entry in found))


class OutboundGuard:
    """Says what may be called, and resolves it."""

    def __init__(self, policy: OutboundPolicy, resolve: Resolver = system_resolver) -> None:
        self.policy = policy
        self._resolve = resolve

    def destination(self, url: str) -> Destination:
        """The destination of `url` by its form alone. Raises OutboundRefused."""
        found = _parse(url)
        if found.origin in self.policy.allowed_origins:
            return found
        if found.origin == self.policy.demo_origin:
            if self.demo_company(url) is None:
                raise OutboundRefused(reason="loopback", host=found.host)
        elif found.scheme != "https" and not self.policy.allow_http:
            raise OutboundRefused(reason="not_https", host=found.host)
        return found

    def demo_company(self, url: str) -> UUID | None:
        """Whose demo receiver `url` is, if that is all that allows it: nobody else may have it. Raises OutboundRefused
        for what is no address.
        """
        origin = _parse(url).origin
        if origin != self.policy.demo_origin or origin in self.policy.allowed_origins:
            return None
        found = _DEMO_RECEIVER.fullmatch(httpx.URL(url).raw_path.decode("ascii"))
        return UUID(found[1]) if found else None

    async def check(self, url: str) -> tuple[str, ...]:
        """Addresses that `url` may be called at now. Raises OutboundRefused with the reason."""
        return await self.addresses(self.destination(url))

    async def addresses(self, to: Destination) -> tuple[str, ...]:
        """Checked addresses of `to`. One forbidden address among good ones refuses them all."""
        try:
            found = await self._resolve(to.host, to.port)
        except (OSError, UnicodeError) as error:
            raise OutboundRefused(reason="unresolved", host=to.host) from error
        if not found:
            raise OutboundRefused(reason="unresolved", host=to.host)
        if to.origin not in self.policy.allowed_origins | {self.policy.demo_origin}:
            for address in found:
                if reason := forbidden_reason(address):
                    raise OutboundRefused(reason=reason, host=to.host)
        return found


class GuardedTransport(httpx.AsyncBaseTransport):
    """httpx transport that asks the guard about every request and connects only to addresses it checked.

    One pool a scheme: the layer that connects is told host and port only, and an exception made for one scheme must
    not hold for the other on the same port.
    """

    def __init__(self, guard: OutboundGuard, *, limits: httpx.Limits) -> None:
        self._guard = guard
        tls = httpx.create_ssl_context(trust_env=False)
        self._by_scheme = {scheme: _PoolTransport(_CheckedNetwork(guard, scheme), limits, tls) for scheme in _PORTS}

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        to = self._guard.destination(str(request.url))
        return await self._by_scheme[to.scheme].handle_async_request(request)

    async def aclose(self) -> None:
        for transport in self._by_scheme.values():
            await transport.aclose()


def guarded_client(
    guard: OutboundGuard, *, timeout: timedelta, limits: httpx.Limits | None = None, user_agent: str = "Otklik"
) -> httpx.AsyncClient:
    """A client for addresses of others. `timeout` bounds each step (connect, each read); bound the whole yourself.

    It keeps no cookies: what one receiver sets never reaches another, and grows nothing here.
    """
    return httpx.AsyncClient(
        cookies=CookieJar(DefaultCookiePolicy(allowed_domains=())),
        transport=GuardedTransport(guard, limits=limits or httpx.Limits(max_connections=200)),
        timeout=timeout.total_seconds(),
        headers={"user-agent": user_agent},
        follow_redirects=False,
        trust_env=False,
    )


class _PoolTransport(httpx.AsyncHTTPTransport):
    def __init__(self, network: httpcore.AsyncNetworkBackend, limits: httpx.Limits, tls: ssl.SSLContext) -> None:
        super().__init__(verify=tls, trust_env=False)
        # httpx has no argument for the network below it; the pool is the same, with ours put in.
        self._pool = httpcore.AsyncConnectionPool(
            ssl_context=tls,
            max_connections=limits.max_connections,
            max_keepalive_connections=limits.max_keepalive_connections,
            keepalive_expiry=limits.keepalive_expiry,
            network_backend=network,
        )


class _CheckedNetwork(httpcore.AsyncNetworkBackend):
    """Connects by name as httpcore asks, through the guard's addresses; names stay for TLS and the Host header."""

    def __init__(self, guard: OutboundGuard, scheme: str) -> None:
        self._guard = guard
        self._scheme = scheme
        self._network = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        failure: httpcore.ConnectError | httpcore.ConnectTimeout | None = None
        for address in await self._guard.addresses(Destination(self._scheme, host.lower(), port)):
            try:
                return await self._network.connect_tcp(address, port, timeout, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
        raise failure or httpcore.ConnectError(host)

    async def sleep(self, seconds: float) -> None:
        await self._network.sleep(seconds)


def _parse(url: str) -> Destination:
    """Raises OutboundRefused (malformed, credentials) for what is not a plain http(s) address."""
    try:
        parsed = httpx.URL(url)
        host = parsed.raw_host.decode("ascii").lower().rstrip(".")
        port = _PORTS.get(parsed.scheme, 0) if parsed.port is None else parsed.port
    except (httpx.InvalidURL, ValueError, TypeError) as error:
        raise OutboundRefused(reason="malformed", host="") from error
    if parsed.userinfo:
        raise OutboundRefused(reason="credentials", host=host)
    if parsed.scheme not in _PORTS or not host or not 0 < port < 65536 or len(url) > _MAX_URL or "%" in host:
        raise OutboundRefused(reason="malformed", host=host)
    return Destination(parsed.scheme, host, port)
