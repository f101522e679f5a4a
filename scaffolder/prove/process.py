"""The drivers as processes: their events are passed on, and nothing of them is left behind."""

from __future__ import annotations

import json
import queue
import subprocess
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scaffolder.errors import Missing
from scaffolder.observe import child

DRIVER = Path(__file__).resolve().parent / "driver"
MODULE = "scaffolder.prove.driver"
Event = Mapping[str, Any]


class DriverFailed(Missing):
    """A driver ended before it had told everything; the text has its last lines."""


@dataclass(slots=True)
class _Driver:
    process: subprocess.Popen[bytes]
    log: Path
    told_end: bool = False


def run_drivers(
    python: Path,
    paths: Sequence[Path],
    jobs: Sequence[Mapping[str, Any]],
    folder: Path,
    tell: Callable[[int, Event], None],
) -> None:
    """One driver for each job, at the same time; `tell` gets events with the job's number.

    Whatever ends this function, an exception included, has stopped them and what they started.
    Raises Missing for what a driver lacks (PostgreSQL, say), and DriverFailed.
    """
    variables = child.environment(paths)
    drivers: list[_Driver] = []
    events: queue.Queue[tuple[int, Event | None]] = queue.Queue()
    try:
        for number, job in enumerate(jobs):
            drivers.append(_start(python, variables | _name(number), job, folder, number))
            threading.Thread(
                target=_pass_on, args=(drivers[-1].process, number, events), daemon=True
            ).start()
        for number, event in _until_all_end(events, len(drivers)):
            _hear(drivers[number], number, event, tell)
        for driver in drivers:
            if driver.process.wait(child.STOP_SECONDS) or not driver.told_end:
                raise DriverFailed(_last_words(driver))
    finally:
        # A list: every one is stopped, also after one that had to be killed.
        ended = all([child.stop(driver.process) for driver in drivers])
        if not ended or any(driver.process.returncode < 0 for driver in drivers):
            for repository in {str(job["repository"]) for job in jobs}:
                child.reap([str(python), "-m", MODULE, "--reap", repository], variables, folder)


def _name(number: int) -> dict[str, str]:
    """Logs, homes and databases of two workers have different names."""
    return {"PYTEST_XDIST_WORKER": f"prove{number}"}


def _start(
    python: Path, variables: Mapping[str, str], job: Event, folder: Path, number: int
) -> _Driver:
    task, log = folder / f"job{number}.json", folder / f"driver{number}.log"
    task.write_text(json.dumps(job), encoding="utf-8")
    command = [str(python), "-m", MODULE, str(task)]
    return _Driver(child.start(command, variables, folder, log), log)


def _pass_on(
    process: subprocess.Popen[bytes], number: int, events: queue.Queue[tuple[int, Event | None]]
) -> None:
    assert process.stdout is not None
    for line in process.stdout:
        events.put((number, json.loads(line)))
    events.put((number, None))


def _until_all_end(
    events: queue.Queue[tuple[int, Event | None]], running: int
) -> Iterator[tuple[int, Event]]:
    while running:
        number, event = events.get()
        if event is None:
            running -= 1
        else:
            yield number, event


def _hear(driver: _Driver, number: int, event: Event, tell: Callable[[int, Event], None]) -> None:
    if event["event"] == "unavailable":
        raise Missing(event["text"])
    if event["event"] == "end":
        driver.told_end = True
        return
    tell(number, event)


def _last_words(driver: _Driver) -> str:
    tail = "\n".join(child.last_lines(driver.log, 15))
    return f"the driver ended with exit code {driver.process.returncode}:\n{tail or 'no output'}"
