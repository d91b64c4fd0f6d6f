"""Exit codes and channels of the command line: 0 good, 1 failed, 2 wrong usage; errors on standard error."""

from __future__ import annotations

import subprocess
import sys

import pytest

from app.cli import COMMANDS

pytestmark = pytest.mark.unit


def otklik(*args: str, lang: str = "en") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "app.cli", *args],
        capture_output=True,
        text=True,
        check=False,
        timeout=250,
        env={"PATH": "/usr/bin:/bin", "OTKLIK_LANGUAGE": lang, "PYTHONIOENCODING": "utf-8"},
    )


def test_help_names_every_command_and_version_tells_the_version() -> None:
    shown = otklik("--help")
    assert shown.returncode == 0
    for name in COMMANDS:
        assert f"\n  {name}" in shown.stdout
    assert otklik("--version").stdout.startswith("otklik, version ")


@pytest.mark.parametrize("args", [("nosuch",), ("simulate",), ("call",), ("config", "check"), ("status", "--nosuch")])
def test_wrong_usage_is_two_and_says_what_is_wrong_on_standard_error(args: tuple[str, ...]) -> None:
    answer = otklik(*args)
    assert answer.returncode == 2
    assert answer.stdout == ""
    assert "Error" in answer.stderr


def test_a_good_scenario_is_zero_and_one_with_errors_is_one(tmp_path: pytest.TempPathFactory) -> None:
    assert otklik("config", "check", "examples/dental.yaml").returncode == 0
    missing = otklik("config", "check", f"{tmp_path}/nothing.yaml", lang="ru")
    assert missing.returncode in (1, 2)
    assert "nothing.yaml" in missing.stderr


def test_web_says_in_one_sentence_that_it_cannot_listen() -> None:
    answer = otklik("web", "--host", "192.0.2.1", "--port", "8765")
    assert answer.returncode == 1
    assert len(answer.stderr.strip().splitlines()) == 1
    assert "192.0.2.1" in answer.stderr
    assert "8765" in answer.stderr
