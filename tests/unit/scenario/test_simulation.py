"""Simulated callers and the two commands that people run on scenario files."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from app.cli import cli
from app.scenario import callers, simulator
from app.scenario.compiled import CompiledScenario
from tests.support.conversations import clinic_source

pytestmark = pytest.mark.unit

HEAD = """
version: 1
at: "2026-11-24T10:00:00"
zone: Europe/Moscow
callers:
"""
GOOD = """
  - name: Марина
    phone: "+79261234567"
    says: ["Запишите на чистку послезавтра в шесть вечера"]
    replies:
      fields: {name: Марина Соколова, comment: нет}
      stages: {confirm: [{interrupt: 2, say: "нет, в семь вечера"}, "да"]}
    expect:
      outcome: LEAD
      fields: {date: "2026-11-26", time: "19:00", phone: "+79261234567", comment: null}
      refused: [comment]
      visited: [booking, confirm, done]
      not_visited: [handover]
      said: ["Марина Соколова"]
      never_said: [скидк]
      ended: end
      language: ru
      asked: {date: 0, name: 1}
      corrected: [time]
"""
SCRIPTED = """
  - name: Молчун
    script: [{silence: true}, {silence: true}, {silence: true}]
    expect: {outcome: ABANDONED, ended: silence}
  - name: Хочет человека
    says: [позовите оператора, {transfer_failed: true}]
    expect: {outcome: TRANSFERRED, said: [Соединить не получилось], ended: end}
  - name: Вешает трубку
    script: [запишите меня, {hang_up: true}]
    expect: {ended: caller}
  - name: Нажимает кнопки
    says: ["Запишите на чистку завтра в десять утра", "меня зовут Иван"]
    replies:
      fields: {phone: {dtmf: "89261234567#"}, comment: нет}
      confirm: {phone: {dtmf: "1"}}
      stages: {confirm: да}
    expect: {fields: {phone: "+79261234567"}, outcome: LEAD}
"""
FAILING = """
  - name: Без ответа
    says: [запишите меня]
    expect: {outcome: LEAD}
"""


def results(scenario: CompiledScenario, text: str) -> dict[str, simulator.CallerResult]:
    people = callers.load(HEAD + text, "c.callers.yaml", scenario)
    return {result.caller: result for result in simulator.run(scenario, people, name="clinic")}


def test_callers_who_behave_as_people_do_pass(clinic: CompiledScenario) -> None:
    found = results(clinic, GOOD + SCRIPTED)
    assert {name: result.got for name, result in found.items() if not result.passed} == {}
    assert len(found) == 5


def test_a_caller_without_a_reply_fails_and_says_to_what(clinic: CompiledScenario) -> None:
    result = results(clinic, FAILING)["Без ответа"]
    assert not result.passed
    assert result.got["reply_missing"] == "value:service"
    assert (result.expected["outcome"], result.got["outcome"]) == ("LEAD", "ABANDONED")


@pytest.mark.parametrize(
    ("old", "new", "key"),
    [
        ("outcome: LEAD", "outcome: CALLBACK", "outcome"),
        ('time: "19:00"', 'time: "18:00"', "fields"),
        ("refused: [comment]", "refused: [name]", "refused"),
        ("not_visited: [handover]", "not_visited: [confirm]", "visited_by_mistake"),
        ("visited: [booking,", "visited: [info,", "visited"),
        ('said: ["Марина Соколова"]', "said: [Наполеон]", "said"),
        ("never_said: [скидк]", "never_said: [записываю]", "said_by_mistake"),
        ("ended: end", "ended: caller", "ended"),
        ("language: ru", "language: en", "language"),
        ("asked: {date: 0", "asked: {date: 1", "asked"),
        ("corrected: [time]", "corrected: [date]", "corrected"),
    ],
)
def test_each_expectation_can_fail(clinic: CompiledScenario, old: str, new: str, key: str) -> None:
    assert old in GOOD
    result = results(clinic, GOOD.replace(old, new))["Марина"]
    assert [name for name in result.expected if result.expected[name] != result.got[name]] == [key]


def test_running_twice_gives_the_same(clinic: CompiledScenario) -> None:
    assert results(clinic, GOOD + SCRIPTED) == results(clinic, GOOD + SCRIPTED)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("OTKLIK_LANGUAGE", "en")
    (tmp_path / "clinic.yaml").write_text(clinic_source(), encoding="utf-8")
    (tmp_path / "clinic.callers.yaml").write_text(HEAD + GOOD + SCRIPTED, encoding="utf-8")
    return tmp_path


def run(*arguments: object) -> Result:
    return CliRunner().invoke(cli, [str(argument) for argument in arguments])


def test_simulate_prints_a_table_and_exits_with_zero_when_all_pass(folder: Path) -> None:
    result = run("simulate", folder)
    assert result.exit_code == 0, result.output
    assert result.stdout.count("passed") == 5
    assert "5 callers, failed: 0" in result.stdout


def test_simulate_prints_json(folder: Path) -> None:
    result = run("simulate", folder / "clinic.yaml", "--json")
    assert result.exit_code == 0
    rows = json.loads(result.stdout)
    assert [set(row) for row in rows] == [{"scenario", "caller", "passed", "expected", "got"}] * 5
    assert rows[0]["scenario"] == "clinic"
    assert rows[0]["passed"] is True


def test_a_failing_caller_is_exit_code_one_with_the_difference(folder: Path) -> None:
    (folder / "clinic.callers.yaml").write_text(HEAD + FAILING, encoding="utf-8")
    result = run("simulate", folder)
    assert result.exit_code == 1
    assert 'outcome: expected "LEAD", got "ABANDONED"' in result.stdout
    assert "no reply written for" in result.stdout


def test_a_broken_scenario_is_exit_code_one_and_the_others_still_run(folder: Path) -> None:
    (folder / "bad.yaml").write_text("version: 1\n", encoding="utf-8")
    (folder / "bad.callers.yaml").write_text(HEAD + GOOD, encoding="utf-8")
    result = run("simulate", folder)
    assert result.exit_code == 1
    assert "bad.yaml:1:1" in result.stderr
    assert result.stdout.count("passed") == 5


def test_wrong_usage_is_exit_code_two(folder: Path, tmp_path: Path) -> None:
    assert run("simulate", folder / "nothing").exit_code == 2
    (folder / "clinic.callers.yaml").unlink()
    without = run("simulate", folder / "clinic.yaml")
    assert without.exit_code == 2
    assert "clinic.callers.yaml" in without.stderr
    assert run("simulate", folder).exit_code == 1, "nothing was tested"
    assert run("simulate").exit_code == 2


def test_unknown_names_in_a_callers_file_are_told(folder: Path) -> None:
    wrong = GOOD.replace("stages: {confirm:", "stages: {confrim:")
    (folder / "clinic.callers.yaml").write_text(HEAD + wrong, encoding="utf-8")
    result = run("simulate", folder)
    assert result.exit_code == 1
    assert 'There is no stage "confrim". Did you mean "confirm"?' in result.stderr


def test_config_check_says_that_all_is_well(folder: Path) -> None:
    result = run("config", "check", folder / "clinic.yaml")
    assert result.exit_code == 0
    assert "7 stages, 6 fields, 4 intents; languages: ru, en" in result.stdout


def test_config_check_says_everything_that_is_wrong(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTKLIK_LANGUAGE", "ru")
    source = clinic_source(("to: confirm, when", "to: confrm, when"), ("type: person_name", "type: persn"))
    (folder / "clinic.yaml").write_text(source, encoding="utf-8")
    result = run("config", "check", folder / "clinic.yaml")
    assert result.exit_code == 1
    assert "stages[1].transitions[0].to: Нет стадии «confrm». Возможно, «confirm»?" in result.stderr
    assert "Типа «persn» нет. Возможно, «person_name»?" in result.stderr
    assert "2 ошибки" in result.stderr
    assert result.stdout == ""


def test_a_file_that_cannot_be_read_is_one_sentence(folder: Path) -> None:
    (folder / "koi.yaml").write_bytes("имя: Анна".encode("koi8-r"))
    result = run("config", "check", folder / "koi.yaml")
    assert (result.exit_code, result.stderr.strip().endswith("is not UTF-8. Save it as UTF-8.")) == (1, True)
    assert run("config", "check", folder / "none.yaml").exit_code == 2
