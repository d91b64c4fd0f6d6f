"""How often sign-in may fail: per account, so that one password is not guessed from many addresses, and per address,
so that one address does not try many accounts. Unknown accounts are counted as known ones are."""

from __future__ import annotations

from datetime import timedelta

from app.security.rate_limit import Charge, Limit, RateLimiter, account_subject, address_subject


class SignInLimit:
    """`attempts` failures per `window`, for an account and for an address (IPv6: a /64)."""

    def __init__(self, limiter: RateLimiter, *, attempts: int, window: timedelta) -> None:
        self._limiter = limiter
        self._account = Limit("sign-in-account", attempts, window)
        self._address = Limit("sign-in-address", attempts, window)

    async def count(self, *, email: str, address: str) -> None:
        """Counts an attempt, before the password is looked at: guesses sent at the same moment are all counted.

        Raises TooManyRequests, or LimitUnreadable.
        """
        (await self._limiter.take(*self._charges(email, address))).require()

    async def succeeded(self, *, email: str, address: str) -> None:
        """Takes back the one attempt that turned out right; the failures before it stay. Raises LimitUnreadable."""
        await self._limiter.give_back(*self._charges(email, address))

    def _charges(self, email: str, address: str) -> tuple[Charge, Charge]:
        return Charge(self._account, account_subject(email)), Charge(self._address, address_subject(address))
