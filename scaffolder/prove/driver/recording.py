"""What the recorder wrote inside the team's test process, put together with the server's log."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from scaffolder.prove.driver.log import Log, Note, notes, violations
from scaffolder.prove.driver.plans import unordered
from scaffolder.prove.driver.runner import Ran
from scaffolder.prove.driver.verdict import Red


@dataclass(slots=True)
class Recording:
    """One run of the suite."""

    ran: list[Ran] = field(default_factory=list)
    shared: dict[str, list[Note]] = field(default_factory=dict)
    uncollected: list[str] = field(default_factory=list)
    outside: list[Note] = field(default_factory=list)
    """Notes between tests: the suite's own preparations."""


def read(path: Path, log: Log, begin: int, admin: str) -> Recording:
    """From the recorder's file; `begin` is where the server's log stood before the run."""
    found = Recording()
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    tests: dict[str, Ran] = {}
    starts: dict[str, tuple[int, float]] = {}
    windows: list[tuple[int, int]] = []
    for line in map(json.loads, lines):
        kind, test = line["kind"], line.get("test", "")
        if kind == "start":
            starts[test] = (line["at"], line["time"])
            tests.setdefault(test, Ran(test))
        elif kind == "finish" and test in starts:
            at, begin_time = starts.pop(test)
            windows.append((at, line["at"]))
            _window(tests[test], log.between(*windows[-1]), admin)
            tests[test].seconds += line["time"] - begin_time
        elif kind == "skipped":
            tests.setdefault(test, Ran(test)).skipped = True
        elif kind == "red":
            tests.setdefault(test, Ran(test)).reds.append(_red(line))
        elif kind == "shared":
            for one in line["tests"]:
                written = notes(log.between(line["begin"], line["end"]))
                found.shared.setdefault(one, []).extend(written)
        elif kind == "uncollected":
            found.uncollected.append(f"{test}: {line['message']}")
    found.ran = list(tests.values())
    found.outside = _outside(log, begin, windows)
    return found


def _window(ran: Ran, lines: list[str], admin: str) -> None:
    ran.noted += notes(lines)
    ran.violated += violations(lines, admin)
    ran.read += unordered(lines)


def _red(line: dict[str, Any]) -> Red:
    return Red(line["test"], line["phase"], line["assertion"], line["in_test"], line["message"])


def _outside(log: Log, begin: int, windows: list[tuple[int, int]]) -> list[Note]:
    """What no test's window holds: setUpClass, sessions, runners."""
    found: list[Note] = []
    position = begin
    for start, end in sorted(windows):
        if start > position:
            found += notes(log.between(position, start))
        position = max(position, end)
    return found + list(notes(log.since(position)))
