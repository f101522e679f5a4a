"""`nox -s pr_smoke` of the FastAPI example, as a developer waits for it."""

from __future__ import annotations

import itertools
import shutil
from pathlib import Path

from measure.commands import scaffolded
from measure.timing import Row, Sample, alternate, run

WARM_SECONDS = 10.0
NOX = ("-m", "nox", "-s", "pr_smoke")
# The server's programs from PyPI, whatever this machine has; versions do not matter for time.
CHOSEN = {"PARITY_POSTGRES": "wheel", "PARITY_STRICT": "0"}


def measure_warm(folder: Path, times: int, python: str) -> Row:
    """All checks, with everything installed."""
    repository = scaffolded(folder)
    run([python, *NOX], cwd=repository, **CHOSEN)  # installs, and is not counted
    found = alternate(times, warm=lambda: run([python, *NOX], cwd=repository, **CHOSEN))
    return Row("smoke-warm", "pr_smoke, FastAPI example, warm", found["warm"], target=WARM_SECONDS)


def measure_one_check(folder: Path, python: str) -> Row:
    """Only that it can be run: what installs, migrates and checks one thing."""
    repository = scaffolded(folder)
    command = [python, *NOX, "--", "check_engine.py"]
    found = alternate(1, quick=lambda: run(command, cwd=repository, **CHOSEN))
    return Row("smoke-quick", "pr_smoke, FastAPI example, its check engine alone", found["quick"])


def measure_cold(folder: Path, times: int, python: str, warm: Sample | None) -> Row:
    """A machine that never ran it: every package, PostgreSQL included, comes from the index."""
    numbers = itertools.count()

    def cold() -> float:
        place = folder / f"cold-{next(numbers)}"
        repository = scaffolded(place)
        caches = {
            "UV_CACHE_DIR": str(place / "uv"),
            "PIP_CACHE_DIR": str(place / "pip"),
            "PARITY_CACHE": str(place / "parity"),
            "XDG_CACHE_HOME": str(place / "cache"),
        }
        try:
            return run([python, *NOX], cwd=repository, **CHOSEN, **caches)
        finally:
            shutil.rmtree(place, ignore_errors=True)

    found = alternate(times, cold=cold)
    beside = {"warm": warm} if warm else {}
    return Row("smoke-cold", "pr_smoke, FastAPI example, empty caches", found["cold"], beside)
