"""What is heard on a line besides turns."""

from __future__ import annotations

import re
from dataclasses import dataclass

__all__ = ["ListeningWords"]


@dataclass(frozen=True)
class ListeningWords:
    """Patterns over words in small letters, ё as е, without marks."""

    murmur: re.Pattern[str]
    """All of what somebody says who only listens."""
    machine: re.Pattern[str]
    """Said by voicemails, operators' announcements and other robots, and by no caller."""
