"""`parity prove` on a real harness: verdicts, exit codes, the page; and nothing is left behind."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner, Result
from trials import descendants, small, take_ctrl_c

from scaffolder.cli import cli
from scaffolder.demo.trial import Trial
from scaffolder.prove.driver import clock
from support.postgres.owner import started

FAULTS: tuple[str, ...] = (
    "ghost-insert",
    "update-ignored",
    "text-cut",
    "ascii-only",
    "session-zone",
)
FAULTS += ("serialization-failure", "pool-exhausted", "row-order")
FAULTS += ("default-dropped:tickets.opened_at",)
FAULTS += ("package-hidden:psycopg", "variable-unset:API_KEY", "variable-unset:PAGE_SIZE")
FAULTS += ("zone-east", "other-major", "clock-at-leap-day")
PAGE = Path("docs", "parity", "results", "faults.md")


@pytest.fixture(scope="module")
def trial(tmp_path_factory: pytest.TempPathFactory) -> Trial:
    return small(tmp_path_factory.mktemp("proven"))


# Each fault is told at once, though stderr is no terminal.
EACH_TOLD = """
import sys
from scaffolder.cli import cli, prove
prove.Progress.PAUSE = 0.0
cli(["prove", *sys.argv[1:]])
"""


def prove(*arguments: str | Path) -> Result:
    return CliRunner().invoke(cli, ["prove", *map(str, arguments)])


def asked(*names: str) -> list[str]:
    return [word for name in names for word in ("--fault", name)]


@pytest.fixture(scope="module")
def proven(trial: Trial, tmp_path_factory: pytest.TempPathFactory) -> tuple[Result, dict[str, Any]]:
    """Beside files of other programs, as the folder for temporary files has them."""
    file = tmp_path_factory.mktemp("json") / "faults.json"
    others = tmp_path_factory.mktemp("others")
    (others / "conftest.py").write_text("raise RuntimeError('of somebody else')")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tempfile, "tempdir", str(others))
        done = prove(trial.folder, *asked(*FAULTS), "--workers", "1", "--json", file)
    assert file.exists(), f"exit code {done.exit_code}: {done.output}{done.stderr}"
    return done, json.loads(file.read_text(encoding="utf-8"))


def test_the_journey_notices_what_it_promises(proven: tuple[Result, dict[str, Any]]) -> None:
    done, document = proven
    found = {fault["id"]: fault for fault in document["faults"]}

    assert done.exit_code == 0, done.output
    assert found["ghost-insert:tickets"]["verdict"] in ("caught-assertion", "caught-error")
    assert found["ascii-only:tickets.body"]["verdict"] == "caught-assertion"
    assert found["ascii-only:tickets.body"]["covered_by"] == "open-ticket"
    assert found["ascii-only:tickets.body"]["tests"][0].startswith("journey_open_ticket.py::")
    assert found["session-zone"]["tests"] == [
        "check_engine.py::test_the_applications_sessions_have_productions_zone"
    ]
    assert document["control"] == {}


def test_a_loud_fault_is_judged_by_what_the_application_does(
    proven: tuple[Result, dict[str, Any]],
) -> None:
    done, document = proven
    loud = [one for one in document["faults"] if one["oracle"] == "the application"]

    assert {one["id"]: one["verdict"] for one in loud} == {
        "serialization-failure:open-ticket": "caught-error",
        "pool-exhausted:open-ticket": "caught-error",
    }
    assert all(one["why"].startswith("reported; nothing was written") for one in loud)
    assert "of 2 failing actions the application handled 2" in done.output


def test_the_application_starts_again_on_another_schema(
    proven: tuple[Result, dict[str, Any]],
) -> None:
    found = {fault["id"]: fault for fault in proven[1]["faults"]}

    assert found["default-dropped:tickets.opened_at"]["verdict"] == "caught-error"
    assert found["row-order"]["verdict"] == "not-reached"


def test_what_stands_around_the_application_is_altered_too(
    proven: tuple[Result, dict[str, Any]],
) -> None:
    found = {fault["id"]: fault for fault in proven[1]["faults"]}
    hidden, engine = found["package-hidden:psycopg"], found["other-major"]

    assert hidden["verdict"] == "caught-assertion", hidden
    assert "check_imports.py::test_every_module_imports" in hidden["tests"]
    assert engine["tests"] == ["check_engine.py::test_the_major_version_is_productions"]
    assert engine["covered_by"] == "engine"
    assert found["zone-east"]["verdict"] == "not-reached"
    assert found["zone-east"]["why"] == "the application's code never asks for local time"
    assert found["variable-unset:PAGE_SIZE"]["verdict"] == "no-effect"
    assert "the default is production's value, '50'" in found["variable-unset:PAGE_SIZE"]["why"]
    expected = "no-effect" if clock.found() else "not-reached"
    assert found["clock-at-leap-day"]["verdict"] == expected, found["clock-at-leap-day"]
    # It does not start, so the journey is blocked: no check of this small harness looks at that.
    assert found["variable-unset:API_KEY"]["verdict"] == "harness-only"


def test_each_check_says_whether_it_holds_here(proven: tuple[Result, dict[str, Any]]) -> None:
    done, document = proven

    assert {one["check"]: one["holds"] for one in document["checks"]} == {
        "engine": "yes",
        "imports": "not shown",  # a stale lock was not asked for
        "open-ticket": "yes",
    }
    assert "checks, and the faults of their own that turned them red:" in done.output


def test_the_contract_of_the_json(proven: tuple[Result, dict[str, Any]]) -> None:
    keys = {"id", "target", "verdict", "tests", "reached", "infected", "seconds"}

    for fault in proven[1]["faults"]:
        assert keys <= fault.keys() and fault["target"] == "harness"
        assert (fault["infected"] > 0) == (fault["verdict"] not in ("no-effect", "not-reached"))


def test_the_headline_counts_what_was_reached(proven: tuple[Result, dict[str, Any]]) -> None:
    done, document = proven
    verdicts = [
        fault["verdict"]
        for fault in document["faults"]
        if not fault["equivalent"] and fault["oracle"] == "tests"
    ]
    caught = sum(verdict.startswith("caught") for verdict in verdicts)
    reached = caught + verdicts.count("survived") + verdicts.count("harness-only")

    assert f"caught {caught} of {reached} production faults" in done.output


def test_some_faults_alone_write_no_page(trial: Trial, proven: object) -> None:
    assert not (trial.folder / PAGE).exists()


def test_a_broken_promise_is_exit_code_1(trial: Trial) -> None:
    journey = trial.folder / "tests" / "parity" / "journey_open_ticket.py"
    journey.write_text(
        journey.read_text().replace("outcome.check_stored(number)", "assert outcome")
        .replace("outcome.check_visible(number)", "assert outcome")
    )  # fmt: skip
    try:
        done = prove(trial.folder, *asked("ascii-only:tickets.body"), "--workers", "1")
    finally:
        trial.restore()

    assert done.exit_code == 1
    assert "but parity.yaml says that open-ticket covers it" in done.output


def test_an_unknown_fault_is_named_with_the_one_that_was_meant(trial: Trial) -> None:
    done = prove(trial.folder, "--fault", "ascii-onlyy")

    assert done.exit_code == 2
    assert "--fault ascii-onlyy: there is no such fault (did you mean 'ascii-only'?)" in done.output


def test_without_a_harness_the_next_step_is_told(trial: Trial, tmp_path: Path) -> None:
    (tmp_path / "parity.yaml").write_bytes((trial.folder / "parity.yaml").read_bytes())

    done = prove(tmp_path)

    assert done.exit_code == 2
    assert "run `parity scaffold` first" in done.output


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_a_run_that_is_ended_leaves_nothing_behind(
    trial: Trial, tmp_path: Path, number: signal.Signals
) -> None:
    servers = tmp_path / "cache"
    process = subprocess.Popen(
        [sys.executable, "-m", "scaffolder", "prove", str(trial.folder), "--workers", "1"],
        env={**os.environ, "TMPDIR": str(tmp_path)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=take_ctrl_c,
    )
    assert process.stderr is not None
    for line in process.stderr:
        if "baseline" in line:
            break
    time.sleep(1)
    born = {pid: started(pid) for pid in descendants(process.pid)}

    process.send_signal(number)
    process.wait(60)

    deadline = time.monotonic() + 60
    while left := [pid for pid, since in born.items() if since and started(pid) == since]:
        assert time.monotonic() < deadline, left
        time.sleep(0.1)
    assert len(born) > 3 and not servers.exists()
    if number == signal.SIGINT:
        assert [path.name for path in tmp_path.glob("parity-prove-*")] == []


def test_what_was_judged_before_it_was_stopped_is_told(trial: Trial, tmp_path: Path) -> None:
    told = tmp_path / "faults.json"
    page = trial.folder / "docs" / "parity" / "results" / "faults.md"
    before = page.read_bytes() if page.exists() else None
    process = subprocess.Popen(
        [sys.executable, "-c", EACH_TOLD, str(trial.folder), "--workers", "1", "--json", str(told)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=take_ctrl_c,
    )
    assert process.stderr is not None
    for line in process.stderr:
        if " faults, the last one " in line:
            break
    process.send_signal(signal.SIGINT)
    output, errors = process.communicate(timeout=60)

    document = json.loads(told.read_text(encoding="utf-8"))
    assert process.returncode == 130 and document["stopped"] is True
    assert document["faults"] and "caught" in output
    assert f"stopped: {len(document['faults'])} faults were judged" in errors
    assert before == (page.read_bytes() if page.exists() else None)


def test_the_spec_says_what_is_covered(trial: Trial) -> None:
    spec = yaml.safe_load((trial.folder / "parity.yaml").read_text(encoding="utf-8"))

    assert [journey["id"] for journey in spec["journeys"]] == ["open-ticket"]
