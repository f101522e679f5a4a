"""Groups of tests that need more than Python: reported as skipped without it, required in CI.

`PARITY_REQUIRE=docker,act` turns the skips of these groups into failures.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
HARNESS = ROOT / "blueprints" / "harness" / "tests" / "parity"
sys.path.insert(0, str(HARNESS))


def _docker() -> str | None:
    if shutil.which("docker") is None:
        return "there is no docker program"
    done = subprocess.run(["docker", "info"], capture_output=True, check=False, timeout=30)
    return None if done.returncode == 0 else "no Docker engine answers"


def _act() -> str | None:
    return _docker() or (None if shutil.which("act") else "act is not installed")


def _majors() -> str | None:
    return None if os.environ.get("PARITY_TEST_MAJORS") else "PARITY_TEST_MAJORS is not set"


GROUPS = {"docker": _docker, "act": _act, "majors": _majors}


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--full", action="store_true", help="Run every member of the large families of tests."
    )


def pytest_configure(config: pytest.Config) -> None:
    for name in GROUPS:
        config.addinivalue_line("markers", f"{name}: needs {name}")
    config.addinivalue_line("markers", "family(name): one of many alike; sampled without --full")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    _sample(config, items)
    required = set(filter(None, os.environ.get("PARITY_REQUIRE", "").split(",")))
    for name, missing in GROUPS.items():
        members = [item for item in items if item.get_closest_marker(name)]
        if not members:
            continue
        reason = missing()
        if reason and name not in required:
            for item in members:
                item.add_marker(pytest.mark.skip(reason=reason))


def _sample(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Keep the sampled members of each family: those that say so, everything with --full."""
    if config.getoption("--full"):
        return
    left_out = [
        item
        for item in items
        if (mark := item.get_closest_marker("family")) and not mark.kwargs.get("sampled")
    ]
    if left_out:
        items[:] = [item for item in items if item not in left_out]
        config.hook.pytest_deselected(items=left_out)
