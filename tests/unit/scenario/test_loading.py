"""A scenario with errors says all of them, where they are, and what would be right."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.i18n import catalog
from app.scenario import callers, config_loader
from app.scenario.compiled import CompiledScenario
from app.scenario.config_loader import ScenarioInvalid
from app.scenario.problems import MAX_SHOWN, Problem
from app.scenario.source_reader import MAX_EVENTS
from tests.support.conversations import clinic_source, clinic_with
from tests.support.work import operations

pytestmark = pytest.mark.unit


def problems(source: str) -> list[Problem]:
    with pytest.raises(ScenarioInvalid) as raised:
        config_loader.load(source, "s.yaml")
    return list(raised.value.problems)


def one(*changes: tuple[str, str]) -> Problem:
    found = problems(clinic_source(*changes))
    assert len(found) == 1, found
    return found[0]


def test_a_good_scenario_loads_without_warnings(clinic: CompiledScenario) -> None:
    assert clinic.warnings == ()
    assert clinic.languages == ("ru", "en")
    assert list(clinic.stages) == ["purpose", "booking", "confirm", "done", "info", "handover", "bye"]


def test_all_problems_are_reported_at_once_in_the_order_of_the_file() -> None:
    source = clinic_source(
        ("type: person_name", "type: persn"),
        ("confirm: true", "confirmm: true"),
        ("to: confirm, when: collected", "to: confrm, when: collected"),
        ('visited("done")', 'visited("dome")'),
    )
    found = problems(source)
    assert [problem.code for problem in found] == ["type_unknown", "unknown_key", "unknown_stage", "unknown_stage"]
    assert [problem.suggestion for problem in found] == ["person_name", "confirm", "confirm", "done"]
    assert [problem.line for problem in found] == sorted(problem.line for problem in found)
    assert found[2].path == "stages[1].transitions[0].to"


def test_a_problem_names_the_line_and_column_of_what_is_wrong() -> None:
    source = clinic_source(("to: handover, when: intent", "to: handovr, when: intent"))
    found = problems(source)[0]
    line = source.splitlines()[found.line - 1]
    assert line[found.column - 1 :].startswith("handovr")


def test_an_error_in_a_condition_points_into_the_condition() -> None:
    source = clinic_source(('when: visited("done")', 'when: visited("done") && turn > "x"'))
    found = problems(source)[0]
    assert found.code == "condition_types"
    line = source.splitlines()[found.line - 1]
    assert line[found.column - 1 :].startswith('> "x"')


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ('answer == "no"', 'answr == "no"', "condition_name"),
        ('intent == "human"', 'intent == "humn"', "unknown_intent"),
        ("has(fields.phone)", "has(fields.fone)", "unknown_field"),
        ("answered_questions > 0", "answered_questions", "condition_not_boolean"),
        ("answered_questions > 0", "(answered_questions > 0", "condition_syntax"),
        ("answered_questions > 0", "refused.exists(r, true)", "condition_loop"),
        ("collect: [service, date", "collect: [servce, date", "unknown_field"),
        ("collect: [service, date", "collect: [service, service, date", "collected_twice"),
        ("{{ name }}, {{ service }}", "{{ nam }}, {{ service }}", "template_name"),
        ("{{ date }} в", "{{ date | upper }} в", "template_filter"),
        ("max: today+60d", "max: someday", "bound_not_date"),
        ("[mon, tue,", "[mom, tue,", "unknown_weekday"),
        ('"08:00", "20:00"', '"20:00", "08:00"', "bounds_crossed"),
        ('"08:00"', '"8 утра"', "bad_clock"),
        ("id: info", "id: bye", "duplicate_stage"),
        ("duration: 10m", "duration: 10 минут", "duration_expected"),
        ("duration: 10m", "duration: 5s", "limits_duration"),
        ("otherwise: handover", "otherwise: hand", "unknown_stage"),
        ('to: "+74951234567"', "to: полиция", "bad_number"),
        ("[ru, en]", "[ru, de]", "wrong_value"),
        ("type: text", "type: address", "type_later"),
        ("- {code: ABANDONED}", "- {code: abandoned}", "bad_code"),
    ],
)
def test_each_kind_of_error_has_its_code(old: str, new: str, code: str) -> None:
    codes = {problem.code for problem in problems(clinic_source((old, new)))}
    assert code in codes


def test_a_text_must_exist_in_every_language() -> None:
    found = one(('{ru: "Ждём вас!", en: "See you!"}', '{ru: "Ждём вас!"}'))
    assert (found.code, found.params["language"]) == ("text_language_missing", "en")


def test_a_stage_that_cannot_be_reached_is_only_a_warning() -> None:
    scenario = clinic_with(('  - {to: info, when: intent == "hours"}\n', ""))
    assert {(one.code, one.path) for one in scenario.warnings} == {
        ("unreachable_stage", "stages[4].id"),
        ("intent_unused", "intents.hours"),
    }


def test_stages_that_go_round_without_a_word_are_an_error() -> None:
    found = one(('- {to: done, when: answer == "yes"}', "- {to: booking}"))
    assert found.code == "silent_loop"


def test_a_call_that_can_never_end_is_an_error() -> None:
    source = clinic_source(
        ("    end: true\n", '    transitions: [{to: purpose, when: intent == "book"}]\n'),
        (
            '    transfer: {to: "+74951234567", otherwise: bye}\n',
            '    transitions: [{to: purpose, when: intent == "book"}]\n',
        ),
    )
    assert "no_end" in {problem.code for problem in problems(source)}


def test_json_is_read_as_well_as_yaml() -> None:
    source = """{"version": 1, "name": "Мини", "languages": ["ru"], "agent": {"name": "Анна"}, "greeting": "Алло",
\t"stages": [{"id": "start", "say": "Пока!", "end": true}], "outcomes": [{"code": "DONE"}]}"""
    assert config_loader.load(source, "s.json").first == "start"


@pytest.mark.parametrize(
    ("source", "code"),
    [
        ("", "expected_map"),
        ("просто текст", "expected_map"),
        ("a: 1\na: 2", "duplicate_key"),
        ("a: &x [1]\nb: *x", "alias"),
        ("a: !!python/object:os.system {}", "tag"),
        ("a: " + "1" * 400, "number_too_large"),
        ("---\na: 1\n---\nb: 2", "second_document"),
        ("? [a]\n: b", "key_not_text"),
        ("a: \x00", "control_character"),
        ("a: [", "syntax_unclosed"),
        ("a: 'x\nb: 3", "syntax_unclosed"),
        ("a:\n\tb: 1", "syntax_tab"),
        ("a: @x", "syntax_character"),
        ("a: b: c", "syntax_colon"),
        ("a:\n  b: 1\n c: 2", "syntax_indent"),
        ("a: 1\nhello\nb: 2", "syntax_no_colon"),
        ("[" * 100_000, "too_deep"),
        ("- " * 5_000, "too_deep"),
        ("- 1\n" * 60_000, "too_many_values"),
        ("a: x\n" * 60_000, "too_large"),
    ],
)
def test_a_hostile_file_is_an_error_and_not_a_crash(source: str, code: str, monkeypatch: pytest.MonkeyPatch) -> None:
    read = parsed(monkeypatch)
    assert code in {problem.code for problem in problems(source)}
    assert len(read) <= (MAX_EVENTS + 2 if code == "too_many_values" else 100)


def parsed(patch: pytest.MonkeyPatch) -> list[yaml.Event]:
    """Fills with what the parser finds in files from now on, for as long as somebody reads on."""
    found: list[yaml.Event] = []
    parse = yaml.parse

    def counted(text: str, Loader: type) -> Iterator[yaml.Event]:  # noqa: N803 (the parser's own name)
        for event in parse(text, Loader=Loader):
            found.append(event)
            yield event

    patch.setattr(yaml, "parse", counted)
    return found


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(
                ["version", "name", "fields", "stages", "id", "to", "when", "type", "languages", "x", "ru"]
            ),
            inner,
            max_size=6,
        )
    ),
    max_leaves=30,
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(_JSON)
def test_any_data_is_either_a_scenario_or_a_list_of_problems(data: object) -> None:
    with pytest.raises(ScenarioInvalid) as raised:
        config_loader.load(json.dumps(data, ensure_ascii=False), "s.json")
    assert raised.value.problems


@settings(max_examples=150, deadline=None)
@given(st.text(alphabet="abc:-[]{}&*!|>'\"%@#, \n\t0123456789ё{}", max_size=200))
def test_any_text_is_either_a_scenario_or_a_list_of_problems(text: str) -> None:
    with pytest.raises(ScenarioInvalid):
        config_loader.load(text, "s.yaml")


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_one_broken_line_is_reported_or_harmless(data: st.DataObject) -> None:
    lines = clinic_source().splitlines()
    n = data.draw(st.integers(0, len(lines) - 1))
    lines[n] = data.draw(st.sampled_from(["", "  x: y", "- z", "  : ", lines[n] + " q", lines[n][1:], lines[n] * 2]))
    try:
        config_loader.load("\n".join(lines), "s.yaml")
    except ScenarioInvalid as invalid:
        places = [(problem.line, problem.column) for problem in invalid.problems]
    else:
        places = []
    assert all(line >= 1 and column >= 1 for line, column in places)


def test_every_problem_has_its_words_and_a_fix_in_both_languages() -> None:
    room = Path(config_loader.__file__).parent
    code = re.compile(
        r"(?:error|warn|problem|_fail|PydanticCustomError|ConditionError|TemplateError)\(\s*\n?\s*\"([a-z_]+)\""
    )
    used = {found for file in room.glob("*.py") for found in code.findall(file.read_text(encoding="utf-8"))}
    assert len(used) > 50
    for lang in ("ru", "en"):
        texts = catalog(lang).texts
        missing = {key for one in used for key in (f"scenario.{one}", f"scenario.{one}.fix") if key not in texts}
        assert missing == set()


def test_a_file_of_errors_is_told_the_first_of_them() -> None:
    def transitions(count: int) -> list[str]:
        many = "".join(f"      - {{to: bokking{n}}}\n" for n in range(count))
        return [one.code for one in problems(clinic_source(("      - {to: confirm, when: collected}\n", many)))]

    def keys(count: int) -> list[Problem]:
        return problems(clinic_source() + "".join(f"zz{n}: 1\n" for n in range(count)))

    assert transitions(4000) == ["too_many"]
    assert len(keys(5000)) == MAX_SHOWN
    for work in (transitions, keys):  # twice the errors are twice the work
        few, many = (operations(partial(work, count)) for count in (1000, 2000))
        assert many < 2.5 * few


def test_a_callers_file_is_checked_like_a_scenario() -> None:
    source = """
version: 1
at: "2026-11-24T10:00:00"
zone: Europe/Moskva
callers:
  - name: А
    says: [да]
    expct: {}
"""
    with pytest.raises(ScenarioInvalid) as raised:
        callers.load(source, "s.callers.yaml")
    assert {problem.code for problem in raised.value.problems} == {"zone_unknown", "unknown_key", "missing_key"}


def test_the_schema_describes_the_file() -> None:
    schema = config_loader.json_schema()
    assert schema["additionalProperties"] is False
    assert {"stages", "fields", "greeting"} <= set(schema["properties"])
