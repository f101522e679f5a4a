"""`python -m scaffolder.prove.driver JOB`, in the environment of a harness.

JOB is a file with JSON, see prove.py. Every line of the standard output is an event, as JSON; what
pytest and the tests print goes to the standard error. `--reap REPOSITORY` ends what a killed
driver has left instead.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from importlib import import_module
from pathlib import Path
from types import FrameType
from typing import Any, NoReturn

from scaffolder.observe.caller import end_with_the_caller
from support.app import children
from support.postgres.binaries import cache_directory
from support.postgres.processes import Runs
from support.run.results import Unavailable


def main(arguments: list[str]) -> None:
    """Run a job, or reap."""
    if arguments[0] == "--reap":
        reap(Path(arguments[1]))
        return
    events = os.fdopen(os.dup(1), "w", encoding="utf-8", buffering=1)
    os.dup2(2, 1)
    signal.signal(signal.SIGTERM, _unwind)
    end_with_the_caller()
    job = json.loads(Path(arguments[0]).read_text(encoding="utf-8"))

    def tell(event: dict[str, Any]) -> None:
        events.write(json.dumps(event) + "\n")

    # By name: an import takes a moment, and signals are handled by now.
    try:
        import_module(f"scaffolder.prove.driver.{job['target']}").prove(job, tell)
    except Unavailable as problem:
        tell({"event": "unavailable", "text": str(problem)})
        raise SystemExit(3) from None
    tell({"event": "end"})


def reap(repository: Path) -> None:
    """End processes and servers whose owner is dead, as each session of a harness does first."""
    children.reap(repository / ".parity")
    for _ in Runs(cache_directory("servers")).reap():
        pass


def _unwind(number: int, frame: FrameType | None) -> NoReturn:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)  # once is enough: what follows cleans up
    raise KeyboardInterrupt  # of all exceptions the one that pytest takes for no test's failure


if __name__ == "__main__":
    main(sys.argv[1:])
