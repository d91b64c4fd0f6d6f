"""What a turn's waiting was made of, as it is kept with the turn. Pure."""

from __future__ import annotations

from livekit.agents.llm import MetricsReport

_OF_CALLER = {"end_of_turn": "end_of_turn_delay", "transcription": "transcription_delay"}
_OF_AGENT = {"tts_first_byte": "tts_node_ttfb", "playback": "playback_latency", "total": "e2e_latency"}


def waterfall(caller: MetricsReport | None, agent: MetricsReport | None) -> dict[str, float]:
    """Seconds by name; `total` runs from the end of the caller's speech to the first sound. Unknown parts are left
    out. The model's first token is known to the phraser, and kept already."""
    parts: dict[str, float] = {}
    for report, names in ((caller, _OF_CALLER), (agent, _OF_AGENT)):
        for name, theirs in names.items():
            seconds = (report or {}).get(theirs)
            if isinstance(seconds, float | int) and seconds >= 0:
                parts[name] = round(float(seconds), 4)
    return parts


def spoken(caller: MetricsReport | None) -> dict[str, float]:
    """How long before the end of the turn its first word was: where it is found in a recording."""
    report = caller or {}
    began, ended = report.get("started_speaking_at"), report.get("stopped_speaking_at")
    if began is None or ended is None or ended < began:
        return {}
    return {"spoken": round(ended - began + max(report.get("end_of_turn_delay", 0.0), 0.0), 4)}
