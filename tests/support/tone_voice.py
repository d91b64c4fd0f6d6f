"""A voice for tests, run as the operator's own program: a tone as long as the words would take, as PCM at 22050 Hz."""

from __future__ import annotations

import math
import struct
import sys

RATE = 22050
SECONDS_A_LETTER = 0.15


def main() -> None:
    text = sys.stdin.buffer.read().decode("utf-8").strip()
    count = round(len(text) * SECONDS_A_LETTER * RATE)
    samples = (round(6000 * math.sin(2 * math.pi * 440 * index / RATE)) for index in range(count))
    sys.stdout.buffer.write(struct.pack(f"<{count}h", *samples))


if __name__ == "__main__":
    main()
