"""How often sign-in may fail. Tightly per account from one network and per address, so that neither one account nor
many are guessed from one place; and far more loosely per account from everywhere, so that a password is not guessed
from many places either, and yet no stranger locks a person out with a handful of wrong passwords. Unknown accounts are
counted as known ones are."""

from __future__ import annotations

from datetime import timedelta

from app.security.rate_limit import Charge, Limit, RateLimiter, account_subject, address_subject, network_subject

EVERYWHERE = 10
"""How many times more often an account may fail from all networks together than from one."""


class SignInLimit:
    """`attempts` failures per `window`, for an account from one network (IPv4: a /24, IPv6: a /64) and for an address
    (IPv6: a /64); ten times as many for an account.
    """

    def __init__(self, limiter: RateLimiter, *, attempts: int, window: timedelta) -> None:
        self._limiter = limiter
        self._near = Limit("sign-in-account-network", attempts, window)
        self._account = Limit("sign-in-account", attempts * EVERYWHERE, window)
        self._address = Limit("sign-in-address", attempts, window)

    async def count(self, *, email: str, address: str) -> None:
        """Counts an attempt, before the password is looked at: guesses sent at the same moment are all counted.

        Raises TooManyRequests, or LimitUnreadable.
        """
        (await self._limiter.take(*self._charges(email, address))).require()

    async def succeeded(self, *, email: str, address: str) -> None:
        """Takes back the one attempt that turned out right; the failures before it stay. Raises LimitUnreadable."""
        await self._limiter.give_back(*self._charges(email, address))

    def _charges(self, email: str, address: str) -> tuple[Charge, ...]:
        account = account_subject(email)
        return (
            Charge(self._near, f"{account}:{network_subject(address)}"),
            Charge(self._account, account),
            Charge(self._address, address_subject(address)),
        )
