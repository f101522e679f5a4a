"""The harness under pytest-xdist: one server, one database and application for each worker."""

from __future__ import annotations

from pathlib import Path

import pytest
from trials import GREEN, KEPT_CHECKS, KEPT_JOURNEY, failures, small

from scaffolder.demo.trial import Trial
from support.postgres.owner import started

ENVIRONMENT = {"PARITY_STRICT": "0"}
DIES = """

def test_a_worker_dies(application):
    import os, pathlib
    pathlib.Path({path!r}).write_text(str(application.process.pid))
    os._exit(9)
"""


@pytest.fixture(scope="module")
def trial(tmp_path_factory: pytest.TempPathFactory) -> Trial:
    return small(tmp_path_factory.mktemp("xdist"))


def test_two_workers_come_to_the_same_results(trial: Trial) -> None:
    run = trial.run("pr_smoke -- -n 2", ENVIRONMENT)

    assert run.returncode == 0, run.output
    assert {*run.checks()} == {*KEPT_CHECKS, KEPT_JOURNEY}
    assert {run.result(name) for name in run.checks()} <= {*GREEN}
    assert run.checks()["engine"]["tests"] == 5
    assert run.results["complete"]
    assert run.output.count("parity: PostgreSQL") == 1


def test_a_worker_that_dies_is_red_and_leaves_no_process(trial: Trial, tmp_path: Path) -> None:
    path = trial.folder / "tests" / "parity" / "check_engine.py"
    path.write_text(path.read_text() + DIES.format(path=str(tmp_path / "pid")))

    run = trial.run("pr_smoke -- -n 2", ENVIRONMENT)

    assert run.returncode != 0
    assert "crashed while running" in failures(run, "engine")
    assert run.result(KEPT_JOURNEY) in GREEN
    assert started(int((tmp_path / "pid").read_text())) is None
    assert not [*(trial.folder / ".parity" / "running").iterdir()]
