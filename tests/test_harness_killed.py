"""A session that is killed or interrupted leaves nothing behind, at the latest after the next."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from trials import descendants, small, take_ctrl_c

from scaffolder.demo.trial import Trial
from support.postgres.owner import started

ENVIRONMENT = {"PARITY_STRICT": "0"}
WAITS = """

def test_waits_for_the_signal(application):
    import os, pathlib, time
    pathlib.Path({path!r}).write_text(str(os.getpid()) + chr(10))
    try:
        time.sleep(60)
    finally:
        time.sleep(2)  # on a busy machine, stopping takes longer than nox waits by itself
"""


@pytest.fixture(scope="module")
def trial(tmp_path_factory: pytest.TempPathFactory) -> Trial:
    return small(tmp_path_factory.mktemp("killed"))


@pytest.fixture
def waiting(trial: Trial, tmp_path: Path) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    """A nox session in the middle of a test, and the number of its pytest."""
    mark = tmp_path / "pid"
    path = trial.folder / "tests" / "parity" / "check_engine.py"
    path.write_text(path.read_text() + WAITS.format(path=str(mark)))
    results = trial.folder / ".parity" / "results.json"
    results.parent.mkdir(exist_ok=True)
    results.write_text("{}")  # of the run before
    process = subprocess.Popen(
        [sys.executable, "-m", "nox", "-s", "pr_smoke", "--", "-k", "waits"],
        cwd=trial.folder,
        env={**os.environ, **ENVIRONMENT},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
        preexec_fn=take_ctrl_c,
    )
    deadline = time.monotonic() + 120
    while not (mark.exists() and mark.read_text().endswith("\n")):
        assert process.poll() is None and time.monotonic() < deadline
        time.sleep(0.05)
    yield process, int(mark.read_text())
    trial.restore()
    assert process.poll() is not None


def alive(pids: set[int]) -> set[int]:
    deadline = time.monotonic() + 10
    while (left := {pid for pid in pids if started(pid)}) and time.monotonic() < deadline:
        time.sleep(0.05)
    return left


def test_sigkill_is_cleared_up_by_the_next_session(
    trial: Trial, waiting: tuple[subprocess.Popen[bytes], int]
) -> None:
    process, pid = waiting
    left = descendants(pid)
    os.kill(pid, signal.SIGKILL)
    assert process.wait(30) != 0
    assert {one for one in left if started(one)}  # the application and PostgreSQL

    run = trial.run("pr_smoke -- check_imports.py", ENVIRONMENT)

    assert run.returncode == 0, run.output
    assert "stopped 1 processes of a session that was killed" in run.output
    assert alive(left) == set()


def test_ctrl_c_leaves_neither_a_process_nor_a_verdict(
    trial: Trial, waiting: tuple[subprocess.Popen[bytes], int]
) -> None:
    process, pid = waiting
    left = descendants(pid)
    os.killpg(process.pid, signal.SIGINT)  # as a terminal does: nox and pytest

    assert process.wait(60) != 0
    assert alive({*left, pid}) == set()
    assert not (trial.folder / ".parity" / "results.json").exists()
