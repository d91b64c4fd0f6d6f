"""How many written lines are spoken right, and what it costs.

`python -m bench.spoken_text [--json]`. The lines are the tests' own set (tests/data/spoken_text), read by people. The
baseline in the same run is the library alone: every number replaced by what num2words says of it.
"""

from __future__ import annotations

import json
import re
import statistics
import sys
import time
from pathlib import Path

import yaml
from num2words import num2words

from app.voice.spoken_text import speakable

_SETS = Path(__file__).resolve().parent.parent / "tests" / "data" / "spoken_text"
_ROUNDS = 5


def library_alone(text: str, language: str) -> str:
    """What num2words makes of the line's numbers, everything else as it came."""
    return re.sub(r"\d+", lambda match: str(num2words(int(match[0]), lang=language)), text)


def measure() -> dict[str, float]:
    """Shares of right lines by language, and milliseconds a line."""
    figures: dict[str, float] = {}
    for language in ("ru", "en"):
        lines = yaml.safe_load((_SETS / f"{language}.yaml").read_text(encoding="utf-8"))
        right = sum(speakable(written, language) == spoken for written, spoken in lines.items())
        bare = sum(library_alone(written, language) == spoken for written, spoken in lines.items())
        times = []
        for _ in range(_ROUNDS):
            for written in lines:
                began = time.perf_counter()
                speakable(written, language)
                times.append(time.perf_counter() - began)
        figures |= {
            f"{language}_lines": len(lines),
            f"{language}_right": round(right / len(lines), 3),
            f"{language}_right_library_alone": round(bare / len(lines), 3),
            f"{language}_ms_p50": round(statistics.median(times) * 1000, 3),
            f"{language}_ms_p99": round(statistics.quantiles(times, n=100)[98] * 1000, 3),
        }
    return figures


def main() -> None:
    """Prints the figures; with --json as one object."""
    figures = measure()
    if "--json" in sys.argv[1:]:
        print(json.dumps(figures))
        return
    for name, value in figures.items():
        print(f"{name:<28} {value}")


if __name__ == "__main__":
    main()
