"""Keys pressed on a phone come one by one; a number is complete at `#`, or when no key follows for a while."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

PAUSE = 2.5
"""Seconds after which no further key is expected."""
MOST = 40


class Keys:
    """The keys of one call. `complete` is called with what was pressed when time decides."""

    def __init__(self, complete: Callable[[str], None]) -> None:
        self._complete = complete
        self._pressed = ""
        self._timer: asyncio.TimerHandle | None = None

    def press(self, keys: str, *, one_is_enough: bool) -> str | None:
        """Everything pressed so far when it is complete with these keys, else None."""
        self.stop()
        self._pressed = (self._pressed + keys)[:MOST]
        if "#" in keys or one_is_enough or len(self._pressed) == MOST:
            return self._take()
        self._timer = asyncio.get_running_loop().call_later(PAUSE, lambda: self._complete(self._take()))
        return None

    def stop(self) -> None:
        """No clock runs."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _take(self) -> str:
        pressed, self._pressed = self._pressed, ""
        return pressed
