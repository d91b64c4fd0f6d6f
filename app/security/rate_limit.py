"""Rate limits in Redis: exact across processes, one round trip, never open when they cannot be read.

Each limit is a bucket that refills evenly (GCRA): `quota` requests at once, then one every `window / quota`. A
request that several limits apply to is checked against all of them and charged to all or to none, in one script, on
Redis's own clock. Headers follow draft-ietf-httpapi-ratelimit-headers (`RateLimit`, `RateLimit-Policy`) and RFC 9110.
"""

from __future__ import annotations

import asyncio
import hashlib
import ipaddress
import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from redis.asyncio import Redis
from redis.commands.core import AsyncScript
from redis.exceptions import RedisError

from app.errors import LimitUnreadable, TooManyRequests

TIMEOUT = timedelta(seconds=2)
_MICROSECOND = timedelta(microseconds=1)

# KEYS: one bucket each. ARGV: for each bucket its quota and window in microseconds. A bucket holds the moment at which
# it will be full again. Answers, for each bucket: microseconds until this request fits (0: fits), requests left,
# microseconds until full.
_TAKE = """
local clock = redis.call('TIME')
local now = tonumber(clock[1]) * 1000000 + tonumber(clock[2])
local fits, next_full = true, {}
local answer = {}
for i, key in ipairs(KEYS) do
  local quota, window = tonumber(ARGV[2 * i - 1]), tonumber(ARGV[2 * i])
  local full = math.max(tonumber(redis.call('GET', key) or 0), now)
  local after = full + window / quota
  local wait = math.max(0, after - now - window)
  if wait > 0 then fits = false end
  next_full[i] = after
  answer[3 * i - 2] = math.ceil(wait)
  answer[3 * i - 1] = math.max(0, math.floor((now + window - full) * quota / window + 0.000001))
  answer[3 * i] = math.ceil(full - now)
end
if fits then
  for i, key in ipairs(KEYS) do
    redis.call('SET', key, string.format('%.0f', next_full[i]), 'PX', math.ceil((next_full[i] - now) / 1000) + 1000)
    answer[3 * i - 1] = math.max(0, answer[3 * i - 1] - 1)
    answer[3 * i] = math.ceil(next_full[i] - now)
  end
end
return answer
"""

_GIVE_BACK = """
for i, key in ipairs(KEYS) do
  local full = tonumber(redis.call('GET', key) or 0)
  if full > 0 then
    redis.call('SET', key, string.format('%.0f', full - tonumber(ARGV[i])), 'KEEPTTL')
  end
end
return {}
"""


@dataclass(frozen=True)
class Limit:
    """`quota` requests per `window` for each subject. `name` is public: it stands in the headers."""

    name: str
    quota: int
    window: timedelta

    def __post_init__(self) -> None:
        if self.quota < 1 or self.window <= timedelta(0):
            raise ValueError(f"limit {self.name}: quota and window must be positive")


@dataclass(frozen=True)
class Charge:
    """One request counted for `subject` (a key's id, a company's id) under `limit`."""

    limit: Limit
    subject: str


@dataclass(frozen=True)
class Standing:
    """Where a subject stands after this request; `wait` is zero when it was let through by this limit."""

    limit: Limit
    remaining: int
    full_in: timedelta
    wait: timedelta


@dataclass(frozen=True)
class Decision:
    """The answer for one request under all its limits."""

    standings: tuple[Standing, ...]

    @property
    def allowed(self) -> bool:
        return not self.retry_after

    @property
    def retry_after(self) -> timedelta:
        """How long until the same request would be let through; zero when it was."""
        return max((standing.wait for standing in self.standings), default=timedelta(0))

    def headers(self) -> dict[str, str]:
        """`RateLimit`, `RateLimit-Policy`, and `Retry-After` when refused; whole seconds, rounded up."""
        policies = (f'"{s.limit.name}";q={s.limit.quota};w={_seconds(s.limit.window)}' for s in self.standings)
        states = (f'"{s.limit.name}";r={s.remaining};t={_seconds(s.full_in)}' for s in self.standings)
        headers = {"RateLimit-Policy": ", ".join(policies), "RateLimit": ", ".join(states)}
        if not self.allowed:
            headers["Retry-After"] = str(_seconds(self.retry_after))
        return headers

    def require(self) -> None:
        """Raises TooManyRequests, with the headers to send, when the request was refused."""
        if not self.allowed:
            raise TooManyRequests(seconds=_seconds(self.retry_after), headers=self.headers())


class RateLimiter:
    """Counts in `redis`. `timeout` bounds the whole question, reconnects included."""

    def __init__(self, redis: Redis, *, timeout: timedelta = TIMEOUT) -> None:
        self._take = redis.register_script(_TAKE)
        self._give_back = redis.register_script(_GIVE_BACK)
        self._timeout = timeout.total_seconds()

    async def take(self, *charges: Charge) -> Decision:
        """Counts one request under all `charges`, or under none when one refuses.

        Raises LimitUnreadable when Redis does not answer: a limit that cannot be read lets nothing through.
        """
        keys = [_key(charge) for charge in charges]
        args = [n for c in charges for n in (c.limit.quota, c.limit.window // _MICROSECOND)]
        numbers = await self._run(self._take, keys, args)
        return Decision(
            tuple(
                Standing(
                    charge.limit,
                    remaining=numbers[3 * i + 1],
                    full_in=numbers[3 * i + 2] * _MICROSECOND,
                    wait=numbers[3 * i] * _MICROSECOND,
                )
                for i, charge in enumerate(charges)
            )
        )

    async def give_back(self, *charges: Charge) -> None:
        """Undoes one counted request, as after a successful sign-in. Raises LimitUnreadable."""
        keys = [_key(charge) for charge in charges]
        steps = [charge.limit.window // _MICROSECOND // charge.limit.quota for charge in charges]
        await self._run(self._give_back, keys, steps)

    async def _run(self, script: AsyncScript, keys: Sequence[str], args: Sequence[int]) -> Sequence[int]:
        try:
            async with asyncio.timeout(self._timeout):
                answer: Sequence[int] = await script(keys=keys, args=args)
        except (RedisError, OSError, TimeoutError) as error:
            raise LimitUnreadable from error
        return answer


def address_subject(address: str) -> str:
    """What an address counts as: IPv4 itself, IPv6 its /64, since a single subscriber has all of those."""
    try:
        parsed = ipaddress.ip_address(address.split("%", maxsplit=1)[0])
    except ValueError:
        return "unknown"
    if isinstance(parsed, ipaddress.IPv6Address):
        if parsed.ipv4_mapped is not None:
            return str(parsed.ipv4_mapped)
        return str(ipaddress.ip_network((parsed, 64), strict=False))
    return str(parsed)


def network_subject(address: str) -> str:
    """The network an address counts as: IPv4 its /24, IPv6 its /64."""
    subject = address_subject(address)
    if subject == "unknown" or "/" in subject:
        return subject
    return str(ipaddress.ip_network((subject, 24), strict=False))


def account_subject(email: str) -> str:
    """What a sign-in name counts as; hashed, so that Redis holds no addresses of people."""
    return hashlib.sha256(email.strip().casefold().encode()).hexdigest()[:32]


def _key(charge: Charge) -> str:
    return f"otklik:limit:{charge.limit.name}:{charge.subject}"


def _seconds(span: timedelta) -> int:
    return math.ceil(span.total_seconds())
