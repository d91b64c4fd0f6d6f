"""`otklik simulate` and `otklik config check` on folders, and what `otklik call` takes."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from app.cli import cli
from app.commands.call import read_script

pytestmark = pytest.mark.unit
EXAMPLES = Path(__file__).parents[3] / "examples"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A tested scenario, in a folder of the folder."""
    (tmp_path / "below").mkdir()
    for file in ("parcels.yaml", "parcels.callers.yaml"):
        shutil.copy(EXAMPLES / file, tmp_path / "below" / file)
    (tmp_path / "compose.yaml").write_text("services: {}\n", encoding="utf-8")
    return tmp_path


def otklik(*args: object, lang: str = "en") -> Result:
    return CliRunner(env={"OTKLIK_LANGUAGE": lang}).invoke(cli, [str(arg) for arg in args])


def test_folders_in_the_folder_are_searched(folder: Path) -> None:
    answer = otklik("simulate", folder)
    assert answer.exit_code == 0, answer.output
    assert "parcels" in answer.stdout


@pytest.mark.parametrize(("lang", "words"), [("en", "nothing was tested"), ("ru", "ничего не проверено")])
def test_a_scenario_that_nobody_calls_fails_the_run_and_is_named(folder: Path, lang: str, words: str) -> None:
    shutil.copy(EXAMPLES / "dental.yaml", folder / "dental.yaml")
    answer = otklik("simulate", folder, lang=lang)
    assert answer.exit_code == 1
    assert "parcels" in answer.stdout, "the others are run all the same"
    assert f"{folder / 'dental.yaml'}: {words}" in answer.stderr
    assert "compose.yaml" not in answer.stderr


def test_a_caller_of_no_such_name_is_told_by_the_name(folder: Path) -> None:
    answer = otklik("simulate", folder, "--caller", "zzz")
    assert answer.exit_code == 2
    assert "'zzz'" in answer.stderr


def test_a_folder_given_to_the_check_is_told_to_be_one(folder: Path) -> None:
    answer = otklik("config", "check", folder)
    assert answer.exit_code == 2
    assert "is a folder" in answer.stderr


@pytest.mark.parametrize("seconds", ["-1", "nan", "inf", "soon"])
def test_a_wait_that_is_no_time_is_wrong_usage(seconds: str) -> None:
    answer = otklik("call", "--bot", "x", "--wait", seconds)
    assert answer.exit_code == 2
    assert "--wait" in answer.stderr


def test_a_script_has_one_utterance_a_line_and_a_line_ends_where_it_ends(tmp_path: Path) -> None:
    script = tmp_path / "script.txt"
    script.write_bytes("\ufeffодин\u2028и ещё\r\n\r\nдва\x0bтри\n".encode())
    assert read_script(script, "en") == ("один\u2028и ещё", "", "два\x0bтри")
    script.write_bytes(b"")
    assert read_script(script, "en") == ()
