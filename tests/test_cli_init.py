"""`parity init` as it is typed."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from scaffolder.cli import cli
from scaffolder.cli.init_report import _observation
from scaffolder.observe.observe import Observation
from scaffolder.spec.load import check, load

EXAMPLES = Path(__file__).parents[1] / "examples"


def parity(*arguments: str) -> Result:
    return CliRunner().invoke(cli, list(arguments))


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """The FastAPI example as a repository that knows nothing of parity."""
    left_out = shutil.ignore_patterns("parity.yaml", "breakages", "__pycache__", ".parity")
    shutil.copytree(EXAMPLES / "fastapi-shop", tmp_path / "shop", ignore=left_out)
    return tmp_path / "shop"


def test_a_draft_is_valid_and_shows_its_evidence(shop: Path) -> None:
    done = parity("init", "--no-observe", str(shop))

    assert done.exit_code == 0, done.output
    spec, problems = check((shop / "parity.yaml").read_bytes())
    assert spec is not None and problems == []
    assert spec.app.packages == ["shop"]
    assert spec.production.database.version == "16"
    assert "version: '16'" in (shop / "parity.yaml").read_text()
    assert "# compose.yaml:3" in (shop / "parity.yaml").read_text()
    assert "sqlite-in-tests: the tests run on SQLite, production on PostgreSQL 16" in done.output


def test_what_is_not_found_is_asked_at_its_place(shop: Path) -> None:
    (shop / "compose.yaml").unlink()

    done = parity("init", "--no-observe", str(shop))

    lines = (shop / "parity.yaml").read_text().splitlines()
    (place,) = [i for i, line in enumerate(lines) if "which major version" in line]
    assert "QUESTION" in lines[place]
    assert lines[place + 3].strip().startswith("version:")
    assert "production.database.version: which major version" in done.output


def test_a_second_run_proposes_and_writes_nothing(shop: Path) -> None:
    parity("init", "--no-observe", str(shop))
    file = shop / "parity.yaml"
    before = file.read_text().replace("version: '16'", "version: '15'")
    file.write_text(before)
    (shop / "shop" / "clock.py").write_text("import datetime\nNOW = datetime.datetime.now()\n")
    (shop / "tests" / "conftest.py").unlink()

    done = parity("init", "--no-observe", str(shop))

    assert done.exit_code == 0
    assert file.read_text() == before
    assert "other    production.database.version: 15 -> 16" in done.output
    assert "new      gaps.naive-now" in done.output
    assert "gone     gaps.tables-from-models" in done.output


def test_a_second_run_of_an_unchanged_repository_proposes_nothing(shop: Path) -> None:
    parity("init", "--no-observe", str(shop))

    done = parity("init", "--no-observe", str(shop))

    assert "nothing is proposed" in done.output


def test_a_broken_spec_is_told_with_its_place(shop: Path) -> None:
    (shop / "parity.yaml").write_text("parity: 1\nap: {}\n")

    done = parity("init", "--no-observe", str(shop))

    assert done.exit_code == 2
    assert "parity.yaml:2:1: " in done.output


def test_json_holds_facts_gaps_and_questions(shop: Path) -> None:
    done = parity("init", "--no-observe", "--json", str(shop))

    found = json.loads(done.stdout)
    keys = {fact["key"]: fact for fact in reversed(found["facts"])}
    assert keys["production.python"]["value"] == "3.12"
    assert keys["production.python"]["evidence"] == ["Dockerfile:1"]
    assert {"sqlite-in-tests"} <= {gap["id"] for gap in found["gaps"]}
    assert [question["place"] for question in found["questions"]] == ["journeys"]
    assert (found["written"], found["application"]) == (True, ".")


def test_several_applications_are_a_question(shop: Path, tmp_path: Path) -> None:
    shutil.copytree(shop, tmp_path / "all" / "first")
    shutil.copytree(shop, tmp_path / "all" / "second")
    root = str(tmp_path / "all")

    asked = parity("init", "--no-observe", root)
    chosen = parity("init", "--no-observe", "--app", "second", root)
    wrong = parity("init", "--no-observe", "--app", "third", root)

    listed = parity("init", "--json", root)

    assert (listed.exit_code, json.loads(listed.stdout)["applications"]) == (2, ["first", "second"])
    assert asked.exit_code == 2
    assert "several applications: first, second; choose one with --app" in asked.output
    assert chosen.exit_code == 0
    spec = load(tmp_path / "all" / "parity.yaml")
    assert (spec.app.directory, spec.app.install.lock) == ("second", "uv.lock")
    assert wrong.exit_code == 2
    assert "no application of" in wrong.output


@pytest.mark.parametrize("files", [{}, {"main.go": "package main"}, {"x.py": "def broken(:"}])
def test_without_an_application_nothing_is_written(files: dict[str, str], tmp_path: Path) -> None:
    for name, text in files.items():
        (tmp_path / name).write_text(text)

    done = parity("init", "--yes", str(tmp_path))

    assert done.exit_code == 2
    assert "nothing is written" in done.output
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(files)


def test_another_engine_is_said_and_no_spec_is_written(shop: Path) -> None:
    for path in (".env.example", "compose.yaml", "shop/db.py", "shop/config.py"):
        file = shop / path
        if file.exists():
            text = file.read_text().replace("postgresql+asyncpg", "mysql+aiomysql")
            file.write_text(text.replace("image: postgres:", "image: mysql:"))
    lock = (shop / "uv.lock").read_text().replace('name = "asyncpg"', 'name = "aiomysql"')
    (shop / "uv.lock").write_text(lock)

    done = parity("init", "--no-observe", str(shop))

    assert done.exit_code == 0
    assert "production runs mysql, and parity has checks for PostgreSQL only so far" in done.output
    assert not (shop / "parity.yaml").exists()


def test_without_a_terminal_nothing_is_started(shop: Path) -> None:
    command = [sys.executable, "-m", "scaffolder", "init", str(shop)]

    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True)

    assert done.returncode == 0
    assert "not observed" in done.stdout


@pytest.mark.parametrize("path", ["nowhere", "file"])
def test_a_path_that_is_no_folder_is_refused(path: str, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    done = parity("init", str(tmp_path / path))

    assert done.exit_code == 2
    assert path in done.output


def test_an_observation_that_ends_before_its_first_step_says_so() -> None:
    told = list(_observation(Observation("no interpreter was found"), asked=True))

    assert told == [
        "",
        "observed: no step was finished",
        "  it ended early: no interpreter was found",
    ]
