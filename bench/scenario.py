"""How fast the scenario engine is, and how much it keeps.

`python -m bench.scenario [--json]`. One core, no network, no model. The scenario has 30 stages, 30 fields and two
languages; a call has 100 turns of what people say. Times are of the wall clock;
`cpu` figures are the same turns in processor time, which other programs on the machine do not lengthen. Baselines in
the same run: for a turn, the state's JSON written and read once; for loading, PyYAML's own `safe_load` (C) of the
same text.
"""

from __future__ import annotations

import json
import statistics
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import yaml

from app.scenario import config_loader
from app.scenario.compiled import CompiledScenario
from app.scenario.engine import ScenarioEngine
from app.scenario.state import CallStart, CallState

_AT = datetime(2026, 11, 24, 7, 0, tzinfo=UTC)
_CALLS = 20
_TURNS = 100
_KINDS = ("text", "person_name", "phone", "email", "date", "time", "number", "yes_no", "choice")
_SAID = (
    "Здравствуйте, хочу записаться на чистку послезавтра в шесть вечера",
    "в пять",
    "нет, не в пять, а в шесть",
    "да, всё верно",
    "не скажу",
    "восемь девятьсот двадцать шесть сто двадцать три сорок пять шестьдесят семь",
    "иван точка петров собака мейл точка ру",
    "меня зовут Марина Соколова",
    "двадцать пятого",
    "без четверти семь вечера",
    "а сколько это стоит?",
    "трое, нет, четверо",
    "ну я даже не знаю, давайте как-нибудь потом решим, у меня тут дети кричат",
    "tomorrow at half past five please",
    "nine one six one two three four five six seven",
    "what are your opening hours?",
    "my name is John Smith and I would like the second option",
    "no",
    "повторите, пожалуйста",
    "бла бла бла",
)


def large_scenario() -> str:
    """A scenario at the size of the promise: 30 stages, 30 fields, 20 intents, Russian and English."""
    fields: dict[str, object] = {}
    for n in range(30):
        kind = _KINDS[n % len(_KINDS)]
        field: dict[str, object] = {
            "type": kind,
            "label": {"ru": f"поле {n}", "en": f"field {n}"},
            "ask": {"ru": [f"Скажите поле {n}?", f"Ещё раз, поле {n}?"], "en": [f"What is field {n}?"]},
            "required": False,
        }
        if kind == "choice":
            field["options"] = {
                f"вариант{n}_{k}": {"also": {"ru": [f"слово{n}{k}"], "en": [f"word{n}{k}"]}} for k in range(5)
            }
        if kind == "date":
            field |= {"min": "today", "max": "today+60d"}
        if kind == "time":
            field["between"] = ["09:00", "20:00"]
        fields[f"f{n}"] = field
    intents = {
        f"i{n}": {
            "keywords": {"ru": [f"ключ{n}*", f"особый{n} запрос"], "en": [f"key{n}*"]},
            "examples": {"ru": [f"хочу узнать про тему{n} и её условия"], "en": [f"tell me about topic{n} please"]},
        }
        for n in range(20)
    }
    stages: list[dict[str, object]] = [
        {
            "id": f"s{n}",
            "goal": {"ru": "Собрать данные.", "en": "Collect."},
            "collect": [f"f{n}"],
            "transitions": [
                {"to": f"s{(n + 7) % 29}", "when": f'intent == "i{n % 20}" && turn > 3'},
                {"to": f"s{n + 1}", "when": 'collected && (answer == "yes" || turns_in_stage > 2)'},
            ],
        }
        for n in range(29)
    ]
    stages.append({"id": "s29", "say": {"ru": "До свидания.", "en": "Goodbye."}, "end": True})
    data = {
        "version": 1,
        "name": {"ru": "Большой", "en": "Large"},
        "languages": ["ru", "en"],
        "agent": {"name": {"ru": "А", "en": "A"}},
        "greeting": {"ru": "Слушаю.", "en": "Hello."},
        "fields": fields,
        "intents": intents,
        "stages": stages,
        "anywhere": [{"to": "s29", "when": 'intent == "i19" && since_start > 6000'}],
        "limits": {"duration": "2h", "turns": 500},
        "knowledge": {"unknown": {"ru": "Уточню.", "en": "I will ask."}},
        "outcomes": [{"code": "LEAD", "when": 'visited("s29")'}, {"code": "ABANDONED"}],
    }
    return yaml.safe_dump(data, allow_unicode=True, sort_keys=False)


def _call(engine: ScenarioEngine, offset: int) -> tuple[list[tuple[float, float]], CallState]:
    """Milliseconds of each turn (wall, processor), and the state at the end."""
    state = engine.start_call(CallStart(_AT, "Europe/Moscow", "RU", "+79261234567")).state
    times = []
    for n in range(_TURNS):
        if state.ended:  # a new call, so that every turn is a turn of a running one
            state = engine.start_call(CallStart(_AT, "Europe/Moscow", "RU", "+79261234567")).state
        said = _SAID[(n * 7 + offset) % len(_SAID)]
        started, busy = time.perf_counter(), time.thread_time()
        state = engine.process_turn(state, said, _AT + timedelta(seconds=6 * n)).state
        times.append(((time.perf_counter() - started) * 1000, (time.thread_time() - busy) * 1000))
    return times, state


def _percentiles(values: list[float]) -> tuple[float, float]:
    """The median and the 99th percentile."""
    ordered = sorted(values)
    return ordered[len(ordered) // 2], ordered[int(len(ordered) * 0.99)]


def _best(work: Callable[[], object], times: int) -> float:
    """Milliseconds of the median run."""
    taken = []
    for _ in range(times):
        started = time.perf_counter()
        work()
        taken.append((time.perf_counter() - started) * 1000)
    return statistics.median(taken)


def _largest_example() -> tuple[str, str]:
    folder = Path(__file__).parents[1] / "examples"
    files = [file for file in folder.glob("*.yaml") if not file.name.endswith(".callers.yaml")]
    if not files:
        return "generated", large_scenario()
    file = max(files, key=lambda one: one.stat().st_size)
    return file.name, file.read_text(encoding="utf-8")


def measure() -> dict[str, float | int | str]:
    """All figures; times in milliseconds, sizes in bytes."""
    scenario: CompiledScenario = config_loader.load(large_scenario(), "large.yaml")
    engine = ScenarioEngine(scenario)
    for warm in range(2):
        _call(engine, warm)
    times: list[tuple[float, float]] = []
    sizes = []
    for n in range(_CALLS):
        taken, state = _call(engine, n)
        times += taken
        if state.caller_turns == _TURNS:
            sizes.append(len(json.dumps(state.to_json(), ensure_ascii=False).encode()))
    text = json.dumps(state.to_json(), ensure_ascii=False)
    baseline = _best(lambda: json.dumps(json.loads(text), ensure_ascii=False), 200)
    name, source = _largest_example()
    config_loader.load(source, name)
    loaded = _best(lambda: config_loader.load(source, name), 15)
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    bare = _best(lambda: yaml.load(source, Loader=loader), 15)  # noqa: S506 (a safe loader)
    median, last = _percentiles([wall for wall, _ in times])
    median_cpu, last_cpu = _percentiles([busy for _, busy in times])
    return {
        "turns": len(times),
        "turn_p50_ms": round(median, 3),
        "turn_p99_ms": round(last, 3),
        "turn_p50_cpu_ms": round(median_cpu, 3),
        "turn_p99_cpu_ms": round(last_cpu, 3),
        "turn_baseline_json_round_trip_ms": round(baseline, 3),
        "turn_ratio": round(median / baseline, 2),
        "calls_of_100_turns": len(sizes),
        "state_100_turns_bytes": max(sizes),
        "load_file": name,
        "load_bytes": len(source.encode()),
        "load_ms": round(loaded, 2),
        "load_baseline_yaml_safe_load_ms": round(bare, 2),
        "load_ratio": round(loaded / bare, 2),
    }


_GOALS = {"turn_p50_ms": 1.0, "turn_p99_ms": 5.0, "state_100_turns_bytes": 64 * 1024, "load_ms": 50.0}


def main() -> None:
    """Prints the figures; with --json as one object."""
    figures = measure()
    if "--json" in sys.argv[1:]:
        print(json.dumps(figures, ensure_ascii=False))
        return
    for name, value in figures.items():
        goal = f"   goal <= {_GOALS[name]:g}" if name in _GOALS else ""
        print(f"{name:<36} {value}{goal}")


if __name__ == "__main__":
    main()
