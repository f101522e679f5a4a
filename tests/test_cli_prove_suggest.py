"""`parity prove --suggest`: what would catch a survivor, as a patch; and then it does."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner, Result
from trials import small

from scaffolder.cli import cli
from scaffolder.demo.trial import Trial

OWN = "time-shifted:tickets.opened_at"
SETUP = "time-cut-to-day:customers.created_at"
FAULTS = ("--fault", OWN, "--fault", SETUP, "--workers", "1")


def run(command: str, *arguments: str | Path) -> Result:
    return CliRunner().invoke(cli, [command, *map(str, arguments)])


def weaken(journey: dict[str, Any]) -> None:
    """Take a promise out of it."""
    del journey["stored"][0]["values"]["opened_at"]
    del journey["visible"][0]["json"]["opened_at"]


@pytest.fixture(scope="module")
def trial(tmp_path_factory: pytest.TempPathFactory) -> Trial:
    return small(tmp_path_factory.mktemp("weak"), change=weaken)


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("json") / "faults.json"


@pytest.fixture(scope="module")
def suggested(trial: Trial, file: Path) -> Result:
    return run("prove", trial.folder, "--suggest", *FAULTS, "--json", file)


def test_the_patch_is_shown_and_kept_and_parity_yaml_stays(
    trial: Trial, suggested: Result, file: Path
) -> None:
    patch = (trial.folder / ".parity" / "suggested.patch").read_text(encoding="utf-8")

    assert suggested.exit_code == 0, suggested.output
    assert patch in suggested.output
    assert "would be caught by: the journey open-ticket" in suggested.output
    assert "kept: .parity/suggested.patch" in suggested.output
    assert json.loads(file.read_text(encoding="utf-8"))["suggested"] == {
        "journeys": {OWN: "open-ticket", SETUP: "write-customers"},
        "nothing": {},
        "patch": patch,
    }
    git = ["git", "-C", str(trial.folder)]
    assert subprocess.run([*git, "diff", "--quiet", "parity.yaml"], check=False).returncode == 0


def test_what_was_suggested_is_valid_and_catches_the_faults(
    trial: Trial, suggested: Result, tmp_path: Path
) -> None:
    git = ["git", "-C", str(trial.folder)]
    subprocess.run([*git, "apply", ".parity/suggested.patch"], check=True)
    spec = yaml.safe_load((trial.folder / "parity.yaml").read_text(encoding="utf-8"))
    own, new = spec["journeys"]
    assert own["stored"][0]["values"]["opened_at"] == {"recent": "10s"}
    assert (new["id"], new["act"]["post"]) == ("write-customers", "/api/customers")
    assert new["stored"][0]["values"] == {"created_at": {"recent": "10s"}}

    assert run("validate", trial.folder).exit_code == 0
    trial.commit("What was suggested")
    assert run("update", trial.folder, "--yes").exit_code == 0
    done = run("prove", trial.folder, *FAULTS, "--json", tmp_path / "faults.json")

    faults = json.loads((tmp_path / "faults.json").read_text(encoding="utf-8"))["faults"]
    assert done.exit_code == 0, done.output
    assert {one["id"]: one["verdict"] for one in faults} == dict.fromkeys(
        (OWN, SETUP), "caught-assertion"
    )


def test_the_teams_own_suite_gets_no_suggestions(trial: Trial) -> None:
    done = run("prove", trial.folder, "--suggest", "--suite", "pytest tests")

    assert done.exit_code == 2
    assert "--suggest is for the harness: prove it without --suite" in done.output
