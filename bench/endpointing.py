"""How often callers are cut off in a pause, and how long they wait after a whole answer.

`python -m bench.endpointing [--json] [--speech FOLDER]`. Ours (words, and where they do not decide the tone of voice)
and ours by words alone, against livekit's fixed delay (0.5 s) and its default detector, which is the audio model that
ours asks about the tone; by itself it hears no words. Two sets from tests/data/endpointing:

* lines of text with marked pauses; every pause is tried at 0.4 to 1.2 s;
* recorded lines into which pauses of 0.4 to 1.2 s were put at word boundaries drawn by chance. The voice detector and
  the audio model run on the sound; words arrive 0.1 s after the speech, as the recording's text.

Time is virtual: livekit's rules for when a turn ends are followed, nothing waits. A pause is judged by itself, as if
nobody had been cut off before it. Recordings are those of `FOLDER` (tests/data/speech) that the set names.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import av
import numpy as np
import yaml
from livekit.agents.inference.eot.languages import LOCAL_LANGUAGES
from livekit.local_inference import EOT, EOT_MAX_SAMPLES, VAD, VAD_WINDOW_SAMPLES

from app.scenario import config_loader
from app.scenario.compiled import CompiledScenario
from app.scenario.completeness import completeness
from app.scenario.engine import ScenarioEngine
from app.scenario.field_extractor import warm_up
from app.scenario.state import Ask, CallStart, CallState, FieldState, Pending
from app.voice.endpointing import LIKELY, SURE, UNFINISHED, UNHEARD, UNLIKELY, VAD_SILENCE
from app.voice.tone import ENDED, NOTICED

_DATA = Path(__file__).parents[1] / "tests" / "data"
_AT = datetime(2026, 11, 24, 7, 0, tzinfo=UTC)
_KNOWN = {"name": "Марина Соколова", "date": "2026-11-27", "time": "17:00", "phone": "+79161234567"}
_PAUSES = (0.4, 0.6, 0.8, 1.0, 1.2)
_STT = 0.1
"""Seconds from the end of speech to its words."""
_FIXED = 0.5
_MODEL_SURE, _MODEL_DOUBT = 0.3, 2.5
"""livekit's own delays with its audio model."""
_MODEL_TIME = 0.1
"""Seconds that the audio model needs; see `tone_model_cpu_ms` of the run."""
_RATE = 16000
_SPEECH, _SILENCE = 0.5, 0.35
_SHORTEST_SPEECH = 0.05
"""livekit's voice detector as it comes: probabilities, and seconds of speech that are some."""
_FADE = 160
_WINDOW = VAD_WINDOW_SAMPLES / _RATE

Samples = np.ndarray[Any, np.dtype[np.int16]]  # of any length


@dataclass(frozen=True)
class Silence:
    """A silence that the voice detector noticed. Seconds count from the end of speech as it was detected."""

    line: int
    language: str
    decided: float | None
    """What `completeness` says of the words before it."""
    length: float
    """Until speech is detected again; endless after the last word."""
    late: float = 0.0
    """How much later than the sound the voice detector found the end of speech."""
    fell: bool | None = None
    """What our `Tone` makes of the audio model's chance; None: the line has no sound."""
    fell_for_livekit: bool = False
    """The same by livekit's threshold for the language."""


@dataclass
class Figures:
    """What one way of deciding did to the callers."""

    lines: int = 0
    pauses: int = 0
    cut: int = 0
    lines_cut: set[int] = field(default_factory=set)
    waits: list[float] = field(default_factory=list)

    def to_json(self) -> dict[str, float]:
        waits = sorted(self.waits)
        return {
            "cut_off_percent": round(100 * self.cut / max(self.pauses, 1), 1),
            "lines_cut_off_percent": round(100 * len(self.lines_cut) / max(self.lines, 1), 1),
            "wait_mean_ms": round(1000 * sum(waits) / len(waits)),
            "wait_p50_ms": round(1000 * waits[len(waits) // 2]),
            "wait_p95_ms": round(1000 * waits[int(len(waits) * 0.95)]),
        }


# When each way ends the turn, in seconds after the end of speech


_HEARD = max(VAD_SILENCE.total_seconds(), _STT)
"""When livekit first asks a detector that needs words."""
_JUDGED = NOTICED + _MODEL_TIME


def _ours(silence: Silence) -> float:
    if silence.decided is not None or silence.fell is None:
        return _words(silence)
    return max(_HEARD, _JUDGED, (LIKELY if silence.fell else UNLIKELY).total_seconds())


def _words(silence: Silence) -> float:
    """Ours without the tone of voice."""
    if silence.decided is None:
        return max(_HEARD, UNHEARD.total_seconds())
    return max(_HEARD, (SURE if silence.decided else UNFINISHED).total_seconds())


def _fixed(_: Silence) -> float:
    return max(_HEARD, _FIXED)


def _default(silence: Silence) -> float:
    return max(_HEARD, _JUDGED, _MODEL_SURE if silence.fell_for_livekit else _MODEL_DOUBT)


_WAYS = {"ours": _ours, "words_alone": _words, "fixed": _fixed, "default": _default}


def _judge(silences: Sequence[Silence], way: str) -> dict[str, float]:
    figures = Figures(lines=len({one.line for one in silences}))
    for one in silences:
        ends = _WAYS[way](one)
        if one.length == float("inf"):
            figures.waits.append(one.late + ends)
            continue
        figures.pauses += 1
        if ends < one.length:
            figures.cut += 1
            figures.lines_cut.add(one.line)
    return figures.to_json()


# What was asked


class Asked:
    """The scenario of the lines, and its state after each question."""

    def __init__(self) -> None:
        file = _DATA / "endpointing" / "scenario.yaml"
        self.scenario: CompiledScenario = config_loader.load(file.read_text(encoding="utf-8"), file.name)
        warm_up(self.scenario.languages)
        start = CallStart(_AT, "Europe/Moscow", "RU", _KNOWN["phone"])
        self._state = ScenarioEngine(self.scenario).start_call(start).state

    def state(self, to: str, language: str) -> CallState:
        """`to` is a field, or `open`, `read_back`, `change`, `confirm FIELD`, `offer FIELD`."""
        kind, _, name = to.rpartition(" ")
        region = "RU" if language == "ru" else "US"
        state = replace(self._state, language=language, region=region, caller_turns=2, turn=4, stage="booking")
        if to == "open":
            return replace(state, pending=Pending(Ask.OPEN), stage="purpose")
        known = {one: FieldState("set", value, value, 2) for one, value in _KNOWN.items()}
        if to in ("read_back", "change"):
            pending = Pending(Ask.CHANGE) if to == "change" else Pending(Ask.OPEN, must=("17:00",))
            return replace(state, pending=pending, fields=known, stage="confirm")
        if kind:
            pending = Pending(Ask(kind), name, value=_KNOWN[name])
            return replace(state, pending=pending, fields=known if kind == "confirm" else {})
        return replace(state, pending=Pending(Ask.VALUE, name))

    def decided(self, to: str, language: str, words: str) -> float | None:
        """What the scenario makes of the words."""
        return completeness(self.scenario, self.state(to, language), words)


# Lines of text


def _text_lines() -> Iterator[tuple[str, str, list[str]]]:
    """Language, what was asked, and the words before each pause and before the end."""
    for language in ("ru", "en"):
        lines = yaml.safe_load((_DATA / "endpointing" / f"{language}.yaml").read_text(encoding="utf-8"))
        for line in lines:
            yield language, line["to"], _growing(line["said"])


def _growing(said: str) -> list[str]:
    pieces = [piece.strip() for piece in said.split("|")]
    return [" ".join(pieces[: count + 1]) for count in range(len(pieces))]


def _text_silences(asked: Asked) -> list[Silence]:
    silences = []
    for number, (language, to, said) in enumerate(_text_lines()):
        for words in said[:-1]:
            decided = asked.decided(to, language, words)
            silences += [Silence(number, language, decided, length) for length in _PAUSES]
        silences.append(Silence(number, language, asked.decided(to, language, said[-1]), float("inf")))
    return silences


def _speed(asked: Asked) -> dict[str, float]:
    """Milliseconds of one decision on words never heard before, of all beginnings of the lines, and of a whole turn."""
    engine = ScenarioEngine(asked.scenario)
    decisions, turns = [], []
    for language, to, said in _text_lines():
        state = asked.state(to, language)
        words = said[-1].split()
        for count in range(1, len(words) + 1):
            beginning = " ".join(words[:count])
            started = time.perf_counter()
            completeness(asked.scenario, state, beginning + " ")
            between = time.perf_counter()
            engine.process_turn(state, beginning, _AT)
            decisions.append((between - started) * 1000)
            turns.append((time.perf_counter() - between) * 1000)
    decisions.sort()
    turns.sort()
    half = len(turns) // 2
    return {
        "decision_p50_ms": round(decisions[half], 3),
        "decision_p99_ms": round(decisions[int(len(decisions) * 0.99)], 3),
        "decision_to_turn_ratio": round(decisions[half] / turns[half], 2),
        "tone_model_cpu_ms": _model_cost(),
    }


def _model_cost() -> float:
    """Milliseconds of a processor for one answer of the audio model."""
    model, sound = EOT(), np.zeros(EOT_MAX_SAMPLES, np.int16)
    model.predict(sound)
    started = time.process_time()
    for _ in range(10):
        model.predict(sound)
    return round(100 * (time.process_time() - started), 1)


# Recorded lines


def _recordings(folder: Path) -> Iterator[tuple[dict[str, Any], Samples]]:  # YAML: see speech.yaml
    lines = yaml.safe_load((_DATA / "endpointing" / "speech.yaml").read_text(encoding="utf-8"))
    for line in lines:
        file = folder / f"{line['file']}.flac"
        if file.is_file():
            yield line, _decoded(file)


def _decoded(file: Path) -> Samples:
    resampler = av.AudioResampler(format="s16", layout="mono", rate=_RATE)
    with av.open(str(file)) as container:
        pieces = [part for frame in container.decode(audio=0) for part in resampler.resample(frame)]
    samples: Samples = np.concatenate([piece.to_ndarray().ravel() for piece in [*pieces, *resampler.resample(None)]])
    return samples


def _with_pauses(sound: Samples, pauses: Sequence[Sequence[float]]) -> tuple[Samples, list[tuple[float, float]]]:
    """The recording with silence put in and two seconds of it at the end, and where each silence stands."""
    pieces, places, begin, at = [], [], 0, 0.0
    for cut, length in pauses:
        end = round(cut * _RATE)
        pieces += [_faded(sound[begin:end]), np.zeros(round(length * _RATE), np.int16)]
        at += (end - begin) / _RATE
        places.append((at, at + length))
        at, begin = at + length, end
    pieces += [_faded(sound[begin:]), np.zeros(2 * _RATE, np.int16)]
    joined: Samples = np.concatenate(pieces)
    return joined, places


def _faded(piece: Samples) -> Samples:
    """Ten milliseconds up and down, so that no click is heard."""
    made = piece.astype(np.float32)
    count = min(_FADE, len(made) // 2)
    made[:count] *= np.linspace(0, 1, count, dtype=np.float32)
    made[len(made) - count :] *= np.linspace(1, 0, count, dtype=np.float32)
    return made.astype(np.int16)


@dataclass
class Ears:
    """The voice detector and the audio model, on one recording at a time."""

    vad: VAD = field(default_factory=VAD)
    eot: EOT = field(default_factory=EOT)

    def silences(self, sound: Samples) -> Iterator[tuple[float, float, float]]:
        """Begin and end of every silence long enough to be noticed, and what the audio model makes of it."""
        self.vad.reset()
        speaking, run, quiet, began, chance = False, 0.0, 0.0, 0.0, 0.0
        for index in range(len(sound) // VAD_WINDOW_SAMPLES):
            window = sound[index * VAD_WINDOW_SAMPLES : (index + 1) * VAD_WINDOW_SAMPLES]
            probability, now = self.vad.predict(window), (index + 1) * _WINDOW
            if probability >= _SPEECH or (speaking and probability > _SILENCE):
                run += _WINDOW
                if run >= _SHORTEST_SPEECH:
                    if not speaking and began:
                        yield began, now, chance
                    speaking, began = True, 0.0
                quiet = 0.0
                continue
            run, quiet = 0.0, quiet + _WINDOW
            if speaking and quiet >= NOTICED and quiet - _WINDOW < NOTICED:
                chance = self.eot.predict(sound[: round(now * _RATE)][-EOT_MAX_SAMPLES:])
            if speaking and quiet >= VAD_SILENCE.total_seconds():
                speaking, began = False, now - quiet
        if not speaking and began:
            yield began, float("inf"), chance


def _spoken_silences(asked: Asked, folder: Path) -> list[Silence]:
    ears, silences = Ears(), []
    for number, (line, sound) in enumerate(_recordings(folder)):
        language = line["file"][:2]
        joined, places = _with_pauses(sound, line["pauses"])
        threshold = LOCAL_LANGUAGES.get(language, LOCAL_LANGUAGES["en"])
        ended = _last_sound(joined)
        for began, goes_on, chance in ears.silences(joined):
            silences.append(
                Silence(
                    line=number,
                    language=language,
                    decided=asked.decided(line["to"], language, _words_before(line, places, began)),
                    length=goes_on - began,
                    late=began - ended if goes_on == float("inf") else 0.0,
                    fell=chance >= ENDED,
                    fell_for_livekit=chance >= threshold,
                )
            )
    return silences


def _words_before(line: dict[str, Any], places: Sequence[tuple[float, float]], began: float) -> str:
    """The words that were spoken before a silence of the joined recording."""
    growing, passed = _growing(line["said"]), 0.0
    for index, (start, end) in enumerate(places):
        if start - 0.2 <= began <= end:
            return growing[index]
        if began > end:
            passed += end - start
    said = line["said"].replace("|", " ").split()
    return " ".join(word for word, end in zip(said, line["words"], strict=True) if end <= began - passed + 0.1)


def _last_sound(sound: Samples) -> float:
    """Where the last audible 20 ms end."""
    frames = sound[: len(sound) // 320 * 320].reshape(-1, 320).astype(np.float32)
    loud = np.sqrt((frames**2).mean(axis=1))
    return float((np.nonzero(loud > loud.max() / 100)[0][-1] + 1) * 320 / _RATE)


# Report


def _report(silences: Sequence[Silence], ways: Sequence[str]) -> dict[str, Any]:  # nested figures
    middle = [one for one in silences if one.length != float("inf")]
    report: dict[str, Any] = {"lines": len({one.line for one in silences}), "pauses": len(middle)}
    for name, some in (
        ("all", silences),
        *((language, [one for one in silences if one.language == language]) for language in ("ru", "en")),
    ):
        report[name] = {way: _judge(some, way) for way in ways}
        ours = report[name][ways[0]]
        for way in ways[1:]:
            report[name][f"{ways[0]}_to_{way}"] = {
                "cut_off": _ratio(ours["cut_off_percent"], report[name][way]["cut_off_percent"]),
                "wait_p50": _ratio(ours["wait_p50_ms"], report[name][way]["wait_p50_ms"]),
            }
    ended = [one for one in silences if one.length == float("inf")]
    report["words_decide"] = {
        "complete_at_the_end_percent": round(100 * sum(one.decided == 1.0 for one in ended) / len(ended), 1),
        "wrongly_complete_in_a_pause_percent": round(100 * sum(one.decided == 1.0 for one in middle) / len(middle), 1),
        "unfinished_at_the_end_percent": round(100 * sum(one.decided == 0.0 for one in ended) / len(ended), 1),
    }
    return report


def _ratio(ours: float, other: float) -> float | None:
    return round(ours / other, 2) if other else None


def measure(folder: Path) -> dict[str, Any]:
    """All figures. Waits are from the end of the sound to the end of the turn."""
    asked = Asked()
    spoken = _spoken_silences(asked, folder)
    return {
        "text": _report(_text_silences(asked), ("words_alone", "fixed")),
        **({"speech": _report(spoken, ("ours", "words_alone", "fixed", "default"))} if spoken else {}),
        "speed": _speed(asked),
    }


def main() -> None:
    """Prints the figures; with --json as one object."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--speech", type=Path, default=_DATA / "speech", help="folder of the recordings")
    chosen = parser.parse_args()
    figures = measure(chosen.speech)
    print(json.dumps(figures, ensure_ascii=False) if chosen.json else yaml.safe_dump(figures, sort_keys=False))


if __name__ == "__main__":
    main()
