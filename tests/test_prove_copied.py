"""Faults in a copy of the repository: proven on a real harness, and the tree stays as it was."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from trials import small

from scaffolder.cli import cli
from scaffolder.demo.trial import Trial

FAULTS = ("revision-dropped", "revision-missing", "data-file-missing", "stale-lock")
LOOKS = """
from pathlib import Path as _Path

try:
    _Path(__file__).with_name("local.cfg").read_text(encoding="utf-8")
except FileNotFoundError:
    pass
"""
Found = dict[str, dict[str, Any]]


@pytest.fixture(scope="module")
def trial(tmp_path_factory: pytest.TempPathFactory) -> Trial:
    """It looks for a file that nobody has written, as a search for templates does."""
    trial = small(tmp_path_factory.mktemp("copied"))
    with (trial.folder / "desk" / "config.py").open("a", encoding="utf-8") as file:
        file.write(LOOKS)
    trial.commit("A file of settings that is optional")
    return trial


@pytest.fixture(scope="module")
def found(trial: Trial, tmp_path_factory: pytest.TempPathFactory) -> Found:
    file = tmp_path_factory.mktemp("json") / "faults.json"
    asked = [word for name in FAULTS for word in ("--fault", name)]
    done = CliRunner().invoke(
        cli, ["prove", str(trial.folder), *asked, "--workers", "1", "--json", str(file)]
    )
    assert file.exists(), f"exit code {done.exit_code}: {done.output}{done.stderr}"
    document = json.loads(file.read_text(encoding="utf-8"))
    assert document["control"] == {}
    return {fault["id"]: fault for fault in document["faults"]}


def test_a_revision_of_indexes_alters_no_result(found: Found) -> None:
    fault = found["revision-dropped:0005_indexes.sql"]

    assert fault["verdict"] == "no-effect"
    assert fault["why"].startswith("only indexes that are not unique are missing")


def test_the_revision_before_it_is_tried_next(found: Found) -> None:
    """No journey of this small harness and no check looks at the column that it brings."""
    fault = found["revision-dropped:0004_escalation.sql"]

    assert fault["verdict"] == "survived" and fault["infected"] > 0


def test_a_revision_within_is_missing_while_the_last_one_is_there(found: Found) -> None:
    assert found["revision-missing:0004_escalation.sql"]["verdict"] == "survived"


def test_a_file_that_does_not_ship_is_noticed_by_who_asks_for_it(found: Found) -> None:
    fault = found["data-file-missing:desk/sql/workload.sql"]

    assert fault["verdict"] in ("caught-error", "caught-assertion")
    assert all(test.startswith("journey_open_ticket.py") for test in fault["tests"])


def test_files_that_nobody_opens_are_told(found: Found) -> None:
    fault = found["data-file-missing"]

    assert fault["verdict"] == "not-reached"
    assert "desk/templates/login.html" in fault["why"]


def test_a_file_that_never_was_there_is_not_taken_away(found: Found) -> None:
    assert not [name for name in found if "local.cfg" in name]


def test_a_stale_lock_is_noticed_by_the_imports(found: Found) -> None:
    (fault,) = [fault for name, fault in found.items() if name.startswith("stale-lock")]

    assert fault["verdict"] == "caught-assertion"
    assert "check_imports.py::test_every_module_imports" in fault["tests"]


def test_the_users_tree_is_as_it_was(trial: Trial, found: Found) -> None:
    done = subprocess.run(
        ["git", "status", "--porcelain"],
        cwd=trial.folder,
        capture_output=True,
        text=True,
        check=True,
    )
    environments = (trial.folder / ".parity" / "environments").glob("*/lib/python*/site-packages")

    assert found and done.stdout == ""
    assert not [path for site in environments for path in Path(site).glob("parity_opened*")]
