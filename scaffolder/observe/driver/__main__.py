"""`python -m scaffolder.observe.driver JOB REPORT`, in the environment of a rendered harness.

JOB is JSON: `repository` (the copy), `refused` (file for refused addresses), `known` (see
known.py), `seconds`. `--reap COPY` ends what a killed driver has left instead.
"""

from __future__ import annotations

import json
import signal
import sys
import time
from pathlib import Path
from types import FrameType
from typing import Any, NoReturn

from scaffolder.observe.caller import end_with_the_caller
from scaffolder.observe.driver.discover import discover
from scaffolder.observe.driver.missing import missing_variables, wrong_variables
from scaffolder.observe.driver.prepare import session
from scaffolder.observe.driver.report import Report, StepFailed
from scaffolder.observe.driver.starting import server
from scaffolder.observe.driver.world import Known, SeenRequest, World
from support import settings
from support.app import children
from support.app.serve import command_runner
from support.postgres.binaries import cache_directory
from support.postgres.processes import Runs
from support.run.results import Blocked

RESERVE = 20.0  # seconds to put everything away


def main(arguments: list[str]) -> None:
    """Run a job, or reap."""
    if arguments[0] == "--reap":
        reap(Path(arguments[1]))
        return
    signal.signal(signal.SIGTERM, _unwind)
    end_with_the_caller()
    job = json.loads(Path(arguments[0]).read_text(encoding="utf-8"))
    report = Report(Path(arguments[1]), lambda text: print(text, flush=True))
    try:
        observe(job, report)
    except StepFailed as problem:
        names = [*settings.ENVIRONMENT, *job["known"]["environment"]]
        report.document["missing_variables"] = missing_variables(problem.output, names)
        report.document["wrong_variables"] = wrong_variables(problem.output, names)
    except Blocked as problem:  # the server ended while it was observed
        report.document["reason"] = str(problem)
    report.write()


def observe(job: dict[str, Any], report: Report) -> None:
    """All steps, then discovery; the report has what came of it. Raises StepFailed, Blocked."""
    end = time.monotonic() + job["seconds"] - RESERVE
    repository = Path(job["repository"])
    with session(repository, settings, Path(job["refused"]), report) as (shared, migrated):
        if settings.START is None:
            report.document["reason"] = "the draft has no server to start"
            return
        with server(shared, settings, job["known"], migrated, report) as (process, database):
            run = command_runner(shared, settings, database)
            world = World(process.ready, database, run, settings)
            known = known_of(job["known"], min(job["known"]["seconds"], end - time.monotonic()))
            try:
                found = discover(world, known, report.echo)
            finally:
                world.close()
            report.document.update(found.as_json())


def known_of(plain: dict[str, Any], seconds: float) -> Known:
    """What discovery takes, from JSON."""
    return Known(
        environment=plain["environment"],
        credentials=[(name, word) for name, word in plain["credentials"]],
        schema_paths=plain["schema_paths"],
        document=plain["document"],
        requests=[SeenRequest(**one) for one in plain["requests"]],
        routes=plain["routes"],
        seconds=seconds,
    )


def reap(repository: Path) -> None:
    """End processes and servers whose owner is dead, as each session of a harness does first.

    A container of a dead owner is removed by the next session that asks Docker for a server.
    """
    children.reap(repository / ".parity")
    for run in Runs(cache_directory("servers")).reap():
        print(f"removed the server {run}", flush=True)


def _unwind(number: int, frame: FrameType | None) -> NoReturn:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)  # once is enough: what follows cleans up
    raise SystemExit(128 + number)


if __name__ == "__main__":
    main(sys.argv[1:])
