"""The child's side of the pipe to its supervisor: it says go, and its end means that the supervisor is dead.

The kernel's parent-death signal does the same on Linux; the pipe does it everywhere, and tells when the database is
ready, so that a program imports what it needs while the servers still start.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
import time

_PIPE = 0  # standard input

GRACE = 10.0
"""Seconds an orphan has for an orderly end."""


def wait_for_go() -> None:
    """Returns when the supervisor says go; ends the process when the supervisor is gone."""
    if not os.read(_PIPE, 1):
        sys.exit(1)
    threading.Thread(target=_end_with_parent, name="parent", daemon=True).start()


def _end_with_parent() -> None:
    # Not through sys.stdin: its lock, held by this thread for ever, would break the interpreter's shutdown.
    while os.read(_PIPE, 64):
        pass
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(GRACE)
    os._exit(1)
