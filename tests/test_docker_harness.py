"""Harnesses on PostgreSQL in a container: one of their own, or one that CI provides."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import containers
import pytest
from trials import leniency, small, summary

from scaffolder.demo.examples import examples
from scaffolder.demo.trial import Run, Trial

pytestmark = pytest.mark.docker
WAIT_SECONDS = 120
EXAMPLES = [
    pytest.param(name, marks=pytest.mark.family("docker", sampled=name == "flask-desk"))
    for name in examples()
]


@pytest.fixture(autouse=True)
def _no_choice(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing tells the harness what to use."""
    for name in ("PARITY_DATABASE_URL", "PARITY_POSTGRES"):
        monkeypatch.delenv(name, raising=False)


def rung(run: Run) -> str:
    return str(run.results["provided"][0]).partition("(")[2].rstrip(")")


def assert_green(run: Run) -> None:
    assert run.returncode == 0, run.output
    assert {*map(run.result, run.checks())} <= {"passed", "degraded"}, summary(run)


@pytest.mark.parametrize("name", EXAMPLES)
def test_pr_smoke_in_a_container_of_its_own(name: str, tmp_path: Path) -> None:
    # given an engine with production's image
    trial = Trial.begin(examples()[name], tmp_path)
    trial.scaffold()
    before = containers.of_harnesses()

    # when the session runs without being told where PostgreSQL is
    run = trial.run("pr_smoke", leniency())

    # then it starts a container of that image, and removes it
    assert_green(run)
    assert rung(run) == "docker"
    assert "PostgreSQL 16." in run.results["provided"][0]
    assert containers.of_harnesses() <= before


def test_a_breakage_is_red_in_a_container(tmp_path: Path) -> None:
    trial = small(tmp_path)
    breakages = {one.id: one for one in examples()["flask-desk"].breakages()}
    trial.apply(breakages["dev-only-dependency"])

    run = trial.run("pr_smoke", leniency())

    assert run.returncode != 0
    assert rung(run) == "docker"
    assert run.reds() == ["imports"]


def test_pr_smoke_on_a_service_container(tmp_path: Path) -> None:
    trial = small(tmp_path)
    before = containers.of_harnesses()
    with containers.service(16) as url:
        own = containers.of_harnesses() - before

        run = trial.run("pr_smoke", {**leniency(), "PARITY_DATABASE_URL": url})

        assert_green(run)
        assert rung(run) == "url"
        assert containers.made_by_harness(url) == []
        assert containers.of_harnesses() - before == own, (
            "it started a container beside the service"
        )


def test_a_killed_run_leaves_nothing_after_the_next(tmp_path: Path) -> None:
    # given a session that is killed with everything it started, while a check runs
    trial = small(tmp_path)
    before = containers.of_harnesses()
    killed = start(trial)
    wait_for(lambda: bool(processes_in(trial.folder, "desk")))
    left = containers.of_harnesses() - before
    os.killpg(killed.pid, signal.SIGKILL)
    killed.wait()
    assert len(left) == 1, "the container outlives the killed session"

    # when the session runs again
    run = trial.run("pr_smoke", leniency())

    # then neither run has left a container or a process
    assert_green(run)
    assert rung(run) == "docker"
    assert not containers.of_harnesses() - before
    assert processes_in(trial.folder) == []


def start(trial: Trial) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "nox", "-s", "pr_smoke"],
        cwd=trial.folder,
        env={**os.environ, **leniency()},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


def wait_for(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + WAIT_SECONDS
    while not condition():
        assert time.monotonic() < deadline, "the session did not get there"
        time.sleep(0.02)


def processes_in(folder: Path, word: str = "") -> list[str]:
    """Command lines of the living processes whose program or folder lies there."""
    found = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            line = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode()
            where = os.readlink(entry / "cwd")
        except OSError:  # it has ended meanwhile
            continue
        if (str(folder) in line or where.startswith(str(folder))) and word in line:
            found.append(line)
    return found
