"""Made-up recordings: a tone for the caller on the left, another for the agent on the right."""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np

RATE = 24_000


def write_tones(path: Path, *, caller: tuple[float, float], agent: tuple[float, float], seconds: float) -> None:
    """Ogg/Opus, stereo; each side sounds from the first to the second of its numbers."""
    path.parent.mkdir(parents=True, exist_ok=True)
    time = np.arange(int(seconds * RATE)) / RATE
    sides = [
        0.5 * np.sin(2 * np.pi * pitch * time) * ((time >= start) & (time < end))
        for pitch, (start, end) in ((300, caller), (500, agent))
    ]
    with av.open(str(path), mode="w", format="ogg") as container:
        stream = container.add_stream("libopus", rate=RATE, layout="stereo")
        frame = av.AudioFrame.from_ndarray(np.stack(sides).astype(np.float32), format="fltp", layout="stereo")
        frame.sample_rate = RATE
        for packet in [*stream.encode(frame), *stream.encode(None)]:
            container.mux(packet)
