"""Groups of tests that need more than Python: reported as skipped without it, required in CI.

`PARITY_REQUIRE=docker,act` makes a run fail in which one of these groups was skipped or is empty.
`PARITY_TALLY` names a file for the outcome of each test, see tests/tally.py.
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from functools import lru_cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
HARNESS = ROOT / "blueprints" / "harness" / "tests" / "parity"
sys.path.insert(0, str(HARNESS))


@lru_cache
def _docker() -> str | None:
    if shutil.which("docker") is None:
        return "there is no docker program"
    done = subprocess.run(["docker", "info"], capture_output=True, check=False, timeout=30)
    return None if done.returncode == 0 else "no Docker engine answers"


def _act() -> str | None:
    return _docker() or (None if shutil.which("act") else "act is not installed")


def _majors() -> str | None:
    asked = os.environ.get("PARITY_TEST_MAJORS") or "majors" in _required()
    return None if asked else "PARITY_TEST_MAJORS is not set"


GROUPS: dict[str, Callable[[], str | None]] = {"docker": _docker, "act": _act, "majors": _majors}


def _required() -> set[str]:
    return set(filter(None, os.environ.get("PARITY_REQUIRE", "").split(",")))


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--full", action="store_true", help="Run every member of the large families of tests."
    )


def pytest_configure(config: pytest.Config) -> None:
    for name in GROUPS:
        config.addinivalue_line("markers", f"{name}: needs {name}")
    config.addinivalue_line("markers", "family(name): one of many alike; sampled without --full")
    config.addinivalue_line("markers", "alone(name): only one of them runs at a time")
    if unknown := _required() - {*GROUPS}:
        raise pytest.UsageError(f"PARITY_REQUIRE names no group: {', '.join(sorted(unknown))}")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    _sample(config, items)
    for name, missing in GROUPS.items():
        members = [item for item in items if item.get_closest_marker(name)]
        if name in _required():
            if not members:
                raise pytest.UsageError(f"the required group {name} has no test")
            continue  # without what they need, they fail
        if members and (reason := missing()):
            for item in members:
                item.add_marker(pytest.mark.skip(reason=reason))


@pytest.fixture(autouse=True)
def _one_at_a_time(request: pytest.FixtureRequest) -> Iterator[None]:
    """Tests with containers count them, some take one fixed port: workers of xdist take turns."""
    alone = request.node.get_closest_marker("alone")
    docker = request.node.get_closest_marker("docker")
    if not (alone or docker):
        yield
        return
    name = alone.args[0] if alone else "docker"
    with Path(tempfile.gettempdir(), f"parity-tests-{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if docker:  # the image is there
            import images

            images.postgres(16)
        yield


def _sample(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Keep the sampled members of each family: those that say so, everything with --full."""
    if config.getoption("--full") or any("::" in argument for argument in config.args):
        return
    left_out = {
        item
        for item in items
        if (mark := item.get_closest_marker("family")) and not mark.kwargs.get("sampled")
    }
    kept = [item for item in items if item not in left_out]
    for mark in (item.get_closest_marker("family") for item in left_out):
        family = mark.args[0] if mark else ""
        if not any(m.args[0] == family for item in kept for m in item.iter_markers("family")):
            raise pytest.UsageError(f"no member of the family {family} is sampled")
    if left_out:
        items[:] = kept
        config.hook.pytest_deselected(items=list(left_out))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """The outcome of each test, for .ci/run; with xdist, the controller knows them all."""
    path = os.environ.get("PARITY_TALLY")
    if not path or hasattr(terminalreporter.config, "workerinput"):
        return
    outcomes: dict[str, str] = {}
    for kind, outcome in (
        ("skipped", "skipped"),
        ("xfailed", "skipped"),
        ("passed", "passed"),
        ("xpassed", "failed"),
        ("failed", "failed"),
        ("error", "failed"),
    ):
        outcomes |= {report.nodeid: outcome for report in terminalreporter.stats.get(kind, [])}
    Path(path).write_text(json.dumps(outcomes), encoding="utf-8")
