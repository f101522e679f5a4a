"""`parity validate`, and what all commands have in common."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner
from spec_text import MINIMAL

from scaffolder import __version__
from scaffolder.cli import COMMANDS, cli

ROOT = Path(__file__).parents[1]


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    (tmp_path / "parity.yaml").write_text(MINIMAL, encoding="utf-8")
    return tmp_path


def python(code: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "PYTHONIOENCODING": "ascii",
        "PYTHONUTF8": "0",
    }
    return subprocess.run(
        [sys.executable, "-c", code, *arguments],
        capture_output=True,
        text=True,
        check=False,
        env=environment,
    )


def test_a_valid_spec_is_counted_and_warned_about(shop: Path) -> None:
    result = CliRunner().invoke(cli, ["validate", str(shop)])

    assert result.exit_code == 0
    assert result.stdout.splitlines() == [
        "parity.yaml:1:1: warning: no journey shows that what is acknowledged is stored (accept it "
        "with {check: area, case: persistence, reason: ...}, or pr_smoke fails where strict)",
        "parity.yaml is valid: 0 gaps, 0 failure modes, 0 journeys, 0 checks",
    ]


def test_problems_go_to_stderr_with_exit_code_2(shop: Path) -> None:
    file = shop / "parity.yaml"
    file.write_text(MINIMAL + "a: 1\ngaps: 2\n", encoding="utf-8")

    result = CliRunner().invoke(cli, ["validate", str(file)])

    assert result.exit_code == 2
    assert result.stdout == ""
    assert result.stderr.splitlines() == [
        "parity.yaml:14:1: unknown key 'a'",
        "parity.yaml:15:7: gaps: a list is wanted, not '2'",
        "2 problems",
    ]


def test_json_holds_problems_and_warnings(shop: Path) -> None:
    good = CliRunner().invoke(cli, ["validate", "--json", str(shop)])
    (shop / "parity.yaml").write_text(MINIMAL + "gap: []\n", encoding="utf-8")
    bad = CliRunner().invoke(cli, ["validate", "--json", str(shop)])

    assert good.exit_code == 0
    assert json.loads(good.stdout)["valid"] is True
    assert len(json.loads(good.stdout)["warnings"]) == 1
    assert bad.exit_code == 2
    assert json.loads(bad.stdout)["problems"] == [
        {"line": 14, "column": 1, "text": "unknown key 'gap'", "hint": "did you mean 'gaps'?"}
    ]


def test_no_spec_is_bad_input(tmp_path: Path) -> None:
    empty = CliRunner().invoke(cli, ["validate", str(tmp_path)])
    nowhere = CliRunner().invoke(cli, ["validate", str(tmp_path / "x")])
    (tmp_path / "parity.yaml").mkdir()
    folder = CliRunner().invoke(cli, ["validate", str(tmp_path)])

    assert (empty.exit_code, nowhere.exit_code, folder.exit_code) == (2, 2, 2)
    assert "there is no parity.yaml in this folder" in empty.stderr
    assert "there is no such file or folder" in nowhere.stderr
    assert "it can't be read: Is a directory" in folder.stderr


def test_an_unknown_command_gets_a_suggestion() -> None:
    result = CliRunner().invoke(cli, ["validat"])

    assert result.exit_code == 2
    assert "No such command 'validat'. Did you mean 'validate'?" in result.stderr


def test_version_and_help_import_nothing_slow() -> None:
    code = (
        "import sys; from scaffolder.cli import main\n"
        "try: main()\n"
        "except SystemExit as exit: code = exit.code\n"
        "slow = {'pydantic', 'copier', 'rich', 'yaml', 'ruamel', 'nox'} & set(sys.modules)\n"
        "print('slow:', sorted(slow), 'code:', code)\n"
    )

    shown = python(code, "--help")
    version = python(code, "--version")

    assert "slow: [] code: 0" in shown.stdout
    assert all(name in shown.stdout for name in COMMANDS)
    assert f"parity, version {__version__}" in version.stdout
    assert "slow: [] code: 0" in version.stdout


@pytest.mark.parametrize("name", ["validate", "plan", "schema"])
def test_each_command_shows_an_example(name: str) -> None:
    result = CliRunner().invoke(cli, [name, "--help"])

    assert result.exit_code == 0
    assert f"Example:\n    parity {name}" in result.stdout


def test_a_bug_of_ours_says_so_and_exits_with_70() -> None:
    code = (
        "import scaffolder.cli as c\n"
        "c.COMMANDS['schema'] = ('scaffolder.cli:nothing', '')\n"
        "c.main()\n"
    )

    result = python(code, "schema")

    assert result.returncode == 70
    assert "AttributeError" in result.stderr
    assert "This is a bug of parity" in result.stderr


def test_a_message_about_half_a_character_reaches_the_terminal(shop: Path) -> None:
    text = MINIMAL + 'gaps: [{id: "\\ud800\N{PILE OF POO}", category: packaging}]\n'
    (shop / "parity.yaml").write_text(text, encoding="utf-8")

    result = python("from scaffolder.cli import main; main()", "validate", str(shop))

    assert result.returncode == 2
    assert "gaps[0].id: '\\ud800" in result.stderr


def test_schema_is_printed_as_shipped() -> None:
    result = CliRunner().invoke(cli, ["schema"])

    shipped = ROOT / "scaffolder" / "spec" / "schema.json"
    assert result.stdout == shipped.read_text(encoding="utf-8")
