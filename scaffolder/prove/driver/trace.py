"""What one run without a fault tells: which test writes what, and which faults that would meet."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from scaffolder.prove.driver.log import Note
from scaffolder.prove.driver.runner import Ran

WRITTEN = "written"
"""Stands where a fault's id does, for columns that were given a value."""


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
    sessions: dict[tuple[str, str], dict[str, set[str]]] = field(default_factory=dict)
    """(test, table) -> the same of the sessions that wrote there."""
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

    def writers(self, table: str, column: str = "") -> set[str]:
        """Tests that write rows there, or a value into the column."""
        if not column:
            return set(self.tests(("INSERT", "UPDATE"), table))
        return set(self.hits.get(Target(WRITTEN, table, column), ()))

    def always(self, tests: Iterable[str], table: str, settings: Mapping[str, str]) -> bool:
        """Whether each session with which these tests wrote there had these settings."""
        wrote = [self.sessions[test, table] for test in tests if (test, table) in self.sessions]
        return bool(wrote) and all(
            one.get(name) == {value} for one in wrote for name, value in settings.items()
        )

    def count(self, operations: Iterable[str], table: str = "") -> int:
        """Rows that were written so, to any table if none is named."""
        return sum(
            number
            for (operation, written), number in self.rows.items()
            if operation in operations and table in ("", written)
        )

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
                    wrote = trace.sessions.setdefault((ran.test, note.table), {})
                    wrote.setdefault(name, set()).add(value)
        for violation in ran.violated:
            _add(trace.violated.setdefault((violation.kind, violation.name), []), ran.test)
        for note in (*ran.prepared, *shared.get(ran.test, ())):
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


COLUMNS = ("stale-column", "column-null")


def asked_for(
    fault: Mapping[str, Any], trace: Trace, only: Sequence[str]
) -> tuple[dict[Target, list[str]], list[Target]]:
    """The narrow faults that some test meets, with these tests; and those that none meets.

    `only`: ids of wide and narrow faults, empty for all. The wide fault is unmet when all are.
    """
    found = {
        target: tests for target, tests in sorted(trace.hits.items()) if target.fault == fault["id"]
    }
    wide = not only or fault["id"] in only
    met = {target: tests for target, tests in found.items() if wide or target.id in only}
    ids = {target.id for target in found}
    unmet = [narrow(fault, name) for name in only if name not in ids and ":" in name]
    unmet = [target for target in unmet if target.fault == fault["id"]]
    return met, [*([Target(fault["id"])] if wide and not found else []), *unmet]


def narrow(fault: Mapping[str, Any], name: str) -> Target:
    """`text-cut:orders.note`, as somebody typed it."""
    wide, _, place = name.partition(":")
    if fault["kind"] != "value" and fault["id"] not in COLUMNS:
        return Target(wide, place)
    table, _, column = place.rpartition(".")
    return Target(wide, table, column)


def unmet(fault: Mapping[str, Any], trace: Trace, table: str) -> tuple[int, str]:
    """How many rows a fault saw that it would leave as they are; and why no test meets it."""
    wanted = operations(fault)
    rows = trace.count(wanted, table)
    verb = " or ".join(operation.lower() for operation in wanted)
    where = f" of {table}" if table else ""
    if rows:
        return rows, f"{rows} rows{where} ({verb}), and none of their values would differ"
    if wanted == ("COMMIT",) and trace.writes:
        return 0, f"no test commits an insert{where}: each is rolled back"
    return 0, f"no test writes rows{where} in this way ({verb})"
