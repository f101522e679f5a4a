"""The drivers as processes: their events are passed on, and nothing of them is left behind."""

from __future__ import annotations

import json
import os
import queue
import shutil
import signal
import subprocess
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scaffolder.errors import Missing

DRIVER = Path(__file__).resolve().parent / "driver"
MODULE = "scaffolder.prove.driver"
STOP_SECONDS = 40
"""For a driver to stop the application (10 s), its databases and the server."""
REAP_SECONDS = 30
Event = Mapping[str, Any]


class DriverFailed(Missing):
    """A driver ended before it had told everything; the text has its last lines."""


@dataclass(slots=True)
class _Driver:
    process: subprocess.Popen[bytes]
    log: Path
    told_end: bool = False


def place_driver(folder: Path) -> None:
    """Put the driver into a folder of its own, as the package that it is here."""
    package = folder / "scaffolder" / "prove"
    package.mkdir(parents=True)
    for parent in (package.parent, package):
        (parent / "__init__.py").write_text("", encoding="utf-8")
    shutil.copytree(DRIVER, package / "driver", ignore=shutil.ignore_patterns("__pycache__"))


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
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(map(str, paths))}
    environment |= {"PYTHONUNBUFFERED": "1", "PYTHONDONTWRITEBYTECODE": "1"}
    drivers: list[_Driver] = []
    events: queue.Queue[tuple[int, Event | None]] = queue.Queue()
    try:
        for number, job in enumerate(jobs):
            drivers.append(_start(python, environment | _name(number), job, folder, number))
            threading.Thread(
                target=_pass_on, args=(drivers[-1].process, number, events), daemon=True
            ).start()
        for number, event in _until_all_end(events, len(drivers)):
            _hear(drivers[number], number, event, tell)
        for driver in drivers:
            if driver.process.wait(STOP_SECONDS) or not driver.told_end:
                raise DriverFailed(_last_words(driver))
    finally:
        clean = all([_stop(driver.process) for driver in drivers])
        if not clean:
            for repository in {str(job["repository"]) for job in jobs}:
                _reap([str(python), "-m", MODULE, "--reap", repository], environment, folder)


def _name(number: int) -> dict[str, str]:
    """Logs, homes and databases of two workers have different names."""
    return {"PYTEST_XDIST_WORKER": f"prove{number}"}


def _start(
    python: Path, environment: Mapping[str, str], job: Event, folder: Path, number: int
) -> _Driver:
    task, log = folder / f"job{number}.json", folder / f"driver{number}.log"
    task.write_text(json.dumps(job), encoding="utf-8")
    with log.open("wb") as errors:
        process = subprocess.Popen(
            [str(python), "-m", MODULE, str(task)],
            cwd=folder,
            env=dict(environment),
            stdin=subprocess.PIPE,  # its end tells the driver that nobody waits for it any more
            stdout=subprocess.PIPE,
            stderr=errors,
            start_new_session=True,  # Ctrl-C is ours; the driver is told with SIGTERM
        )
    return _Driver(process, log)


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


def _stop(process: subprocess.Popen[bytes]) -> bool:
    """End a driver; whether it came to its own end, with everything put away."""
    if process.poll() is None:
        process.terminate()
        with suppress(subprocess.TimeoutExpired):
            process.wait(STOP_SECONDS)
    killed = process.poll() is None
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    if process.stdin is not None:
        with suppress(OSError):
            process.stdin.close()
    return not killed and process.returncode >= 0


def _reap(command: list[str], environment: Mapping[str, str], folder: Path) -> None:
    """The harness's own code finds what a dead driver has left: by owner, nothing else."""
    with suppress(subprocess.TimeoutExpired, OSError):
        subprocess.run(
            command,
            cwd=folder,
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=REAP_SECONDS,
            check=False,
        )


def _last_words(driver: _Driver) -> str:
    lines = driver.log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
    tail = "\n".join(lines[-15:])
    return f"the driver ended with exit code {driver.process.returncode}:\n{tail or 'no output'}"
