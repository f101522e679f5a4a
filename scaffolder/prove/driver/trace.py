"""What one run without a fault tells: which test writes what, and which faults that would meet."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from scaffolder.prove.driver.log import Note
from scaffolder.prove.driver.runner import Ran


@dataclass(frozen=True, slots=True, order=True)
class Target:
    """A fault, narrowed to a table, or to one of its columns."""

    fault: str
    table: str = ""
    column: str = ""

    @property
    def id(self) -> str:
        """`text-cut:orders.note`"""
        where = f"{self.table}.{self.column}" if self.column else self.table
        return f"{self.fault}:{where}" if where else self.fault


@dataclass(slots=True)
class Trace:
    """Tests in the order of the run, each list without repetition."""

    hits: dict[Target, list[str]] = field(default_factory=dict)
    writes: dict[tuple[str, str], list[str]] = field(default_factory=dict)
    """(operation, table) -> tests; operations INSERT, UPDATE, DELETE, COMMIT."""
    rows: dict[tuple[str, str], int] = field(default_factory=dict)
    violated: dict[tuple[str, str], list[str]] = field(default_factory=dict)
    """(kind, constraint) -> tests whose statements it refused."""
    settings: dict[str, set[str]] = field(default_factory=dict)
    """What the application's own sessions have: timezone, datestyle, isolation."""
    seconds: dict[str, float] = field(default_factory=dict)
    red: dict[str, str] = field(default_factory=dict)
    """Tests that are red, or skipped, without any fault; with the first message."""

    def tests(self, operations: Iterable[str], table: str = "") -> list[str]:
        """Tests that do one of these, to any table if none is named."""
        found: dict[str, None] = {}
        for (operation, written), tests in self.writes.items():
            if operation in operations and table in ("", written):
                found |= dict.fromkeys(tests)
        return list(found)

    def count(self, operations: Iterable[str]) -> int:
        """Rows that were written so."""
        return sum(n for (operation, _), n in self.rows.items() if operation in operations)

    def tables(self) -> set[str]:
        """Those that any test writes."""
        return {table for _, table in self.writes}


def read(done: Sequence[Ran], shared: Mapping[str, Sequence[Note]]) -> Trace:
    """From the notes of a traced run; `shared`: test -> what a fixture wrote for it and others."""
    trace = Trace()
    for ran in done:
        trace.seconds[ran.test] = ran.seconds
        if ran.reds or ran.skipped:
            trace.red[ran.test] = ran.reds[0].message if ran.reds else "skipped"
        for note in ran.noted:
            if note.kind == "T":
                _row(trace, ran.test, note)
                trace.rows[note.op, note.table] = trace.rows.get((note.op, note.table), 0) + 1
            elif note.kind == "S":
                for name, value in json.loads(note.extra).items():
                    trace.settings.setdefault(name, set()).add(value)
        for violation in ran.violated:
            _add(trace.violated.setdefault((violation.kind, violation.name), []), ran.test)
        for note in shared.get(ran.test, ()):
            if note.kind == "T":
                _row(trace, ran.test, note)
    return trace


def _row(trace: Trace, test: str, note: Note) -> None:
    _add(trace.writes.setdefault((note.op, note.table), []), test)
    for hit in note.extra.split():
        fault, _, column = hit.partition(".")
        _add(trace.hits.setdefault(Target(fault, note.table, column), []), test)


def _add(tests: list[str], test: str) -> None:
    if test not in tests[-1:]:
        tests.append(test)


OPERATIONS: Mapping[str, tuple[str, ...]] = {
    "insert": ("INSERT",),
    "update": ("UPDATE",),
    "delete": ("DELETE",),
    "commit": ("COMMIT",),
    "write": ("INSERT", "UPDATE"),
}


def operations(fault: Mapping[str, Any]) -> tuple[str, ...]:
    """What a test must do to meet a fault of a row or a value."""
    return OPERATIONS[fault.get("at", "write")]


def targets(fault: Mapping[str, Any], trace: Trace) -> dict[Target, list[str]]:
    """The narrow faults of a wide one that some test would meet, with these tests."""
    return {
        target: tests for target, tests in sorted(trace.hits.items()) if target.fault == fault["id"]
    }
