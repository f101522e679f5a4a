"""Faults of what is read: the order of rows, and rows that are not there yet."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, closing
from typing import Any

import pytest

from scaffolder.prove.driver.plans import SETTINGS, Read
from scaffolder.prove.driver.results import Result, result_of
from scaffolder.prove.driver.runner import Ran, Run
from scaffolder.prove.driver.schema import Variants
from scaffolder.prove.driver.trace import Target, Trace
from scaffolder.prove.driver.verdict import Evidence

ROW_ORDER, STALE_READ = "row-order", "stale-read"
UNMET: Mapping[str, str] = {
    ROW_ORDER: "no test reads two rows in the order in which the table has them",
    STALE_READ: "no test has the application read a row that another transaction has just written",
}
# Tables that have policies of their own keep them, and nothing is hidden there.
HIDING = """
    SELECT format('ALTER TABLE %1$s ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
        CREATE POLICY parity_read ON %1$s FOR SELECT USING (_parity.visible(%2$s, xmin));
        CREATE POLICY parity_insert ON %1$s FOR INSERT WITH CHECK (true);
        CREATE POLICY parity_update ON %1$s FOR UPDATE USING (true) WITH CHECK (true);
        CREATE POLICY parity_delete ON %1$s FOR DELETE USING (true)', oid::regclass, oid)
    FROM pg_class WHERE relkind IN ('r', 'p') AND NOT relrowsecurity AND _parity.ours(oid)
"""


class Reading:
    """`run` runs items up to the first that notices, `limit` (seconds) holds for all of them."""

    def __init__(
        self,
        variants: Variants,
        trace: Trace,
        items: Sequence[pytest.Item],
        run: Run,
        limit: float,
    ) -> None:
        self.variants, self.trace, self.run, self.limit = variants, trace, run, limit
        writing = set(trace.tests(("INSERT", "UPDATE")))
        self.items = [
            item for item in items if item.nodeid in writing and item.nodeid not in trace.red
        ]

    def prove(self, fault: Mapping[str, Any], wanted: Callable[[Target], bool]) -> Iterator[Result]:
        """On all tables at once, to see which are read so; then on each of these by itself."""
        tables = [Target(fault["id"], table) for table in sorted(self.trace.tables())]
        wide = Target(fault["id"])
        asked = [target for target in tables if wanted(target)]
        if not asked and not wanted(wide):
            return
        with self._conditions(fault):
            begin = time.perf_counter()
            done, late = self._armed(wide, whole=True)
            seconds = time.perf_counter() - begin
            met = [target for target in asked if of_table(fault, target.table, done).infected]
            whole = of_table(fault, "", done)
            if not whole.reds:
                yield from self._all_alike(fault, met, done, seconds, late=late)
            else:
                # What turned red first hides what would have been read later.
                found = [self._one(fault, target) for target in asked]
                yield from (one for one in found if one.infected)
                met += [Target(one.fault, one.table) for one in found if one.infected]
        if not met and wanted(wide):
            seen, why = unmet(fault, whole)
            yield result_of(wide, fault, seen, why=why)

    def _conditions(self, fault: Mapping[str, Any]) -> AbstractContextManager[None]:
        if fault["id"] == ROW_ORDER:
            return self.variants.settings(SETTINGS)
        with closing(self.variants.any_copy().connect()) as connection:
            statements = [text for (text,) in connection.execute(HIDING).fetchall()]
        return self.variants.schema(statements)

    def _armed(self, target: Target, *, whole: bool = False) -> tuple[list[Ran], bool]:
        self.variants.runner.forget()
        self.variants.injector.arm(target.fault, target.table)
        try:
            if whole:
                return self.variants.runner.run(self.items, limit=self.limit)
            return self.run(self.items)
        finally:
            self.variants.injector.disarm()

    def _one(self, fault: Mapping[str, Any], target: Target) -> Result:
        begin = time.perf_counter()
        done, late = self._armed(target)
        seconds = time.perf_counter() - begin
        seen = of_table(fault, target.table, done)
        seen.late = late
        red = {one.test for one in seen.reds}
        if red:
            again, _ = self.run([item for item in self.items if item.nodeid in red])
            seen.green_after = not any(one.reds for one in again)
        return result_of(target, fault, seen, seconds=seconds)

    def _all_alike(
        self,
        fault: Mapping[str, Any],
        met: Sequence[Target],
        done: Sequence[Ran],
        seconds: float,
        *,
        late: bool,
    ) -> Iterator[Result]:
        """When nobody notices all of them, nobody notices one."""
        for target in met:
            seen = of_table(fault, target.table, done)
            seen.late = late
            yield result_of(target, fault, seen, seconds=seconds / len(met))


def unmet(fault: Mapping[str, Any], whole: Evidence) -> tuple[Evidence, str]:
    """What is told when no table was met; `whole` is of all tables together."""
    if whole.reached and not whole.infected:
        told = f"{whole.reached} such readings, of tables in which no row had moved"
        return Evidence(reached=whole.reached), told
    return Evidence(), UNMET[fault["id"]]


def of_table(fault: Mapping[str, Any], table: str, done: Sequence[Ran]) -> Evidence:
    """What happened to the readings of a table, of all tables if none is named."""
    seen = Evidence()
    for ran in done:
        if fault["id"] == ROW_ORDER:
            moved = {note.table for note in ran.noted if note.kind == "I"}
            reads = [read for read in ran.read if table in ("", read.table)]
            reached, infected = len(reads), altered(reads, moved)
        else:
            infected = sum(note.kind == "I" and table in ("", note.table) for note in ran.noted)
            reached = infected
        seen.reached += reached
        seen.infected += infected
        if infected or ran.reds:
            seen.ran.append(ran.test)
            seen.reds += ran.reds
    return seen


def altered(reads: Sequence[Read], moved: set[str]) -> int:
    """Queries that gave rows of a table in whose heap a row has moved."""
    return sum(read.table in moved for read in reads)
