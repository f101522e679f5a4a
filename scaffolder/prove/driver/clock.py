"""The clock stands elsewhere: all tests once more, with every process of the run at that instant.

The application's clock alone can't be moved: its server, and the tests that compare with now, would
disagree with it. So a second driver runs the harness under libfaketime, PostgreSQL included.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

from scaffolder.prove.driver.conditions import RECORDER, Conditions, applied
from scaffolder.prove.driver.notes import Notes
from scaffolder.prove.driver.results import Result, result_of
from scaffolder.prove.driver.runner import Ran
from scaffolder.prove.driver.trace import Target, Trace
from scaffolder.prove.driver.verdict import Evidence, Red
from support.postgres.server import Server

PLACES = ("/usr/lib/*/faketime", "/usr/lib/faketime", "/opt/homebrew/lib/faketime")
MISSING = "libfaketime is not installed (Debian, Ubuntu: apt install libfaketime)"
STOP_SECONDS = 40
SLOWER = 5  # times the tests' own time, before a run is taken for one that hangs
CLOSE = 3600.0  # seconds: by so much a process that runs at the instant may differ from it
Event = Mapping[str, Any]


class Clock:
    """`job`: of this driver; the second one gets the same without faults."""

    def __init__(self, job: Mapping[str, Any], trace: Trace) -> None:
        self.job, self.trace = job, trace

    def prove(self, fault: Mapping[str, Any], wanted: Callable[[Target], bool]) -> Iterator[Result]:
        """One run of all tests."""
        target = Target(fault["id"])
        if not wanted(target):
            return
        library = found()
        if library is None:
            yield result_of(target, fault, Evidence(), why=MISSING)
            return
        begin = time.perf_counter()
        events, late = self._run(fault, library)
        seconds = time.perf_counter() - begin
        seen, why = read(fault, events, self.trace.red)
        if seen.reds and not late:
            again, _ = read(fault, self._run(fault, library)[0], self.trace.red)
            seen, why = both(seen, again)
        if late:
            seen, why = Evidence(late=True), ""
        total, expected = len(self.trace.seconds), self._usual()
        yield result_of(
            target, fault, seen, seconds=seconds, why=why, total=total, expected=expected
        )

    def _run(self, fault: Mapping[str, Any], library: Path) -> tuple[list[Event], bool]:
        own = Path(self.job["repository"]).resolve() / ".parity" / "prove"
        own.mkdir(parents=True, exist_ok=True)
        task = own / f"clock-{os.getpid()}.json"
        moved = shift(fault["at"], library)
        given = {"variables": {**moved, **fault.get("variables", {})}, "notes": f"{task}.notes"}
        task.write_text(json.dumps({**self.job, "faults": [], "clock": given}), encoding="utf-8")
        name = os.environ.get("PYTEST_XDIST_WORKER", "main")
        variables = {**os.environ, **moved, "PYTEST_XDIST_WORKER": f"{name}_clock"}
        paths = [str(RECORDER), os.environ.get("PYTHONPATH", "")]
        variables["PYTHONPATH"] = os.pathsep.join(filter(None, paths))
        variables["PARITY_PROBE"] = json.dumps({"watch": ["clock"], "notes": os.devnull})
        try:
            return self._events(task, variables)
        finally:
            for path in own.glob(f"{task.name}*"):
                path.unlink()

    def _usual(self) -> float:
        return sum(self.trace.seconds.values())

    def _events(self, task: Path, variables: Mapping[str, str]) -> tuple[list[Event], bool]:
        """What the second driver told, and whether it took too long."""
        told, said = Path(f"{task}.events"), Path(f"{task}.log")
        with told.open("wb") as output, said.open("wb") as errors:
            process = subprocess.Popen(
                [sys.executable, "-m", "scaffolder.prove.driver", str(task)],
                env=dict(variables),
                stdin=subprocess.PIPE,  # its end tells the other driver that nobody waits for it
                stdout=output,
                stderr=errors,
            )
            try:
                process.wait(max(self.job["fault_seconds"], SLOWER * self._usual()))
            except subprocess.TimeoutExpired:
                return [], True
            finally:
                end(process)
        last = (said.read_text(encoding="utf-8", errors="replace").split("\n")[-2:] or [""])[0]
        events = [json.loads(line) for line in told.read_text(encoding="utf-8").splitlines()]
        return [{"event": "ended", "text": last}, *events], False


@contextmanager
def moved(settings: Any, job: Mapping[str, Any]) -> Iterator[Notes | None]:
    """In the second driver: the application's processes have the clock of this one."""
    given = job.get("clock")
    if given is None:
        yield None
        return
    notes = Notes(Path(given["notes"]))
    directory = Path(job["repository"], settings.DIRECTORY)
    wanted = Conditions(given["variables"], job={"watch": ["clock"], "imports": [], "hide": []})
    try:
        with applied(settings, wanted, directory, notes.path):
            yield notes
    finally:
        notes.path.unlink(missing_ok=True)


def told(done: Sequence[Ran], notes: Notes, server: Server) -> dict[str, Any]:
    """What the second driver says: what was red, and what time it is for whom."""
    states = [note.value for note in notes.read() if note.kind == "loaded"]
    with closing(server.connect()) as connection:
        row = connection.execute("SELECT extract(epoch FROM clock_timestamp())::float").fetchone()
    return {
        "event": "clock",
        "reds": [asdict(red) for ran in done for red in ran.reds],
        "application": [state["clock"] for state in states],
        "server": row[0] if row else 0.0,
        "driver": time.time(),
    }


def read(
    fault: Mapping[str, Any], events: Sequence[Event], known: Mapping[str, str]
) -> tuple[Evidence, str]:
    """From what the second driver told; `known`: tests that are red at any time."""
    told = {event["event"]: event for event in events}
    if "clock" not in told or "end" not in told:
        why = told.get("unavailable", told.get("ended", {})).get("text", "it took too long")
        return Evidence(active=False), f"nothing ran at that instant: {why}"
    clocks = told["clock"]
    wanted = instant(fault["at"])
    if not clocks["application"]:
        return Evidence(active=False), "no Python process of the application could be watched"
    for who in ("driver", "server"):
        if abs(clocks[who] - wanted) > CLOSE:
            return Evidence(active=False), f"the clock of the {who} was not moved"
    if all(abs(one - wanted) > CLOSE for one in clocks["application"]):
        return Evidence(active=False), "the application's clock was not moved"
    reds = [Red(**one) for one in clocks["reds"] if one["test"] not in known]
    tests = int(told["baseline"]["tests"])
    seen = Evidence(sorted({red.test for red in reds}), tests, len(reds), reds)
    return seen, "" if reds else f"{tests} tests ran at {fault['at']}, and are green"


def both(seen: Evidence, again: Evidence) -> tuple[Evidence, str]:
    """Only what is red at that instant each time is red because of it."""
    same = {red.test for red in again.reds}
    seen.reds = [red for red in seen.reds if red.test in same]
    seen.infected = len(seen.reds)
    return seen, "" if seen.reds else "what was red there once was green the second time"


def found() -> Path | None:
    """The library that moves a process's clock."""
    for place in PLACES:
        for path in sorted(Path("/").glob(f"{place[1:]}/libfaketime.*1*")):
            return path
    return None


def shift(at: str, library: Path) -> dict[str, str]:
    """Variables that move a process's clock; by the same span for all, so that it goes on."""
    preload = "DYLD_INSERT_LIBRARIES" if sys.platform == "darwin" else "LD_PRELOAD"
    span = instant(at) - time.time()
    still = {"FAKETIME_DONT_FAKE_MONOTONIC": "1", "NO_FAKE_STAT": "1"}
    return {preload: str(library), "FAKETIME": f"{span:+.0f}", **still}


def instant(at: str) -> float:
    """Seconds since 1970 of `2028-02-29T12:00:00+00:00`."""
    return datetime.fromisoformat(at).timestamp()


def end(process: subprocess.Popen[bytes]) -> None:
    """It puts away what it made; also when this one is interrupted."""
    if process.poll() is None:
        process.terminate()
        with suppress(subprocess.TimeoutExpired):
            process.wait(STOP_SECONDS)
    if process.poll() is None:
        process.kill()
    process.wait()
    if process.stdin is not None:
        process.stdin.close()
