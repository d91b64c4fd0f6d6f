"""Logs without phone numbers: livekit names rooms `call_<number>_<random>` and phones `sip_<number>`."""

from __future__ import annotations

import logging
import re

_NUMBERS = re.compile(r"(?<=call_)\+?\d{5,}|(?<=sip_)\+?\d{5,}|(?<=Phone )\+?\d{5,}|\+\d{7,15}\b")
FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"


class Masked(logging.Formatter):
    """Hides numbers in the whole record, its traceback included."""

    def format(self, record: logging.LogRecord) -> str:
        return _NUMBERS.sub("…", super().format(record))


def worth_a_line(record: logging.LogRecord) -> bool:
    """Not what livekit's core says at the end of every room that is deleted, as an error."""
    return record.name != "livekit" or "closed unexpectedly" not in record.getMessage()


def configure(level: str) -> None:
    """Logs to standard error from `level` on; livekit never below `info`, where it would log what was said."""
    handler = logging.StreamHandler()
    handler.setFormatter(Masked(FORMAT))
    handler.addFilter(worth_a_line)
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
    logging.getLogger("livekit").setLevel(max(logging.WARNING, logging.getLogger().level))
    logging.getLogger("livekit.agents").setLevel(max(logging.INFO, logging.getLogger().level))
    for name in ("httpx", "httpx2", "httpcore"):  # they log every address, and an address may hold a secret
        logging.getLogger(name).setLevel(logging.WARNING)
