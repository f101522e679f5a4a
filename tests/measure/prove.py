"""What arming a fault costs: the tests that meet it, with the fault and without."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from measure.commands import scaffolded
from measure.timing import Row, Sample, run

TIMES_OF_THE_TESTS = 1.5
TWO_MINUTES = 120.0
NOT_RUN = ("no-effect", "not-reached")
IN_THE_DATABASE = ("row", "value", "schema", "setting")
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


def measure_matrix(folder: Path) -> Row:
    """Every fault in the database against the FastAPI example's harness, on two workers."""
    from scaffolder.catalog.load_faults import faults

    file = folder / "matrix.json"
    wide = [fault.id for fault in faults().values() if fault.kind in IN_THE_DATABASE]
    asked = [word for fault in wide for word in ("--fault", fault)]
    command = [sys.executable, "-m", "scaffolder", "prove", ".", "--workers", "2"]
    run([*command, *asked, "--json", str(file)], cwd=scaffolded(folder))
    document = json.loads(file.read_text(encoding="utf-8"))
    ran = [fault for fault in document["faults"] if fault["verdict"] not in NOT_RUN]
    what = f"{len(ran)} faults in the database, FastAPI example's harness, two workers"
    return Row("matrix", what, Sample((document["seconds"],)), target=TWO_MINUTES)
