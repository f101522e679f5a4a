"""Prove: run the faults against a harness, in as many processes as there are workers."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scaffolder.catalog.load_faults import faults
from scaffolder.errors import BadInput
from scaffolder.observe.child import place_driver
from scaffolder.observe.harness_python import harness_python
from scaffolder.observe.process import DRIVER as OBSERVING
from scaffolder.prove.holding import holdings, named
from scaffolder.prove.judged import ORDER, Fault, Proof, judged
from scaffolder.prove.process import DRIVER, run_drivers
from scaffolder.spec.model import Spec

HARNESS = Path("tests", "parity")
FAULT_SECONDS = 120.0


@dataclass(frozen=True, slots=True)
class Asked:
    """What to run. `only`: ids of faults, also narrowed ones (`text-cut:orders.note`); empty: all.

    `every_test`: not only up to the first test that notices. `limit`: seconds for one fault.
    `measure`: run the tests of each fault without it as well, to say what arming costs.
    `suite`: the command of the team's own tests, instead of the harness.
    """

    only: Sequence[str] = ()
    every_test: bool = False
    workers: int = 1
    limit: float = FAULT_SECONDS
    suite: str | None = None
    measure: bool = False


def prove(
    repository: Path,
    spec: Spec,
    asked: Asked,
    *,
    echo: Callable[[str], None] = lambda text: None,
    show: Callable[[Fault], None] = lambda fault: None,
) -> Proof:
    """Inject the faults, and say which tests of the harness notice.

    `repository`: the folder of parity.yaml. `echo` gets lines of progress, `show` each result as it
    comes. Raises BadInput without a harness, and Missing without PostgreSQL. Nothing is left
    running, also when an exception ends it. After Ctrl-C the proof has what was judged so far, and
    is `stopped`; with nothing judged, KeyboardInterrupt is raised.
    """
    proof = Proof("suite" if asked.suite else "harness", workers=asked.workers)
    begin = time.monotonic()

    def tell(number: int, event: Mapping[str, Any]) -> None:
        _hear(proof, spec, number, event, echo, show)

    named_faults = {file: list(proves) for file, (_, proves) in named(spec).items()}
    jobs = [job(repository, asked, number) for number in range(asked.workers)]
    try:
        drive(repository, [{**one, "proves": named_faults} for one in jobs], tell)
    except KeyboardInterrupt:
        if not proof.faults:
            raise
        proof.stopped = True
    proof.seconds = time.monotonic() - begin
    if not asked.suite:
        noticed = [(fault.id, fault.fault, fault.tests) for fault in proof.faults]
        proof.checks = list(holdings(spec, noticed, proof.asked))
    proof.faults.sort(key=lambda one: (ORDER.index(one.verdict), list(faults()).index(one.fault)))
    return proof


def drive(
    repository: Path,
    jobs: Sequence[Mapping[str, Any]],
    tell: Callable[[int, Mapping[str, Any]], None],
) -> None:
    """A driver for each job, in the harness's environment. Raises BadInput and Missing."""
    harness = repository / HARNESS
    if not (harness / "support" / "settings.py").is_file():
        raise BadInput(f"{harness}: there is no harness to prove; run `parity scaffold` first")
    python = harness_python(harness / "requirements.txt")
    with tempfile.TemporaryDirectory(prefix="parity-prove-", ignore_cleanup_errors=True) as place:
        folder = Path(place).resolve()
        for driver in (DRIVER, OBSERVING):
            place_driver(driver, folder / "driver")
        given = [{**one, "folder": str(_own(folder, number))} for number, one in enumerate(jobs)]
        run_drivers(python, [harness, folder / "driver"], given, folder, tell)


def _own(folder: Path, number: int) -> Path:
    own = folder / f"worker{number}"
    own.mkdir()
    return own


def job(repository: Path, asked: Asked, number: int) -> dict[str, Any]:
    """What a driver is told; `number`: which of the workers it is."""
    wide = {name.partition(":")[0] for name in asked.only}
    return {
        "target": "suite" if asked.suite else "harness",
        "repository": str(repository),
        "harness": str(repository / HARNESS),
        "faults": [fault.as_json() for fault in faults().values() if not wide or fault.id in wide],
        "only": list(asked.only),
        "part": [number, asked.workers],
        "every_test": asked.every_test,
        "fault_seconds": asked.limit,
        "suite": asked.suite,
        "measure": asked.measure,
    }


def _hear(
    proof: Proof,
    spec: Spec,
    number: int,
    event: Mapping[str, Any],
    echo: Callable[[str], None],
    show: Callable[[Fault], None],
) -> None:
    kind = event["event"]
    if kind == "say" and number == 0:
        echo(event["text"])
    elif kind == "baseline" and number == 0:
        proof.baseline = {name: value for name, value in event.items() if name != "event"}
    elif kind == "control":
        proof.control |= event["red"]
    elif kind == "check":
        proof.asked.append(event)
    elif kind == "fault":
        proof.faults.append(judged(event, proof.target, spec))
        show(proof.faults[-1])
