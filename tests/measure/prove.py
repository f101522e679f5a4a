"""What arming a fault costs: the tests that meet it, with the fault and without."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from measure.commands import scaffolded
from measure.timing import Row, Sample, run

TIMES_OF_THE_TESTS = 1.5
TWO_MINUTES = 120.0
NOT_RUN = ("no-effect", "not-reached")
LIVE = ("row", "value")
RESTARTING = ("schema", "setting")
"""Faults in the database, too; for each of them the application starts again."""
FAULTS = ("update-ignored", "number-rounded", "date-shifted", "json-nulls-dropped")


def measure_prove(folder: Path) -> Row:
    """Faults that are armed live, in the FastAPI example's harness; one run up to who notices."""
    file = folder / "faults.json"
    asked = [word for fault in FAULTS for word in ("--fault", fault)]
    command = [sys.executable, "-m", "scaffolder", "prove", ".", "--workers", "1", "--measure"]
    run([*command, *asked, "--json", str(file)], cwd=scaffolded(folder))
    faults = json.loads(file.read_text(encoding="utf-8"))["faults"]
    ran = [fault for fault in faults if fault["expected_seconds"]]
    armed = Sample(tuple(fault["seconds"] for fault in ran))
    plain = Sample(tuple(fault["expected_seconds"] for fault in ran))
    what = "a fault armed live, FastAPI example: the tests that meet it, up to who notices"
    beside = {"the same tests without": plain}
    return Row("prove", what, armed, beside, TIMES_OF_THE_TESTS, share_of="the same tests without")


def measure_matrix(folder: Path) -> Iterator[Row]:
    """Faults in the database against the FastAPI example's harness, on two workers: those that are
    armed live, then all.
    """
    repository = scaffolded(folder)
    for what, kinds in (("armed live", LIVE), ("all kinds", LIVE + RESTARTING)):
        seconds, number = _matrix(repository, folder / "matrix.json", kinds)
        text = f"{number} faults in the database, {what}, FastAPI example's harness, two workers"
        target = TWO_MINUTES if kinds == LIVE else None
        yield Row("matrix", text, Sample((seconds,)), target=target)


def _matrix(repository: Path, file: Path, kinds: Sequence[str]) -> tuple[float, int]:
    """Seconds of a run with all faults of these kinds, and how many altered something."""
    from scaffolder.catalog.load_faults import faults

    wide = [fault.id for fault in faults().values() if fault.kind in kinds]
    asked = [word for fault in wide for word in ("--fault", fault)]
    command = [sys.executable, "-m", "scaffolder", "prove", ".", "--workers", "2"]
    run([*command, *asked, "--json", str(file)], cwd=repository)
    document = json.loads(file.read_text(encoding="utf-8"))
    ran = [fault for fault in document["faults"] if fault["verdict"] not in NOT_RUN]
    return document["seconds"], len(ran)
